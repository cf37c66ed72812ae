"""Run the notebooks where other versions are installed and nothing lies beside a notebook.

``python tools/environments.py colab`` takes the versions of ``tools/colab.txt``, which are those of
Colab; ``newest`` takes the newest releases that pyproject.toml allows. Both make a fresh virtual
environment. ``here`` takes this Python as it is.

Each notebook is copied alone into an empty folder, as on Colab or Kaggle, and executed there from
the top. So its first cell must fetch the course. Git gets it not from its public address but from a
repository in a temporary folder, which holds the work tree as it is now, committed or not.

An error in a cell, anything on stderr, a course from elsewhere or more than 1000 MB of memory is a
failure. Texts may differ from the committed ones with other versions: they are counted, and printed
by ``--differences``.
"""

import argparse
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

if __package__ in (None, ""):  # started as a file: the folder of the package is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tools import notebooks as tool
from tools import repository

COLAB = Path(__file__).with_name("colab.txt")
MEGABYTES = 1000  # a machine of Binder has 2 GB, and JupyterLab and a second kernel run there too
PACKAGES = ("torch", "numpy", "matplotlib", "ipywidgets", "ipython", "ipykernel", "pillow", "tqdm")

# The font cache is made here, once: in a cell, matplotlib would say on stderr that it takes long.
VERSIONS = f"""import importlib.metadata as metadata, json, platform
import ipykernel, matplotlib.font_manager

found = {{"Python": platform.python_version()}}
for name in {PACKAGES}:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        found[name] = "missing"
print(json.dumps(found))"""

# Runs in the kernel, after the last cell. On Linux, getrusage may tell the peak of the process that
# started this one; VmHWM does not.
PROBE = """import json, os, sys

peak = None
try:
    with open("/proc/self/status") as status:
        lines = dict(line.split(":", 1) for line in status)
    peak = int(lines["VmHWM"].split()[0]) * 1024
except (OSError, KeyError):
    if sys.platform == "darwin":
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
course = getattr(sys.modules.get("rnn_helpers"), "__file__", None)
print("\\n" + json.dumps({"peak": peak, "course": course and os.path.abspath(course)}))"""


class Run(NamedTuple):
    """What came of one notebook; None where it is not known.

    Attributes
    ----------
    name : str
        The notebook's name.
    seconds : float or None
        How long it took, with the start of the kernel.
    megabytes : float or None
        The peak of the kernel's resident memory.
    differences, problems : list of str
        A sentence for each cell whose text is not the committed one, and for each failure.
    """

    name: str
    seconds: float | None
    megabytes: float | None
    differences: list[str]
    problems: list[str]


# The environment ----------------------------------------------------------------------------------


def requirements(kind: str, torch: str | None = None) -> list[str]:
    """Return what pip shall install.

    Parameters
    ----------
    kind : {'colab', 'newest'}
    torch : str, optional
        A version of torch, for ``colab`` in place of the one in the file.

    Raises
    ------
    NotebookError
        If ``torch`` is no version, or pyproject.toml lists no dependencies.
    """
    if torch is not None and not re.fullmatch(r"\d[\w.+!]*", torch):
        raise tool.NotebookError(f"{torch!r} is no version of torch; give one such as 2.13.0.")
    pinned = [] if torch is None else [f"torch=={torch}"]
    if kind == "colab":
        lines = [line.partition("#")[0].strip() for line in COLAB.read_text("utf-8").splitlines()]
        kept = [line for line in lines if line and not (pinned and line.startswith("torch=="))]
        return pinned + kept
    text = (tool.ROOT / repository.PYPROJECT).read_text(encoding="utf-8")
    allowed = tomllib.loads(text)["project"].get("dependencies")
    if not allowed:
        raise tool.NotebookError(f"{repository.PYPROJECT} lists no dependencies under [project].")
    return [*allowed, "ipykernel", *pinned]  # a second requirement for torch narrows the first


