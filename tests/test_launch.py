"""The course starts elsewhere as it does here: on Binder, in Codespaces, on GitHub's machines.

Nothing here needs the network, Docker or GitHub: Binder's own program reads ``.binder``, its
scripts and those of the workflows are run, and the linters look at the rest.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest
from jupyterlab import SETTINGS
from repo2docker.app import Repo2Docker
from ruamel.yaml import YAML
from traitlets.config.loader import PyFileConfigLoader

from tools import notebooks as tool

BINDER, DEV = tool.ROOT / ".binder", tool.ROOT / ".devcontainer"
WORKFLOWS = sorted((tool.ROOT / ".github" / "workflows").glob("*.yml"))
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
# What GitHub runs a script with where the workflow says "shell: bash".
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]

needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for Linux")
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def text(*names):
    return tool.ROOT.joinpath(*names).read_text(encoding="utf-8")


def pins(*names):
    """Return the packages and versions that a file of requirements pins, in its order."""
    return re.findall(r"(?m)^([\w.-]+)==([\w.+]+)$", text(*names))


def supported_pythons():
    """Return the versions of Python that pyproject.toml allows, such as ["3.11", "3.12"]."""
    low, high = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text("pyproject.toml")
    ).groups()
    return [f"3.{minor}" for minor in range(int(low), int(high))]


def readme_command(marker):
    """Return the command that the README marks by a comment."""
    found = re.findall(rf"<!-- command:{marker} -->\n```bash\n(.+)\n```", text("README.md"))
    assert len(found) == 1, f"README.md must have one command right after command:{marker}"
    return found[0]


def program(name):
    """Return the path of a program that is installed in the environment of these tests."""
    path = shutil.which(name, path=sysconfig.get_path("scripts"))
    assert path, f"{name} is not installed; see tests/requirements.txt"
    return path


def install(bin_folder, name, script):
    """Put a program that is this shell script into a folder."""
    bin_folder.mkdir(exist_ok=True)
    (bin_folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (bin_folder / name).chmod(0o755)


# Binder -------------------------------------------------------------------------------------------


def test_binder_has_the_pinned_versions_and_torch_for_processors():
    top = pins("requirements.txt")
    assert len(top) > 5, "the pins of requirements.txt were not understood"
    wanted = [(name, version + "+cpu" * (name == "torch")) for name, version in top]
    assert pins(".binder", "requirements.txt") == wanted
    other = [line for line in text(".binder", "requirements.txt").splitlines() if "==" not in line]
    other = [line for line in other if not line.startswith("#")]
    assert other == [f"--extra-index-url {TORCH_INDEX}"]


def test_binder_has_the_python_of_the_devcontainer():
    assert text(".binder", "runtime.txt") == f"python-{devcontainer_python()}\n"
    assert devcontainer_python() in supported_pythons()


@pytest.fixture
def dockerfile(tmp_path):
    """What Binder's program would build from a clean copy, and the pack that it chose for it."""
    skip = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(tool.ROOT, tmp_path / "course", ignore=skip)
    with contextlib.chdir(tmp_path / "course"):
        app = Repo2Docker()
        packs = (pack(base_image=app.base_image) for pack in app.buildpacks)
        pack = next(pack for pack in packs if pack.detect())
        pack.platform = "linux/amd64"
        yield pack.render(), pack


@needs_bash
def test_binder_builds_what_the_files_say(dockerfile):
    text, pack = dockerfile
    assert type(pack).__name__ == "PythonBuildPack"
    assert f"python-{pack.python_version}\n" == (BINDER / "runtime.txt").read_text("utf-8")
    assert not pack.separate_kernel_env, "the notebooks would run in another environment"
    lock = f"conda/environment.py-{pack.python_version}-linux-64.lock"
    assert lock in pack.get_build_script_files(), "Binder has no such Python"
    installs = re.findall(r"(?m)^RUN .*\bpip install .*$", text)
    assert installs == [
        'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r ".binder/requirements.txt"'
    ]
    assert "src/.binder/requirements.txt ${REPO_DIR}/.binder/requirements.txt" in text
    assert text.index("pip install") < text.index("RUN ./.binder/postBuild")


