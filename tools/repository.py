"""Keep the address of this repository, and the way through the notebooks, the same everywhere.

The one place where owner and name stand is ``[project.urls] Repository`` in pyproject.toml; the
branch stands beside it, in ``[tool.course]``. Everything else follows from it.

``python tools/repository.py set-repo OWNER/NAME`` writes another owner and name to pyproject.toml,
README.md and TEACHING.md, the badges on top of every notebook and the setup cells; the lines "2 of
9, previous, contents, next" follow the names of the notebooks. Without OWNER/NAME it takes them
from git's remote ``origin``. No notebook is executed, since no output depends on the address.

``python tools/repository.py`` changes nothing and lists every address that disagrees.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

if not __package__:  # started as a file: the folder of the package is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import notebooks as tool

PYPROJECT = "pyproject.toml"
# A login that starts with an underscore cannot exist, so the placeholder leads nobody astray.
PLACEHOLDER = "_owner_"
NOTE = """
*They lead nowhere yet, since this copy has no address: [one command](TEACHING.md#your-own-copy)
gives it one.*
"""
WEB = "with buttons that answer and figures that move; there is nothing to install."
# GitHub's own rules: a login has letters, digits and single hyphens; a name also dots and _.
ADDRESS = re.compile(
    r"(?:(?:https?://(?:[^@/\s]+@)?(?:www\.)?|(?:ssh://)?git@(?:ssh\.)?)github\.com(?::443)?[:/])?"
    rf"([A-Za-z0-9](?:-?[A-Za-z0-9_])*|{PLACEHOLDER})/([A-Za-z0-9._-]+?)(?:\.git)?/?",
    re.IGNORECASE,
)
BRANCH = r"[A-Za-z0-9_][A-Za-z0-9._/-]*"
SETUP_CELL = Path(__file__).with_name("setup_cell.txt")
FETCHED = "rnn_course"  # the folder beside a lone notebook that its setup cell fetches
LAST_LINE = re.compile(r"(?m)^\d+ of \d+ · .*\s*\Z")


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

    @property
    def site(self) -> str:
        """The address of the site that GitHub Pages serves."""
        return f"https://{self.owner}.github.io/{self.name}/"


def parse(text: str) -> tuple[str, str]:
    """Return owner and name from ``owner/name`` or from a GitHub address."""
    match = ADDRESS.fullmatch(text.strip())
    if match is None or match[2] in (".", ".."):
        raise tool.NotebookError(
            f"{text!r} is no GitHub repository; give OWNER/NAME or https://github.com/OWNER/NAME."
        )
    return match[1], match[2]


def of_remote(root: Path) -> tuple[str, str]:
    """Return owner and name of the repository that git's remote ``origin`` points to."""
    asked = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        return parse(subprocess.check_output(asked, stderr=subprocess.DEVNULL, text=True).strip())
    except (OSError, subprocess.CalledProcessError):
        raise tool.NotebookError("git knows no remote 'origin' here; give OWNER/NAME.") from None


def current(root: Path | None = None) -> Repository:
    """Return the repository that pyproject.toml names."""
    settings = tomllib.loads(((root or tool.ROOT) / PYPROJECT).read_text(encoding="utf-8"))
    try:
        owner, name = parse(settings["project"]["urls"]["Repository"])
        return Repository(owner, name, settings["tool"]["course"]["branch"])
    except KeyError as error:
        raise tool.NotebookError(
            f"{PYPROJECT} has no {error}; it needs [project.urls] Repository and [tool.course] "
            "branch."
        ) from None


# What follows from it -----------------------------------------------------------------------------


def setup_cell(repository: Repository) -> str:
    """Return the first code cell of every notebook, which is ``tools/setup_cell.txt``.

    It must be read by Python 3.8, so that the course itself can say which Python it needs.
    ``UsageError`` is IPython's one exception that is shown as a sentence, without a traceback.
    """
    text, where = SETUP_CELL.read_text(encoding="utf-8").rstrip(), repository._asdict()
    for name, value in {**where, "address": repository.address, "fetched": FETCHED}.items():
        text = text.replace(f'"{{{name}}}"', f'"{value}"')
    return text


def badges(repository: Repository, notebook: str) -> str:
    """Return the line of badges that open a notebook, on Colab and in JupyterLab on Binder."""
    colab = f"{repository}/blob/{repository.branch}/notebooks/{notebook}"
    binder = f"{repository}/{repository.branch}?urlpath=lab%2Ftree%2Fnotebooks%2F{notebook}"
    return (
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        f"(https://colab.research.google.com/github/{colab}) "
        "[![Launch on Binder](https://mybinder.org/badge_logo.svg)]"
        f"(https://mybinder.org/v2/gh/{binder})"
    )


def way(path: Path) -> str:
    """Return the line that leads through the course, for the notebook in a file: 2 of 9, ..."""
    paths = sorted(path.parent.glob("*.ipynb"))
    place = [other.name for other in paths].index(path.name)
    parts = [f"{place + 1} of {len(paths)}", "[contents](../README.md#the-notebooks)"]
    if place:
        before = paths[place - 1]
        parts.insert(1, f"previous: [{tool.opening(before)[0]}]({before.name})")
    if place + 1 < len(paths):
        after = paths[place + 1]
        parts.append(f"next: [{tool.opening(after)[0]}]({after.name})")
    return " · ".join(parts)


def hub_link(repository: Repository, notebook: str) -> str:
    """Return the nbgitpuller link that copies the course to a JupyterHub and opens a notebook."""
    asked = {
        "repo": repository.address,
        "branch": repository.branch,
        "urlpath": f"lab/tree/{repository.name}/notebooks/{notebook}",
    }
    return f"https://hub.example.org/hub/user-redirect/git-pull?{urlencode(asked)}"


def with_address(path: Path, repository: Repository) -> str:
    """Return the text of a notebook with its way, badges and setup cell; all else stays."""
    notebook = tool.read(path)
    title, setup = notebook.cells[0], next(iter(tool.code_cells(notebook)), notebook.cells[0])
    if not title.source.startswith("# ") or "sys.path[:0] =" not in setup.source:
        raise tool.NotebookError(
            f"{path.name} must begin with a # title, and its first code cell must be the setup "
            "cell; start from a copy of another notebook, or delete it."
        )
    heading, _, rest = tool.HEAD.sub("", title.source).partition("\n")
    line, last = way(path), notebook.cells[-1]
    right = (
        f"{heading}\n\n{line}\n{badges(repository, path.name)}\n\n{rest.lstrip()}",
        setup_cell(repository),
        tool.FOLDED,
        f"{LAST_LINE.sub('', last.source).rstrip()}\n\n{line}",
    )
    if (title.source, setup.source, setup.metadata, last.source) == right:
        return path.read_text(encoding="utf-8")  # the layout is not our business
    title.source, setup.source, setup.metadata, last.source = right
    return tool.to_text(notebook)


def wanted(root: Path, repository: Repository) -> dict[Path, str]:
    """Return what every file that holds an address should say; nothing is written."""
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    first = paths[0].name
    found = {path: with_address(path, repository) for path in paths}
    text = (root / PYPROJECT).read_text(encoding="utf-8")
    for pattern, new in (
        (r'(?m)^Repository = "[^"]*"$', f'Repository = "{repository.address}"'),
        (r'(?m)^branch = "[^"]*"$', f'branch = "{repository.branch}"'),
    ):
        text, count = re.subn(pattern, new, text)
        if count != 1:
            raise tool.NotebookError(f"{PYPROJECT} must have one line like {new}.")
    found[root / PYPROJECT] = text
    line = f"{badges(repository, first)}\n\n**[Read it on the web]({repository.site})**, {WEB}\n"
    line += NOTE * (repository.owner == PLACEHOLDER)
    link = f"```text\n{hub_link(repository, first)}\n```\n"
    for name, word, new in (("README.md", "links", line), ("TEACHING.md", "hub", link)):
        found[root / name] = tool.between(
            (root / name).read_text(encoding="utf-8"), word, new, name
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


def check(root: Path) -> list[str]:
    """Return a sentence for everything that disagrees with pyproject.toml."""
    repository = current(root)
    return [
        f"{path.relative_to(root).as_posix()}: the badges, links, way or setup cell are not those "
        f"of {repository}."
        for path, text in wanted(root, repository).items()
        if path.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None, root: Path = tool.ROOT) -> int:
    """Run the command line; return 1 if an address disagrees or cannot be set."""
    asked = tool.parser(__doc__)
    commands = asked.add_subparsers(dest="command")
    setter = commands.add_parser("set-repo", help="write an address everywhere")
    setter.add_argument("repository", nargs="?", help="OWNER/NAME; git's remote if left out")
    setter.add_argument("--branch", help="the branch that the links name, as it is if left out")
    options = asked.parse_args(arguments)

    def work() -> list[str]:
        if options.command == "set-repo":
            where = of_remote(root) if options.repository is None else parse(options.repository)
            branch = current(root).branch if options.branch is None else options.branch
            if not re.fullmatch(BRANCH, branch):
                raise tool.NotebookError(f"{branch!r} is no name of a branch; give one like main.")
            changed = set_repo(root, Repository(*where, branch))
            print("Changed:", *changed or ["nothing"], sep="\n  ")
        return check(root)

    return tool.done(work, "Every address is that of pyproject.toml.")


if __name__ == "__main__":
    sys.exit(main())
