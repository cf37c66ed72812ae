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


TOOLS = ("bash", "sh", "awk", "basename", "chmod", "dirname", "env", "grep", "mkdir", "mktemp")
TOOLS += ("rm", "tail", "tee")


def run(folder, readme=README, **programs):
    """Run a copy of .ci/run in a folder with this README; return its status and lines.

    Of all programs it finds the usual ones and those given with their text; a browser if none is.
    """
    (folder / "bin").mkdir()
    for name in TOOLS:
        (folder / "bin" / name).symlink_to(shutil.which(name))
    for name, text in (programs or {"chromium": ""}).items():
        (folder / "bin" / name.replace("_", "-")).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name.replace("_", "-")).chmod(0o755)
    (folder / ".ci").mkdir()
    shutil.copy(tool.ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    (folder / "requirements.txt").write_text("# a\ntorch==9.8.7\nb==1\n", encoding="utf-8")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "left_over").touch()
    done = subprocess.run(
        [folder / ".ci" / "run"],
        cwd="/",
        env=os.environ | {"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()


def test_ci_is_executable():
    assert os.access(tool.ROOT / ".ci" / "run", os.X_OK)


def test_everything_is_run_and_the_summary_comes_last(tmp_path):
    status, lines = run(tmp_path)
    assert status == 0
    assert lines[-7:] == [
        "pytest ",
        "5 passed, 2 warnings in 61.00s (0:01:01)",
        "ruff check .",
        "ruff format --check .",
        "python tools/notebooks.py --check",
        "python tools/environments.py colab --torch 9.8.7 --differences",
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
        ('echo "$(basename $0) $@"', "[ x$2 != xcolab ]", "FAILED: tools/environments.py colab"),
        ("command:test", "command:rest", "README.md has no code block right after <!-- command:te"),
        ("```bash\nmkdir", "Run:\n\n```bash\nmkdir", "README.md has no code block right after"),
    ],
)
def test_whatever_fails_is_named(tmp_path, old, new, reason):
    assert old in README
    status, lines = run(tmp_path, README.replace(old, new, 1))
    assert status != 0
    assert any(line.startswith(reason) for line in lines)


@pytest.mark.parametrize("name", ["chromium_browser", "google_chrome"])
def test_a_browser_that_is_there_is_not_installed(tmp_path, name):
    status, _ = run(tmp_path, **{name: "", "apt_get": f"echo $@ >> {tmp_path}/asked"})
    assert status == 0
    assert not (tmp_path / "asked").exists()


def test_without_a_browser_one_is_installed_first(tmp_path):
    status, _ = run(tmp_path, apt_get=f"echo $@ >> {tmp_path}/asked")
    assert status == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0] == "update"
    assert asked[1].startswith("install -y")
    assert "chromium" in asked[1]


def test_if_no_browser_can_be_installed_that_fails(tmp_path):
    status, lines = run(tmp_path, apt_get="echo no such package; exit 1")
    assert status != 0
    assert "no such package" in lines
    assert any(line == "FAILED: installing Chromium" for line in lines)