@needs_bash
def test_post_build_is_executable():
    assert os.access(BINDER / "postBuild", os.X_OK)
    assert text(".binder", "postBuild").startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text(".binder", "postBuild")


PYTHON = f'exec "{sys.executable}" "$@"'
# Imported by every Python that starts: it lets the torch that is here say what the test wants.
PRETEND = """
import os
import torch
torch.__version__, torch.version.cuda = os.environ["TORCH"], os.environ["CUDA"] or None
"""


def post_build(folder, *, python=PYTHON, torch=None, cuda="", change=lambda course: None):
    """Run postBuild in a changed copy with this ``python``; return its status and what it said."""
    course = folder / "course"
    for name in (".binder", "rnn_helpers"):
        shutil.copytree(tool.ROOT / name, course / name)
    change(course)
    install(folder / "bin", "python", python)
    (folder / "pretend").mkdir()
    (folder / "pretend" / "sitecustomize.py").write_text(PRETEND, encoding="utf-8")
    env = os.environ | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder / "pretend"),
        "TORCH": torch or dict(pins("requirements.txt"))["torch"] + "+cpu",
        "CUDA": cuda,
        "HOME": str(folder),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
    }
    env.pop("JUPYTERLAB_SETTINGS_DIR", None)
    done = subprocess.run(
        [course / ".binder" / "postBuild"], cwd="/", env=env, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@needs_bash
def test_post_build_passes_and_prepares_jupyterlab_and_the_fonts(tmp_path):
    status, said = post_build(tmp_path)
    assert status == 0, said
    assert said.endswith("postBuild: everything is as pinned.\n")
    assert list((tmp_path / "matplotlib").glob("fontlist*.json")), "the fonts were not listed"
    # The settings that the tests in a browser are run with, where no question is ever asked.
    for name, values in SETTINGS.items():
        path = tmp_path / "jupyter" / "lab" / "user-settings" / "@jupyterlab" / name
        assert json.loads(path.with_suffix(".jupyterlab-settings").read_text("utf-8")) == values


def pin(line):
    """Return a change of the copy: its requirements are this one line."""
    return lambda course: (course / ".binder" / "requirements.txt").write_text(line + "\n")


@needs_bash
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"torch": "2.0.0+cpu"}, "postBuild: torch is 2.0.0+cpu, but "),
        ({"torch": "2.13.0"}, "postBuild: torch is 2.13.0, but "),
        ({"cuda": "12.8"}, "postBuild: this torch is built for graphics cards, CUDA 12.8."),
        ({"change": pin("numpy==1.0")}, "postBuild: numpy is "),
        ({"change": pin("numpy>=1")}, "postBuild: .binder/requirements.txt pins nothing."),
        ({"change": lambda course: shutil.rmtree(course / "rnn_helpers")}, "'rnn_helpers'"),
        ({"python": "exit 3"}, ""),
        ({"python": "true"}, "postBuild: JupyterLab does not say"),
    ],
)
def test_post_build_fails_where_something_is_wrong(tmp_path, wrong, reason):
    status, said = post_build(tmp_path, **wrong)
    assert status != 0
    assert reason in said
    assert "everything is as pinned" not in said


# Codespaces and VS Code ---------------------------------------------------------------------------


def devcontainer():
    """Return devcontainer.json, read as strict JSON: no comment, no key twice."""

    def once(pairs):
        assert len(dict(pairs)) == len(pairs), f"a key stands twice in {[key for key, _ in pairs]}"
        return dict(pairs)

    return json.loads(text(".devcontainer", "devcontainer.json"), object_pairs_hook=once)