def python_of(venv: Path) -> Path:
    """Return the path of a virtual environment's Python, on any system."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def called(command: list[str], failure: str, env: Mapping[str, str] | None = None) -> str:
    """Return what a command prints.

    Raises
    ------
    NotebookError
        If it cannot be started or fails: ``failure``, and the line that says most.
    """
    try:
        done = subprocess.run(
            command, env=os.environ | dict(env or {}), capture_output=True, text=True
        )
    except OSError as error:
        raise tool.NotebookError(f"{failure}: {error.strerror or error}.") from None
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        # Pip's last word may be where to read about the error that it named before.
        errors = [line for line in lines if re.match("ERROR: (?!ResolutionImpossible)", line)]
        said = (errors or lines)[-1].removeprefix("ERROR: ").rstrip(".")
        raise tool.NotebookError(f"{failure}: {said}.")
    return done.stdout


def prepare(venv: Path, python: str, packages: list[str], env: Mapping[str, str]) -> Path:
    """Return the Python of a virtual environment, which is made unless it exists.

    Raises
    ------
    NotebookError
        If there is no such Python, the folder is something else, or pip fails. Nothing is left of
        an environment that could not be finished.
    """
    inside = python_of(venv)
    if inside.exists():
        print(f"Taking {venv} as it is.", flush=True)
        return inside
    if venv.exists() and (not venv.is_dir() or any(venv.iterdir())):
        raise tool.NotebookError(f"{venv} is no virtual environment; give another folder.")
    found = shutil.which(python)
    if found is None:
        raise tool.NotebookError(f"There is no Python {python}; give the path of one.")
    print(f"Installing {', '.join(packages)}", flush=True)
    try:
        called([found, "-m", "venv", str(venv)], f"{python} made no virtual environment", env)
        pip = [str(inside), "-m", "pip", "--disable-pip-version-check", "install", "--upgrade"]
        called([*pip, *packages], "pip could not install this", env)
    except BaseException:  # also when it is interrupted: half of it would be taken as it is
        shutil.rmtree(venv, ignore_errors=True)
        raise
    return inside


def versions(python: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return the versions of a Python and of its packages.

    Raises
    ------
    NotebookError
        If notebooks cannot run there.
    """
    failure = f"{python} cannot run the notebooks"
    return json.loads(called([str(python), "-c", VERSIONS], failure, env).splitlines()[-1])


# The course ---------------------------------------------------------------------------------------


