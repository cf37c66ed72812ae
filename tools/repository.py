"""Keep the address of this repository the same everywhere: badges, links, setup cells.

The one place where owner and name stand is ``[project.urls] Repository`` in pyproject.toml; the
branch stands beside it, in ``[tool.course]``, and ``others`` there lists repositories that a text
may name besides this one. Everything else follows from it.

``python tools/repository.py set-repo OWNER/NAME`` writes another owner and name to pyproject.toml,
and then to the README's badges and links, the badges on top of every notebook and the setup cells.
Without OWNER/NAME it takes them from git's remote ``origin``, as a fork has it. Running it twice
changes nothing more; no notebook is executed, since no output depends on the address.

``python tools/repository.py`` changes nothing and lists every address that disagrees.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

if __package__ in (None, ""):  # started as a file: the folder of the package is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import notebooks as tool

PYPROJECT = "pyproject.toml"
KEY = re.compile(r'(?m)^(Repository = "https://github\.com/)([^"]*)(")$')
LINKS = re.compile(r"(<!-- links:begin -->\n).*?(<!-- links:end -->)", re.DOTALL)
HUB_LINK = re.compile(r"(<!-- hub:begin -->\n).*?(<!-- hub:end -->)", re.DOTALL)
# GitHub's own rules: a login has letters, digits and single hyphens; a name also dots and _.
# A login that starts with an underscore cannot exist, so the placeholder leads nobody astray.
PLACEHOLDER = "_owner_"
NOTE = (
    "*They lead nowhere yet, since this copy has no address: [one command](#your-own-copy) gives "
    "it one.*"
)
OWNER = rf"(?:[A-Za-z0-9](?:-?[A-Za-z0-9_])*|{PLACEHOLDER})"
NAME = r"[A-Za-z0-9._-]+?"
REMOTE = re.compile(
    rf"(?:https?://(?:[^@/\s]+@)?(?:www\.)?github\.com/|(?:ssh://)?git@(?:ssh\.)?github\.com"
    rf"(?::443)?[:/])({OWNER})/({NAME})(?:\.git)?/?",
    re.IGNORECASE,
)
BRANCH = r"[A-Za-z0-9_][A-Za-z0-9._/-]*"
FETCHED = "rnn_course"  # the folder beside a lone notebook that its setup cell fetches
# Where an address may stand, in a checkout or in an unpacked archive.
PLACES = ("notebooks/*.ipynb", "rnn_helpers/**/*", "tools/**/*", "*")
PLACES += (".binder/**/*", ".ci/**/*", ".devcontainer/**/*", ".github/**/*")
# What an address of a repository looks like, in any of the services that serve it.
ADDRESS = re.compile(
    r"(?:raw\.githubusercontent\.com/|github\.com[/:]|colab\.research\.google\.com/github/"
    r"|mybinder\.org/v2/gh/|github\.com%2F|nbviewer\.org/github/|codespaces\.new/)"
    r"(?P<owner>[\w.-]+)(?:/|%2F)(?P<name>[\w.-]+?)(?=\.git\b|[^\w.-]|\.?$)",
    re.MULTILINE,
)


class Repository(NamedTuple):
    """Where the course is kept on GitHub."""

    owner: str
    name: str
    branch: str

    def __str__(self) -> str:
        """Return ``owner/name``."""
        return f"{self.owner}/{self.name}"

    @property
    def address(self) -> str:
        """Its address, for a browser and for git."""
        return f"https://github.com/{self}"

    def colab(self, notebook: str) -> str:
        """Return the address that opens a notebook in Colab."""
        return (
            f"https://colab.research.google.com/github/{self}/blob/{self.branch}/"
            f"notebooks/{notebook}"
        )

    def binder(self, notebook: str) -> str:
        """Return the address that opens a notebook in JupyterLab on Binder."""
        path = quote(f"lab/tree/notebooks/{notebook}", safe="")
        return f"https://mybinder.org/v2/gh/{self}/{self.branch}?urlpath={path}"

    def hub(self, hub: str, notebook: str) -> str:
        """Return the nbgitpuller link that copies the course to a JupyterHub and opens it there."""
        path = quote(f"lab/tree/{self.name}/notebooks/{notebook}", safe="")
        return (
            f"{hub}/hub/user-redirect/git-pull?repo={quote(self.address, safe='')}"
            f"&branch={quote(self.branch, safe='')}&urlpath={path}"
        )


def parse(text: str) -> tuple[str, str]:
    """Return owner and name from ``owner/name`` or from a GitHub address.

    Raises
    ------
    NotebookError
        If it is neither.
    """
    match = re.fullmatch(rf"({OWNER})/({NAME})(?:\.git)?", text.strip()) or REMOTE.fullmatch(
        text.strip()
    )
    if match is None or match[2] in (".", ".."):
        raise tool.NotebookError(
            f"{text!r} is no GitHub repository; give OWNER/NAME or https://github.com/OWNER/NAME."
        )
    return match[1], match[2]


def of_remote(root: Path, remote: str = "origin") -> tuple[str, str]:
    """Return owner and name of the repository that git's remote points to.

    Raises
    ------
    NotebookError
        If there is no such remote, or it is not on GitHub.
    """
    asked = ["git", "-C", str(root), "remote", "get-url", remote]
    try:
        done = subprocess.run(asked, capture_output=True, text=True)
    except FileNotFoundError:
        raise tool.NotebookError("git was not found; give OWNER/NAME.") from None
    if done.returncode:
        raise tool.NotebookError(f"git knows no remote {remote!r} here; give OWNER/NAME.")
    try:
        return parse(done.stdout)
    except tool.NotebookError:
        raise tool.NotebookError(
            f"git's remote {remote!r} is {done.stdout.strip()}, which is not understood as an "
            "address on github.com; give OWNER/NAME."
        ) from None


def current(root: Path | None = None) -> Repository:
    """Return the repository that pyproject.toml names.

    Raises
    ------
    NotebookError
        If pyproject.toml does not name one.
    """
    text = ((root or tool.ROOT) / PYPROJECT).read_text(encoding="utf-8")
    try:
        settings = tomllib.loads(text)
        owner, name = parse(settings["project"]["urls"]["Repository"])
        return Repository(owner, name, settings["tool"]["course"]["branch"])
    except KeyError as error:
        raise tool.NotebookError(
            f"{PYPROJECT} has no {error}; it needs [project.urls] Repository and [tool.course] "
            "branch."
        ) from None


# What follows from it -----------------------------------------------------------------------------


def setup_cell(repository: Repository) -> str:
    """Return the first code cell of every notebook.

    It looks for the course in the folder that it may have fetched itself, above the notebook, and
    in the working directory, tells it from a foreign ``rnn_helpers`` by a file of ours, and
    fetches it if it is nowhere. ``GIT_ASKPASS`` answers for the reader, so that git never asks for
    a password; ``timeout`` ends it where a network swallows everything. Both are for Linux, as on
    Colab and Kaggle; elsewhere a lone notebook ends in the sentence. ``UsageError`` is IPython's
    one exception that is shown as a sentence, without a traceback.
    """
    get = f"git clone --depth 1 -b {repository.branch} 2>/dev/null {repository.address} {FETCHED}"
    return f"""\