def devcontainer_python():
    """Return the Python of the image, which must be one exact version of it."""
    image = devcontainer()["image"]
    found = re.fullmatch(
        r"mcr\.microsoft\.com/devcontainers/python:\d+\.\d+\.\d+-(3\.\d+)-bookworm", image
    )
    assert found, f"{image} is not one version of the image"
    return found[1]


def test_the_devcontainer_installs_by_the_commands_of_the_readme():
    settings = devcontainer()
    small = [
        line
        for line in text("README.md").splitlines()
        if line.endswith(f"--index-url {TORCH_INDEX}")
    ]
    assert [settings["onCreateCommand"]] == small
    installs, and_then = readme_command("test").rsplit(" && ", 1)
    assert and_then == ".venv/bin/pytest"
    assert settings["updateContentCommand"] == installs
    # So that the README's other command finds everything installed, too.
    opens = readme_command("open").rsplit(" && ", 1)[0]
    assert installs.startswith(opens)
    assert not {"postCreateCommand", "postStartCommand", "postAttachCommand"} & set(settings)


def test_the_devcontainer_is_small_and_knows_jupyter():
    settings = devcontainer()
    assert settings["hostRequirements"] == {"cpus": 2, "memory": "4gb"}
    vscode = settings["customizations"]["vscode"]
    assert vscode["extensions"] == ["ms-python.python", "ms-toolsai.jupyter"]
    assert vscode["settings"] == {
        "python.defaultInterpreterPath": "${containerWorkspaceFolder}/.venv/bin/python"
    }
    for name in settings["customizations"]["codespaces"]["openFiles"]:
        assert (tool.ROOT / name).is_file(), f"{name} is opened, but is not there"


@pytest.mark.parametrize("name", ["", "fluffy-wave"])
def test_jupyterlab_can_be_reached_in_a_codespace_and_only_there(monkeypatch, name):
    settings = devcontainer()
    assert list(settings["portsAttributes"]) == [str(port) for port in settings["forwardPorts"]]
    there = settings["containerEnv"]["JUPYTER_CONFIG_PATH"]
    monkeypatch.setenv("CODESPACE_NAME", name)
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.example.org")
    folder = there.replace("${containerWorkspaceFolder}", str(tool.ROOT))
    config = PyFileConfigLoader("jupyter_server_config.py", path=folder).load_config()
    origin = config.get("ServerApp", {}).get("allow_origin")
    port = settings["forwardPorts"][0]
    assert origin == (f"https://{name}-{port}.app.example.org" if name else None)


# GitHub's machines --------------------------------------------------------------------------------


def read(path):
    return YAML(typ="safe").load(path)


def jobs(path):
    return read(path)["jobs"]


def steps(path):
    """Return every step of a workflow, each with the name of its job."""
    return [(name, step) for name, job in jobs(path).items() for step in job["steps"]]


def script(workflow, job, name):
    """Return the script of one step, by the step's name."""
    path = tool.ROOT / ".github" / "workflows" / f"{workflow}.yml"
    return next(step["run"] for step in jobs(path)[job]["steps"] if step.get("name") == name)


def test_the_workflows_are_there():
    assert [path.name for path in WORKFLOWS] == ["tests.yml", "weekly.yml"]
    assert not list((tool.ROOT / ".github").rglob("*.yaml")), "the tests look at *.yml only"


def test_zizmor_finds_nothing():
    command = [program("zizmor"), "--offline", "--strict-collection", "--persona=pedantic"]
    done = subprocess.run(
        [*command, "--color=never", "--no-config", str(tool.ROOT / ".github")],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [tool.ROOT / ".github" / "dependabot.yml"]),
    ],
)
def test_the_files_have_the_keys_that_github_knows(schema, files):
    command = [program("check-jsonschema"), "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_githubs_own_and_pinned_to_one_commit():
    pinned = {}
    for path in WORKFLOWS:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines() if "uses:" in line]
        assert lines, f"{path.name} uses no action"
        for line in lines:
            found = re.fullmatch(
                r"(?:- )?uses: (actions/[a-z-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line
            )
            assert found, f"{path.name}: {line!r} is not actions/NAME@COMMIT # vX.Y.Z"
            assert pinned.setdefault(found[1], found[2]) == found[2], f"two versions of {found[1]}"


