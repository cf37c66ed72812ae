"""Run the notebooks where other versions are installed and nothing lies beside a notebook.

``python tools/environments.py colab`` takes the versions of ``tools/colab.txt``, which are those of
Colab; ``newest`` takes the newest releases that pyproject.toml allows. Each notebook is copied
alone into an empty folder, as on Colab or Kaggle, so its first cell must fetch the course: git gets
it from a repository that holds the work tree as it is now, committed or not.

An error in a cell, anything on stderr or a course from elsewhere is a failure. Outputs may differ
from the committed ones with other versions: they are listed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

if not __package__:  # started as a file: the folder of the package is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import notebooks as tool
from tools import repository

COLAB = Path(__file__).with_name("colab.txt")
KERNEL_6_DEBUGGER = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # it would say a word on stderr


def requirements(kind: str) -> list[str]:
    """Return what pip shall install for ``colab`` or ``newest``."""
    if kind == "colab":
        return [line for line in COLAB.read_text("utf-8").splitlines() if not line.startswith("#")]
    text = (tool.ROOT / repository.PYPROJECT).read_text(encoding="utf-8")
    return [*tomllib.loads(text)["project"]["dependencies"], "ipykernel"]


def called(
    command: list[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Return what a command prints, or raise a NotebookError; why, it says on stderr."""
    env = os.environ | dict(env or {})
    try:
        return subprocess.check_output(command, env=env, cwd=cwd, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise tool.NotebookError(str(error)) from None


def prepare(venv: Path, python: str, packages: list[str]) -> Path:
    """Make a virtual environment with these packages, and return its Python."""
    print(f"Installing {', '.join(packages)}", flush=True)
    called([python, "-m", "venv", venv])
    inside = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    called([inside, "-m", "pip", "--disable-pip-version-check", "install", "--upgrade", *packages])
    return inside


def serve(folder: Path) -> str:
    """Make a repository that holds the work tree as it is now, and return its commit.

    Everything that git does not ignore is in it, committed or not.
    """
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in called(listed, cwd=tool.ROOT).split("\0"):
        if name and (tool.ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tool.ROOT / name, folder / name)
    # No settings of the maintainer: no signature, no hooks.
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@localhost"]
    branch = repository.current().branch
    called(["git", "init", "--quiet", f"--initial-branch={branch}"], plain, folder)
    called(["git", "add", "--force", "--all"], plain, folder)
    called(["git", *who, "commit", "--quiet", "--message", "The work tree as it is"], plain, folder)
    return called(["git", "rev-parse", "HEAD"], cwd=folder).strip()


def pointed_to(place: str, address: str) -> dict[str, str]:
    """Return the environment variables that make git ask at ``place`` instead of ``address``.

    Entries of this kind that are set already are kept.
    """
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return {
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.{place}.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": address,
    }


def run(
    path: Path, python: Path, commit: str, env: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Execute a notebook alone in a folder, where it must fetch this commit of the course.

    Returns a sentence for each text that is not the committed one, and one for each failure.
    """
    committed = tool.read(path)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as parent:
        folder = Path(parent) / "alone"  # the folder above holds nothing else, either
        folder.mkdir()
        shutil.copy(path, folder)
        try:
            executed = tool.execute(committed, path.name, folder, env, str(python))
            fetched = called(["git", "rev-parse", "HEAD"], cwd=folder / repository.FETCHED)
            if fetched.strip() != commit:
                raise tool.NotebookError(f"{path.name}: it fetched another course than this one.")
        except tool.NotebookError as error:
            return [], [str(error)]
    problems = [
        f"{path.name}, code cell {number}: it wrote to stderr: {output.text.strip()[:200]}"
        for number, cell in enumerate(tool.code_cells(executed), start=1)
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    cells = zip(tool.code_cells(committed), tool.code_cells(executed), strict=True)
    differences = [
        f"{path.name}, code cell {number}: {difference}"
        for number, pair in enumerate(cells, start=1)
        if (difference := tool.text_difference(*pair))
    ]
    return differences, problems


def run_all(options: argparse.Namespace, temporary: Path) -> list[str]:
    """Prepare everything in a temporary folder, run the notebooks, and return what failed."""
    paths = tool.find(options.notebooks)
    # The course must come from nowhere else; where git itself started this, in a hook say, or a
    # notebook, their variables would lead to the caller's repository.
    for name in list(os.environ):
        if re.match("PYTHONPATH$|JPY_SESSION_NAME$|GIT_(?!CONFIG)", name):
            del os.environ[name]
    packages = requirements(options.where)
    python = prepare(temporary / "venv", options.python, packages)
    print(called([python, "--version"]) + called([python, "-m", "pip", "freeze"]), flush=True)
    commit = serve(served := temporary / "served")
    env = KERNEL_6_DEBUGGER | {
        "IPYTHONDIR": str(temporary / "ipython"),  # no settings of the maintainer, nothing written
        "MPLCONFIGDIR": str(temporary / "matplotlib"),
        **pointed_to(served.as_uri(), repository.current().address),
    }
    # In a cell, matplotlib would say on stderr that listing the fonts takes long.
    called([python, "-c", "import matplotlib.font_manager"], env)
    failed = []
    for path in paths:
        start = time.monotonic()
        differences, problems = run(path, python, commit, env)
        print(*differences, sep="\n", end="\n" * bool(differences))
        said = f"{'FAILED' if problems else 'ran'}, {len(differences)} cells differ"
        print(f"{path.stem}: {said}, {time.monotonic() - start:.1f} s", flush=True)
        failed += problems
    return failed


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 1 if anything failed."""
    asked = tool.parser(__doc__)
    asked.add_argument("where", choices=("colab", "newest"), help="which versions")
    asked.add_argument("notebooks", nargs="*", help="which notebooks; all if none is named")
    asked.add_argument("--python", default=sys.executable, help="the Python of the environment")
    options = asked.parse_intermixed_args(arguments)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve()
        return tool.done(lambda: run_all(options, folder), "Every notebook ran.")


if __name__ == "__main__":
    sys.exit(main())