import os, sys, IPython

sys.path[:0] = ["{FETCHED}", "." if os.path.exists("rnn_helpers/course.mplstyle") else ".."]
get = "GIT_ASKPASS=true timeout 20 {get}"
if not any(os.path.exists(p + "/rnn_helpers/course.mplstyle") for p in sys.path) and os.system(get):
    raise IPython.core.error.UsageError("No course here: go online or download " + get.split()[-2])
""".rstrip()


def badges(repository: Repository, notebook: str) -> str:
    """Return the line of badges on top of a notebook."""
    return (
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        f"({repository.colab(notebook)}) "
        f"[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({repository.binder(notebook)})"
    )


def with_address(notebook: tool.NotebookNode, name: str, repository: Repository) -> bool:
    """Write badges and setup cell into a notebook; outputs and everything else stay.

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    NotebookError
        If the notebook has no title or no setup cell to write to. It is left as it was then.
    """
    title = notebook.cells[0] if notebook.cells else {}
    setup = next(iter(tool.code_cells(notebook)), {})
    if not title.get("source", "").startswith("# ") or "sys.path[:0] =" not in setup.get(
        "source", ""
    ):
        raise tool.NotebookError(
            f"{name} must begin with a # title, and its first code cell must be the setup cell; "
            "start from a copy of another notebook, or delete it."
        )
    heading, _, rest = tool.BADGES.sub("", title.source).partition("\n")
    right = f"{heading}\n\n{badges(repository, name)}\n\n{rest.lstrip()}", setup_cell(repository)
    changed = (title.source, setup.source) != right
    title.source, setup.source = right
    return changed


def readme_with_address(text: str, repository: Repository, first: str) -> str:
    """Return the README with the badges and the hub's link that belong to a repository.

    Raises
    ------
    NotebookError
        If the README does not mark the places.
    """
    for pattern, word in ((LINKS, "links"), (HUB_LINK, "hub")):
        if len(pattern.findall(text)) != 1:
            raise tool.NotebookError(
                f"README.md must mark one place by <!-- {word}:begin --> and <!-- {word}:end -->."
            )
    line = badges(repository, first) + "\n"
    if repository.owner == PLACEHOLDER:
        line += f"\n{NOTE}\n"
    text = LINKS.sub(lambda marks: marks[1] + line + marks[2], text)
    link = f"```text\n{repository.hub('https://hub.example.org', first)}\n```\n"
    return HUB_LINK.sub(lambda marks: marks[1] + link + marks[2], text)


def wanted(root: Path, repository: Repository) -> dict[Path, str]:
    """Return what every file that holds an address should say.

    Nothing is written; a problem in one file is found before another is changed.
    """
    found = {}
    text = (root / PYPROJECT).read_text(encoding="utf-8")
    if len(KEY.findall(text)) != 1:
        raise tool.NotebookError(
            f'{PYPROJECT} must have one line Repository = "https://github.com/OWNER/NAME".'
        )
    text = KEY.sub(lambda match: match[1] + str(repository) + match[3], text)
    branch = re.compile(r'(?m)^branch = "[^"]*"$')
    found[root / PYPROJECT] = branch.sub(f'branch = "{repository.branch}"', text)
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    if not paths:
        raise tool.NotebookError("There are no notebooks here.")
    for path in paths:
        notebook = tool.read(path)
        changed = with_address(notebook, path.name, repository)
        found[path] = tool.to_text(notebook) if changed else path.read_text(encoding="utf-8")
    readme = root / "README.md"
    found[readme] = readme_with_address(
        readme.read_text(encoding="utf-8"), repository, paths[0].name
    )
    return found


# The commands -------------------------------------------------------------------------------------


def set_repo(root: Path, repository: Repository) -> list[str]:
    """Write a repository's address everywhere; return the names of the files that changed."""
    changed = []
    for path, text in wanted(root, repository).items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path.relative_to(root).as_posix())
    return changed