@each_workflow
def test_a_workflow_may_do_little(path):
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    own = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    assert own == ({"report": {"issues": "write"}} if path.stem == "weekly" else {})
    assert "pull_request_target" not in workflow["on"]
    assert set(workflow["concurrency"]) == {"group", "cancel-in-progress"}
    assert workflow["defaults"]["run"]["shell"] == "bash", "without it there is no pipefail"
    for name, step in steps(path):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False, f"{name} keeps the token"
        assert "${{" not in step.get("run", ""), f"{name}: hand it to the script by env"


@each_workflow
def test_every_job_ends(path):
    for name, job in jobs(path).items():
        assert 0 < job.get("timeout-minutes", 0) <= 90, f"{name} has no timeout of at most 90"


def test_a_hanging_notebook_is_reported():
    """A step that takes too long fails; a job that takes too long is cancelled, unreported."""
    job = jobs(tool.ROOT / ".github" / "workflows" / "weekly.yml")["notebooks"]
    limit = next(step["timeout-minutes"] for step in job["steps"] if "timeout-minutes" in step)
    assert limit < job["timeout-minutes"]


def test_the_workflows_use_pythons_that_the_course_supports():
    used = {}
    for path in WORKFLOWS:
        for name, step in steps(path):
            if "actions/setup-python@" not in step.get("uses", ""):
                continue
            version, matrix = step["with"]["python-version"], None
            if version == "${{ matrix.python }}":
                matrix = jobs(path)[name]["strategy"]["matrix"]["python"]
            used[f"{path.stem} {name}"] = matrix or [version]
            assert step["with"]["cache"] == "pip"
    known = supported_pythons()
    assert all(version in known for versions in used.values() for version in versions), used
    assert used["tests linux"] == [known[0], known[-1]]
    assert used["weekly notebooks"] == [devcontainer_python()]


def test_everything_is_tested_on_linux_and_without_comparing_elsewhere():
    parts = jobs(tool.ROOT / ".github" / "workflows" / "tests.yml")
    linux = [step.get("run") for step in parts["linux"]["steps"]]
    assert linux[-1] == ".ci/run"
    systems = {each["system"]: each for each in parts["elsewhere"]["strategy"]["matrix"]["include"]}
    assert {name: each["programs"] for name, each in systems.items()} == {
        "macOS": ".venv/bin",
        "Windows": ".venv/Scripts",
    }
    elsewhere = [step["run"] for step in parts["elsewhere"]["steps"] if "run" in step]
    installs = readme_command("test").rsplit(" && ", 1)[0].replace("python3", "python")
    assert elsewhere[:2] == installs.replace(".venv/bin/pip", '"$PROGRAMS/pip"').split(" && ")
    assert elsewhere[2] == '"$PROGRAMS/pytest" tests'
    assert "nbconvert --to notebook --execute " in elsewhere[3]
    assert elsewhere[3].endswith(" notebooks/*.ipynb")
    assert "--allow-errors" not in elsewhere[3]


def test_the_linters_are_those_of_the_tests():
    runs = [step["run"] for step in jobs(WORKFLOWS[0])["lint"]["steps"] if "run" in step]
    names = re.search(r"\^\(([\w|-]+)\)==", runs[0])[1].split("|")
    assert set(names) <= set(dict(pins("tests", "requirements.txt")))
    assert {run.split()[0] for run in runs[1:]} == set(names)


def test_nothing_names_a_host_an_owner_or_a_path_of_one_machine():
    for folder in (BINDER, DEV, tool.ROOT / ".github"):
        for path in folder.rglob("*"):
            if not path.is_file() or path.suffix in (".png", ".pyc"):
                continue
            said = path.read_text(encoding="utf-8").replace(TORCH_INDEX, "")
            found = re.findall(r"\w+://\w[^\s/]*|github\.com/\S+|/(?:home|root|tmp|Users)\b", said)
            assert not found, f"{path.relative_to(tool.ROOT)} names {found}"