def git(*arguments: str, given: bytes | None = None) -> bytes:
    """Return what git prints, as bytes because it may be names of files.

    Raises
    ------
    NotebookError
        If there is no git, or it fails.
    """
    # Where git itself started this, in a hook say, its variables lead to the caller's repository.
    keep = ("GIT_CONFIG", "GIT_SSL", "GIT_EXEC")
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith(keep)}
    env["LC_ALL"] = "C"
    try:
        done = subprocess.run(["git", *arguments], input=given, capture_output=True, env=env)
    except FileNotFoundError:
        raise tool.NotebookError("git was not found; install it.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or "it said nothing"
        raise tool.NotebookError(f"git could not serve the course: {said.splitlines()[-1]}")
    return done.stdout


def serve(served: Path) -> str:
    """Make a bare repository that holds the work tree as it is now, and return its commit.

    Parameters
    ----------
    served : Path
        Where to make it. Everything that git does not ignore is in it, committed or not.

    Raises
    ------
    NotebookError
        If the course is in no git repository, or git fails.
    """
    root = str(tool.ROOT)
    listed = git("-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = [
        name for name in listed.split(b"\0") if name and (tool.ROOT / os.fsdecode(name)).exists()
    ]
    branch = repository.current().branch
    git("init", "--quiet", "--bare", f"--initial-branch={branch}", str(served))
    here = ("-C", root, "--git-dir", str(served), "--work-tree", root, "--literal-pathspecs")
    files = ("--pathspec-from-file=-", "--pathspec-file-nul")
    git(*here, "add", "--force", *files, given=b"\0".join(names))
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
    plain = ("-c", "commit.gpgsign=false", "-c", f"core.hooksPath={served / 'no-hooks'}")
    git(*here, *who, *plain, "commit", "--quiet", "--message", "The work tree as it is")
    return git("--git-dir", str(served), "rev-parse", "HEAD").decode().strip()


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


def from_elsewhere(course: str | None, folder: Path, commit: str) -> str | None:
    """Return a sentence if the course that ran was not fetched into ``folder``, or None.

    Parameters
    ----------
    course : str or None
        The file of the package ``rnn_helpers`` that was loaded, if it was.
    folder : Path
        Where the notebook ran.
    commit : str
        What it must have fetched.
    """
    if course is None:
        return "it did not load rnn_helpers."
    fetched = folder.resolve() / repository.FETCHED
    if Path(course).resolve().parents[1] != fetched:
        return f"it took rnn_helpers not from what it fetched, but from {Path(course).parent}."
    if git("-C", str(fetched), "rev-parse", "HEAD").decode().strip() != commit:
        return "it fetched another course than the one that was served."
    return None


# The notebooks ------------------------------------------------------------------------------------


def on_stderr(notebook: NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the number of each code cell that wrote to stderr, and the first line of that."""
    for number, cell in enumerate(tool.code_cells(notebook), start=1):
        said = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
        if said:
            yield number, (said.strip() or "an empty line").splitlines()[0]


def run(path: Path, python: Path, commit: str, env: Mapping[str, str]) -> Run:
    """Execute a notebook in a folder that holds only this notebook.

    Parameters
    ----------
    path : Path
        The notebook; it is left as it is.
    python : Path
        The Python of the kernel.
    commit : str
        The commit of the course that it should fetch.
    env : mapping
        Environment variables in addition to those of this process.
    """
    name, committed = path.name, tool.read(path)
    notebook = copy.deepcopy(committed)
    notebook.cells.append(new_code_cell(PROBE))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as parent:
        folder = Path(parent) / "alone"  # the folder above holds nothing else, either
        folder.mkdir()
        shutil.copy(path, folder)
        started = time.monotonic()
        try:
            executed = tool.execute(notebook, name, folder, env, str(python))
        except tool.NotebookError as error:
            return Run(path.stem, None, None, [], [str(error)])
        except RuntimeError as error:  # from jupyter_client
            return Run(path.stem, None, None, [], [f"{name}: no kernel was started: {error}."])
        seconds = time.monotonic() - started
        said = [output.text for output in executed.cells.pop().outputs if output.name == "stdout"]
        answer = json.loads("".join(said).splitlines()[-1])
        problem = from_elsewhere(answer["course"], folder, commit)
    problems = [f"{name}: {problem}"] if problem else []
    problems += [
        f"{name}, code cell {number}: it wrote to stderr: {line}"
        for number, line in on_stderr(executed)
    ]
    megabytes = None if answer["peak"] is None else answer["peak"] / 1e6
    if megabytes is not None and megabytes > MEGABYTES:
        problems.append(
            f"{name}: its kernel took {megabytes:.0f} MB of memory, more than {MEGABYTES} MB."
        )
    cells = zip(tool.code_cells(committed), tool.code_cells(executed), strict=True)
    differences = [
        f"{name}, code cell {number}: {text}"
        for number, (old, new) in enumerate(cells, start=1)
        if tool.IGNORED not in old.metadata.get("tags", [])
        and (text := tool.text_difference(old, new))
    ]
    return Run(path.stem, seconds, megabytes, differences, problems)


def row(done: Run) -> str:
    """Return the line of the table for one notebook."""
    seconds = "-" if done.seconds is None else f"{done.seconds:.1f}"
    megabytes = "-" if done.megabytes is None else f"{done.megabytes:.0f}"
    differ = "-" if done.seconds is None else str(len(done.differences))
    failed = "  FAILED" if done.problems else ""
    return f"{done.name:30}{seconds:>9}{megabytes:>9}{differ:>8}{failed}"


def run_all(options: argparse.Namespace, temporary: Path) -> list[Run]:
    """Prepare everything in a temporary folder, run the notebooks and print the table.

    Raises
    ------
    NotebookError
        If something is missing before the first notebook can run.
    """
    paths = tool.find(options.notebooks)
    if shutil.which("timeout") is None:
        raise tool.NotebookError(
            "The setup cell fetches the course with Linux's program timeout, which is not here; "
            "run this on Linux."
        )
    env = {
        "PYTHONPATH": "",  # the course must come from nowhere else
        "IPYTHONDIR": str(temporary / "ipython"),  # no settings of the maintainer, nothing written
        "MPLCONFIGDIR": str(temporary / "matplotlib"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a word about its debugger that ipykernel 6 says
    }
    python = Path(sys.executable)
    if options.where != "here":
        packages = requirements(options.where, options.torch)
        venv = Path(options.venv).absolute() if options.venv else temporary / "venv"
        python = prepare(venv, options.python, packages, env)
    used = versions(python, env)
    served = (temporary / "served.git").absolute()
    commit = serve(served)
    env |= pointed_to(served.as_uri(), repository.current().address)

    done = []
    print(f"{'notebook':30}{'seconds':>9}{'peak MB':>9}{'differ':>8}", flush=True)
    for path in paths:
        done.append(run(path, python, commit, env))
        print(row(done[-1]), flush=True)
    print("differ: cells whose text is not the committed one; that is no failure")
    if any(each.seconds is not None and each.megabytes is None for each in done):
        print("This system does not tell how much memory a process took.")
    print(", ".join(f"{name} {version}" for name, version in used.items()))
    return done


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 1 if anything failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="where", required=True)
    for where, text in (
        ("colab", "the versions of Colab, tools/colab.txt"),
        ("newest", "the newest releases that pyproject.toml allows"),
        ("here", "this Python as it is"),
    ):
        command = commands.add_parser(where, help=text, description=f"Run them with {text}.")
        command.add_argument("notebooks", nargs="*", help="which notebooks; all if none is named")
        command.add_argument("--differences", action="store_true", help="print how texts differ")
        if where != "here":
            command.add_argument("--python", default=sys.executable, help="whose environment")
            command.add_argument("--torch", metavar="VERSION", help="take this version of torch")
            command.add_argument(
                "--venv", metavar="FOLDER", help="keep the environment; if it exists, install none"
            )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
            done = run_all(options, Path(temporary))
    except tool.NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    for each in done:
        for line in (each.differences if options.differences else []) + each.problems:
            print(line)
    failed = sum(bool(each.problems) for each in done)
    if failed:
        print(f"{failed} of {len(done)} notebooks failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
