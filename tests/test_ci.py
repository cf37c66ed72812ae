""".ci/run takes the README's own command, and fails if anything failed or was skipped."""

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
for name in pytest ruff python; do
  printf '#!/bin/sh\\necho "$(basename $0) $@"\\n' > $name && chmod +x $name
done
./pytest
echo '5 passed, 2 warnings in 61.00s (0:01:01)'
```

```bash
echo another block
```
"""


def run(folder, readme=README):
    """Run a copy of .ci/run in a folder with this README; return its status and lines."""
    (folder / ".ci").mkdir()
    shutil.copy(tool.ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "left_over").touch()
    done = subprocess.run(
        [folder / ".ci" / "run"], cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


def test_ci_is_executable():
    assert os.access(tool.ROOT / ".ci" / "run", os.X_OK)


def test_everything_is_run_and_the_summary_comes_last(tmp_path):
    status, lines = run(tmp_path)
    assert status == 0
    assert lines[-6:] == [
        "pytest ",
        "5 passed, 2 warnings in 61.00s (0:01:01)",
        "ruff check .",
        "ruff format --check .",
        "python tools/notebooks.py --check",
        "5 passed, 2 warnings in 61.00s (0:01:01)",
    ]
    assert not (tmp_path / ".venv" / "left_over").exists()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("./pytest\n", "false\n", "FAILED: the README's command"),
        ("./pytest\n", "false | true\n", "FAILED: the README's command"),
        ("./pytest\n", "echo $unset\n", "FAILED: the README's command"),
        ("2 warnings", "1 skipped", "FAILED: not every test was run"),
        ("2 warnings", "1 xfailed", "FAILED: not every test was run"),
        ("5 passed, 2 warnings in", "bye", "FAILED: pytest printed no summary"),
        ('echo "$(basename $0) $@"', "[ $1 != check ]", "FAILED: ruff check"),
        ('echo "$(basename $0) $@"', "[ $1 != format ]", "FAILED: ruff format"),
        ('echo "$(basename $0) $@"', "[ x$2 != x--check ]", "FAILED: tools/notebooks.py --check"),
        ("command:test", "command:rest", "README.md has no code block right after <!-- command:te"),
        ("```bash\nmkdir", "Run:\n\n```bash\nmkdir", "README.md has no code block right after"),
    ],
)
def test_whatever_fails_is_named(tmp_path, old, new, reason):
    assert old in README
    status, lines = run(tmp_path, README.replace(old, new, 1))
    assert status != 0
    assert any(line.startswith(reason) for line in lines)