def strangers(root: Path, repository: Repository) -> Iterator[str]:
    """Yield a sentence for every address of another repository, in any text file but the tests.

    Allowed are those that pyproject.toml lists as ``others`` in ``[tool.course]``.
    """
    settings = tomllib.loads((root / PYPROJECT).read_text(encoding="utf-8"))["tool"]["course"]
    known = {str(repository), "OWNER/NAME", *settings.get("others", [])}
    files = {path for place in PLACES for path in root.glob(place) if path.is_file()}
    for path in sorted(files - {root / "tools" / "repository.py"}):  # its patterns are no addresses
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue
        for match in ADDRESS.finditer(text):
            there = f"{match['owner']}/{match['name']}"
            if there not in known:
                line = text.count("\n", 0, match.start()) + 1
                yield (
                    f"{path.relative_to(root).as_posix()}, line {line}: it names {there}, not "
                    f"{repository}; if that is meant, list it as others in {PYPROJECT}."
                )


def check(root: Path) -> list[str]:
    """Return a sentence for everything that disagrees with pyproject.toml."""
    repository = current(root)
    problems = [
        f"{path.relative_to(root).as_posix()}: the badges, links or setup cell are not those of "
        f"{repository}."
        for path, text in wanted(root, repository).items()
        if path.read_text(encoding="utf-8") != text
    ]
    return problems + list(strangers(root, repository))


def main(arguments: list[str] | None = None, root: Path | None = None) -> int:
    """Run the command line; return 1 if an address disagrees or cannot be set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command")
    setter = commands.add_parser("set-repo", help="write an address everywhere")
    setter.add_argument("repository", nargs="?", help="OWNER/NAME; git's remote if left out")
    setter.add_argument("--branch", help="the branch that the links name, as it is if left out")
    options = parser.parse_args(arguments)
    root = root or tool.ROOT
    try:
        now = current(root)
        if options.command == "set-repo":
            where = of_remote(root) if options.repository is None else parse(options.repository)
            branch = now.branch if options.branch is None else options.branch
            if not re.fullmatch(BRANCH, branch):
                raise tool.NotebookError(f"{branch!r} is no name of a branch; give one like main.")
            repository = Repository(*where, branch)
            changed = set_repo(root, repository)
            print(f"{repository}, branch {branch}. Files changed: {len(changed)}")
            for name in changed:
                print(f"  {name}")
            problems = check(root)
        else:
            problems = check(root)
            if not problems:
                print(f"Every address is that of {now}, branch {now.branch}.")
    except tool.NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
