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
mkdir -p .venv/bin && cd .venv/bin
for name in pytest ruff; do
  printf '#!/bin/sh\\necho "$(basename $0) $@"\\n' > $name && chmod +x $name
done
echo 'echo "7 passed, 5 deselected in 9.00s"' >> pytest
echo '5 passed, 7 deselected, 2 warnings in 61.00s (0:01:01)'
```

```bash
echo another block
```
"""
PROGRAMS = ("bash", "sh", "awk", "basename", "chmod", "dirname", "env", "grep", "mkdir", "mktemp")
PROGRAMS += ("rm", "tail", "tee")
ECHO = 'echo "$(basename $0) $@"\\n\' > $name'


def run(folder, readme=README, **programs):
    """Run a copy of .ci/run in a folder with this README; return its status and lines.

    Of all programs it finds the usual ones and those given with their text; a browser if none is.
    """
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        (folder / "bin" / name).symlink_to(shutil.which(name))
    for name, text in (programs or {"chromium": ""}).items():
        (folder / "bin" / name.replace("_", "-")).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name.replace("_", "-")).chmod(0o755)
    (folder / ".ci").mkdir()
    shutil.copy(tool.ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "left_over").touch()
    environment = os.environ | {"PATH": str(folder / "bin")}
    options = {"cwd": "/", "env": environment, "capture_output": True, "text": True}
    done = subprocess.run([folder / ".ci" / "run"], stdin=subprocess.DEVNULL, **options)
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


def test_everything_is_run_and_the_counts_come_last(tmp_path):
    status, lines = run(tmp_path)
    assert status == 0
    assert lines[-7:] == [
        "5 passed, 7 deselected, 2 warnings in 61.00s (0:01:01)",
        "pytest -m slow or browser",
        "7 passed, 5 deselected in 9.00s",
        "ruff check .",
        "ruff format --check .",
        "the README's command: 5 passed, 7 deselected, 2 warnings in 61.00s (0:01:01)",
        "slow tests and those in a browser: 7 passed, 5 deselected in 9.00s",
    ]
    assert not (tmp_path / ".venv" / "left_over").exists()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("echo '5", "false\necho '5", "FAILED: the README's command"),
        ("echo '5", "echo $unset\necho '5", "FAILED: the README's command"),
        ("2 warnings", "1 skipped", "FAILED: the README's command: not every test was run"),
        ("5 deselected", "1 xfailed", "FAILED: slow tests and those in a browser: not every test"),
        ("7 passed", "7 deselected", "FAILED: slow tests and those in a browser: no test has"),
        ("echo 'echo", "echo 'exit 1; echo", "FAILED: slow tests and those in a browser"),
        (ECHO, ECHO.replace("echo", "[ $1 != check ] # echo"), "FAILED: ruff check"),
        (ECHO, ECHO.replace("echo", "[ $1 != format ] # echo"), "FAILED: ruff format"),
        ("command:test", "command:rest", "README.md has no code block right after <!-- command:te"),
        ("```bash\nmkdir", "Run:\n\n```bash\nmkdir", "README.md has no code block right after"),
    ],
)
def test_whatever_fails_is_named(tmp_path, old, new, reason):
    assert old in README
    status, lines = run(tmp_path, README.replace(old, new, 1))
    assert status != 0
    assert any(line.startswith(reason) for line in lines)