def test_only_notebooks_that_failed_are_reported():
    """Not a package server that was out of reach, which would end the job in a step before."""
    both = jobs(tool.ROOT / ".github" / "workflows" / "weekly.yml")
    ran, kept = both["notebooks"]["steps"][-2:]
    assert "tools/environments.py" in ran["run"]
    assert kept["if"] == f"${{{{ failure() && steps.{ran['id']}.outcome == 'failure' }}}}"
    told = " || ".join(f"needs.notebooks.outputs.{name}" for name in both["notebooks"]["outputs"])
    assert both["report"]["if"] == f"${{{{ failure() && ({told}) }}}}"


def test_the_weekly_checks_are_commands_of_the_tool():
    job = jobs(tool.ROOT / ".github" / "workflows" / "weekly.yml")["notebooks"]
    asked = script("weekly", "notebooks", "Run the notebooks")
    assert asked.startswith('python tools/environments.py "$PACKAGES" ')
    command = [sys.executable, tool.ROOT / "tools" / "environments.py", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    checks = job["strategy"]["matrix"]["packages"]
    assert checks == ["newest", "colab"]
    assert all(re.search(rf"\b{check}\b", said) for check in checks)
    assert list(job["outputs"]) == checks


@needs_bash
@each_workflow
def test_the_scripts_are_bash(path):
    for name, step in steps(path):
        done = subprocess.run(
            ["bash", "-n"], input=step.get("run", ""), capture_output=True, text=True
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


def run_script(folder, source, **env):
    """Run the script of a step as GitHub does, with the programs of ``folder / "bin"`` first."""
    env = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", **env}
    return subprocess.run(
        [*BASH, "-c", source], cwd=folder, env=env, capture_output=True, text=True
    )


@needs_bash
def test_a_failure_of_the_week_fails_and_its_log_is_kept(tmp_path):
    install(tmp_path / "bin", "python", "seq 100; echo 'EOF: no ${{ such }} thing' >&2; exit 1")
    env = {
        "RUNNER_TEMP": str(tmp_path),
        "PACKAGES": "colab",
        "GITHUB_OUTPUT": str(tmp_path / "out"),
    }
    done = run_script(tmp_path, script("weekly", "notebooks", "Run the notebooks"), **env)
    assert done.returncode != 0, "the failure got lost in the pipe"
    done = run_script(tmp_path, script("weekly", "notebooks", "Keep the end of the log"), **env)
    assert done.returncode == 0, done.stderr
    first, *lines, last = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert first == f"colab<<{last}"
    assert lines[0] == "python tools/environments.py colab"
    assert lines[-2:] == ["100", "EOF: no ${{ such }} thing"]
    assert len(lines) == 61


@needs_bash
@pytest.mark.parametrize(("open_issue", "command"), [("", "create"), ("7", "comment")])
def test_a_failure_opens_an_issue_or_comments_on_it(tmp_path, open_issue, command):
    install(
        tmp_path / "bin",
        "gh",
        f'[ "$2" = list ] && printf "%s" "{open_issue}" && exit\necho "$@" >>asked\ncat body.md',
    )
    source = script("weekly", "report", "Open an issue, or comment on the one that is open")
    env = {"RUN": "the address of the run", "COLAB": "it\n```\n$(says) `this`", "NEWEST": ""}
    done = run_script(tmp_path, source, TITLE="A title", **env)
    assert done.returncode == 0, done.stderr
    what = "create --title A title" if command == "create" else "comment 7"
    assert (tmp_path / "asked").read_text() == f"issue {what} --body-file body.md\n"
    first, *rest = done.stdout.splitlines()
    assert first == "the address of the run"
    assert rest[-3:] == ["    it", "    ```", "    $(says) `this`"]
    assert all(line.startswith("    ") for line in rest[1:])
