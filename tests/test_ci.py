""".ci/run takes the README's own command and then the rest, and fails if anything is left out."""

import os
import shutil
import subprocess
import sys

import pytest

from tools import notebooks as tool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason=".ci/run is a bash script")

README = """# R

<!-- command:test -->
```bash
mkdir .venv && cp -r programs .venv/bin
echo "5 passed, 7 deselected, 2 warnings in 61.00s (0:01:01)"
```
"""
PROGRAMS = {"pytest": 'echo "7 passed, 5 deselected in 9.00s"', "ruff": "", "chromium": ""}


@pytest.mark.parametrize(
    ("readme", "programs", "reason"),
    [
        (README, {}, None),
        (README.replace("echo", "false\necho"), {}, "FAILED: the README's command"),
        (README.replace("warnings", "skipped"), {}, "FAILED: the README's command: not every test"),
        (README.replace("command:test", "command"), {}, "README.md has no code block right after"),
        (README, {"pytest": "echo 7 deselected in 9.00s"}, "FAILED: slow tests and those in a br"),
        (README, {"pytest": PROGRAMS["pytest"] + "\nexit 1"}, "FAILED: slow tests and those in a"),
        (README, {"ruff": "[ $1 != format ]"}, "FAILED: ruff format"),
    ],
)
def test_whatever_fails_is_named_and_the_counts_come_last(tmp_path, readme, programs, reason):
    for name in ("programs", ".ci", ".venv"):  # an environment that is there is made anew
        (tmp_path / name).mkdir()
    for name, text in (PROGRAMS | programs).items():
        (tmp_path / "programs" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "programs" / name).chmod(0o755)
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    command = shutil.copy(tool.ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    path = {"PATH": f"{tmp_path / 'programs'}:{os.environ['PATH']}"}
    done = subprocess.run([command], env=os.environ | path, capture_output=True, text=True)
    if reason:
        assert done.returncode != 0
        assert f"\n{reason}" in f"\n{done.stdout}{done.stderr}"
        return
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "the README's command: 5 passed, 7 deselected, 2 warnings in 61.00s (0:01:01)",
        "slow tests and those in a browser: 7 passed, 5 deselected in 9.00s",
    ]
