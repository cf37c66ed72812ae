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
import tomllib

import pytest
from repo2docker.app import Repo2Docker
from ruamel.yaml import YAML
from traitlets.config.loader import PyFileConfigLoader

from tools import environments
from tools import notebooks as tool

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
WORKFLOWS = tool.ROOT / ".github" / "workflows"
TESTS, WEEKLY = (YAML(typ="safe").load(WORKFLOWS / f"{name}.yml") for name in ("tests", "weekly"))

slow = pytest.mark.slow
needs_bash = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for Linux")


def text(name):
    return (tool.ROOT / name).read_text(encoding="utf-8")


def pins(name):
    """Return the packages and versions that a file of requirements pins, in its order."""
    return re.findall(r"(?m)^([\w.-]+)==([\w.+]+)$", text(name))


def readme_command(marker):
    """Return the command that the README marks by a comment."""
    (command,) = re.findall(rf"<!-- command:{marker} -->\n```bash\n(.+)\n```", text("README.md"))
    return command


def install(folder, name, script):
    """Put a program that is this shell script into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


# Binder -------------------------------------------------------------------------------------------


def test_binder_has_the_pinned_versions_and_torch_for_processors():
    wanted = [
        f"{name}=={version}" + "+cpu" * (name == "torch")
        for name, version in pins("requirements.txt")
    ]
    lines = [line for line in text(".binder/requirements.txt").splitlines() if line[0] != "#"]
    assert lines == [f"--extra-index-url {TORCH_INDEX}", *wanted]


@slow
@needs_bash
def test_binder_builds_what_the_files_say(tmp_path):
    skip = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(tool.ROOT, tmp_path / "course", ignore=skip)
    with contextlib.chdir(tmp_path / "course"):
        app = Repo2Docker()
        packs = (pack(base_image=app.base_image) for pack in app.buildpacks)
        pack = next(pack for pack in packs if pack.detect())
        pack.platform = "linux/amd64"
        dockerfile = pack.render()
    assert type(pack).__name__ == "PythonBuildPack"
    assert text(".binder/runtime.txt") == f"python-{pack.python_version}\n"
    assert not pack.separate_kernel_env, "the notebooks would run in another environment"
    lock = f"conda/environment.py-{pack.python_version}-linux-64.lock"
    assert lock in pack.get_build_script_files(), "Binder has no such Python"
    assert re.findall(r"(?m)^RUN .*\bpip install .*$", dockerfile) == [
        'RUN ${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r ".binder/requirements.txt"'
    ]
    assert dockerfile.index("pip install") < dockerfile.index("RUN ./.binder/postBuild")


# Imported by every Python that starts: it lets the torch that is here say what the test wants.
PRETEND = """import os, torch
torch.__version__, torch.version.cuda = os.environ["TORCH"], os.environ["CUDA"] or None
"""


@slow
@needs_bash
@pytest.mark.parametrize(
    ("torch", "cuda", "pin", "reason"),
    [
        (None, "", None, "postBuild: everything is as pinned.\n"),
        ("2.0.0+cpu", "", None, "postBuild: torch is 2.0.0+cpu, but "),
        (None, "12.8", None, "postBuild: this torch is built for graphics cards, CUDA 12.8."),
        (None, "", "numpy==1.0", "postBuild: numpy is "),
        (None, "", "numpy>=1", "postBuild: .binder/requirements.txt pins nothing."),
    ],
)
def test_post_build_passes_only_where_everything_is_right(tmp_path, torch, cuda, pin, reason):
    for name in (".binder", "rnn_helpers"):
        shutil.copytree(tool.ROOT / name, tmp_path / "course" / name)
    if pin:
        (tmp_path / "course" / ".binder" / "requirements.txt").write_text(pin + "\n")
    install(tmp_path / "bin", "python", f'exec "{sys.executable}" "$@"')
    (tmp_path / "pretend").mkdir()
    (tmp_path / "pretend" / "sitecustomize.py").write_text(PRETEND, encoding="utf-8")
    env = os.environ | {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(tmp_path / "pretend"),
        "TORCH": torch or dict(pins(".binder/requirements.txt"))["torch"],
        "CUDA": cuda,
        "HOME": str(tmp_path),
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
    }
    env.pop("JUPYTERLAB_SETTINGS_DIR", None)
    command = [tmp_path / "course" / ".binder" / "postBuild"]
    done = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True)
    assert reason in done.stdout + done.stderr
    settings = list((tmp_path / "jupyter").rglob("notification.jupyterlab-settings"))
    if "as pinned." in reason:
        assert done.returncode == 0
        assert list((tmp_path / "matplotlib").glob("fontlist*.json")), "the fonts were not listed"
        asked = {"fetchNews": "false", "checkForUpdates": False}
        assert [json.loads(path.read_text("utf-8")) for path in settings] == [asked]
    else:
        assert done.returncode != 0
        assert not settings


# Codespaces and VS Code ---------------------------------------------------------------------------


def test_the_devcontainer_installs_by_the_commands_of_the_readme():
    settings = json.loads(text(".devcontainer/devcontainer.json"))
    assert re.search(rf"(?m)^{re.escape(settings['onCreateCommand'])}$", text("README.md"))
    assert TORCH_INDEX in settings["onCreateCommand"]
    installs, and_then = readme_command("test").rsplit(" && ", 1)
    assert and_then == ".venv/bin/pytest"
    assert settings["updateContentCommand"] == installs
    # So that the README's other command finds everything installed, too.
    assert installs.startswith(readme_command("open").rsplit(" && ", 1)[0])
    for name in settings["customizations"]["codespaces"]["openFiles"]:
        assert (tool.ROOT / name).is_file(), f"{name} is opened, but is not there"


@pytest.mark.parametrize("name", ["", "fluffy-wave"])
def test_jupyterlab_can_be_reached_in_a_codespace_and_only_there(monkeypatch, name):
    settings = json.loads(text(".devcontainer/devcontainer.json"))
    there = settings["containerEnv"]["JUPYTER_CONFIG_PATH"]
    monkeypatch.setenv("CODESPACE_NAME", name)
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.example.org")
    folder = there.replace("${containerWorkspaceFolder}", str(tool.ROOT))
    config = PyFileConfigLoader("jupyter_server_config.py", path=folder).load_config()
    origin = config.get("ServerApp", {}).get("allow_origin")
    (port,) = settings["forwardPorts"]
    assert origin == (f"https://{name}-{port}.app.example.org" if name else None)


# GitHub's machines --------------------------------------------------------------------------------


@slow
@pytest.mark.parametrize(
    "command",
    [
        "zizmor --offline --strict-collection --persona=pedantic --no-config .github",
        "check-jsonschema --builtin-schema vendor.github-workflows "
        ".github/workflows/tests.yml .github/workflows/weekly.yml",
        "check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml",
    ],
)
def test_the_linters_find_nothing(command):
    name, *arguments = command.split()
    program = shutil.which(name, path=sysconfig.get_path("scripts"))
    done = subprocess.run(
        [program, *arguments], cwd=tool.ROOT, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_job_ends_and_no_failure_gets_lost_in_a_pipe():
    for workflow in (TESTS, WEEKLY):
        assert workflow["defaults"]["run"]["shell"] == "bash", "without it there is no pipefail"
        assert all(0 < job["timeout-minutes"] <= 90 for job in workflow["jobs"].values())
    # A step that takes too long fails and is reported; a job that does is cancelled, unreported.
    job = WEEKLY["jobs"]["notebooks"]
    limits = [step["timeout-minutes"] for step in job["steps"] if "timeout-minutes" in step]
    assert limits[0] < job["timeout-minutes"]


def test_every_python_is_supported_and_the_first_and_last_are_tested():
    allowed = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"]
    first, after = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", allowed).groups())
    pythons = TESTS["jobs"]["linux"]["strategy"]["matrix"]["python"]
    assert pythons == [f"3.{first}", f"3.{after - 1}"]
    assert f"Python 3.{first} to 3.{after - 1}" in text("README.md")
    # Elsewhere one Python, in the middle, and everywhere the same.
    (dev,) = re.findall(r"python:[\d.]+-(3\.\d+)-", text(".devcontainer/devcontainer.json"))
    files = text(".github/workflows/tests.yml") + text(".github/workflows/weekly.yml")
    assert set(re.findall(r'python-version: "(.+)"', files)) == {dev}
    assert text(".binder/runtime.txt") == f"python-{dev}\n"
    assert first <= int(dev.removeprefix("3.")) < after


def test_everything_is_tested_on_linux_and_without_comparing_elsewhere():
    jobs = TESTS["jobs"]
    assert jobs["linux"]["steps"][-1]["run"] == ".ci/run"
    systems = jobs["elsewhere"]["strategy"]["matrix"]["include"]
    assert {each["system"]: each["programs"] for each in systems} == {
        "macOS": ".venv/bin",
        "Windows": ".venv/Scripts",
    }
    runs = [step["run"] for step in jobs["elsewhere"]["steps"] if "run" in step]
    installs = readme_command("test").rsplit(" && ", 1)[0].replace("python3", "python")
    assert runs[:2] == installs.replace(".venv/bin/pip", '"$PROGRAMS/pip"').split(" && ")
    assert runs[2] == '"$PROGRAMS/pytest" tests -m "not browser"'
    assert "nbconvert --to notebook --execute " in runs[3]
    assert runs[3].endswith(" notebooks/*.ipynb")
    assert "--allow-errors" not in runs[3]


def test_the_weekly_checks_are_commands_of_the_tool(monkeypatch):
    job = WEEKLY["jobs"]["notebooks"]
    checks, asked = job["strategy"]["matrix"]["packages"], []
    monkeypatch.setattr(environments, "run_all", lambda options, _: asked.append(options.where))
    assert all(environments.main([check]) == 0 for check in checks)
    assert asked == checks == list(job["outputs"]) == ["newest", "colab"]
    told = " || ".join(f"needs.notebooks.outputs.{check}" for check in checks)
    assert WEEKLY["jobs"]["report"]["if"] == f"${{{{ failure() && ({told}) }}}}"


def run_step(folder, job, number, **env):
    """Run the script of a weekly step as GitHub does, with the programs of ``folder / "bin"``."""
    env = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", **env}
    script = WEEKLY["jobs"][job]["steps"][number]["run"]
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(bash, cwd=folder, env=env, capture_output=True, text=True)


@slow
@needs_bash
def test_a_failure_of_the_week_fails_and_its_log_is_kept(tmp_path):
    install(tmp_path / "bin", "python", "seq 100; echo 'EOF: no ${{ such }} thing' >&2; exit 1")
    out = tmp_path / "out"
    env = {"RUNNER_TEMP": str(tmp_path), "PACKAGES": "colab", "GITHUB_OUTPUT": str(out)}
    assert run_step(tmp_path, "notebooks", -2, **env).returncode != 0
    assert run_step(tmp_path, "notebooks", -1, **env).returncode == 0
    first, *lines, last = out.read_text(encoding="utf-8").splitlines()
    assert first == f"colab<<{last}"
    assert lines[0] == "python tools/environments.py colab"
    assert lines[-2:] == ["100", "EOF: no ${{ such }} thing"]
    assert len(lines) == 61


@slow
@needs_bash
@pytest.mark.parametrize(("there", "what"), [("", "create --title A title"), ("7", "comment 7")])
def test_a_failure_opens_an_issue_or_comments_on_it(tmp_path, there, what):
    script = f'[ "$2" = list ] && printf "%s" "{there}" && exit\necho "$@" >>asked\ncat body.md'
    install(tmp_path / "bin", "gh", script)
    env = {"RUN": "the address", "COLAB": "it\n```\n$(says) `this`", "NEWEST": ""}
    done = run_step(tmp_path, "report", 0, TITLE="A title", **env)
    assert (tmp_path / "asked").read_text() == f"issue {what} --body-file body.md\n"
    first, *rest = done.stdout.splitlines()
    assert first == "the address"
    assert rest[-3:] == ["    it", "    ```", "    $(says) `this`"]
    assert all(line.startswith("    ") for line in rest[1:])
