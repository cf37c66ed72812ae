"""The course starts elsewhere as it does here: on Binder, in Codespaces, on GitHub's machines.

Nothing here needs the network, Docker or GitHub: linters look at the workflows.
"""

import json
import re
import shutil
import subprocess
import sysconfig
import tomllib

import pytest
from ruamel.yaml import YAML
from traitlets.config.loader import PyFileConfigLoader

from tools import notebooks as tool

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
WORKFLOWS = tool.ROOT / ".github" / "workflows"
NAMES = ("site", "tests", "weekly")
SITE, TESTS, WEEKLY = (YAML(typ="safe").load(WORKFLOWS / f"{name}.yml") for name in NAMES)


def text(name):
    return (tool.ROOT / name).read_text(encoding="utf-8")


def readme_command(marker):
    """Return the command that the README marks by a comment."""
    (command,) = re.findall(rf"<!-- command:{marker} -->\n```bash\n(.+)\n```", text("README.md"))
    return command


# Binder -------------------------------------------------------------------------------------------


def test_binder_has_the_pinned_versions_and_torch_for_processors():
    pins = re.findall(r"(?m)^[\w.-]+==\S+$", text("requirements.txt"))
    wanted = [pin + "+cpu" * pin.startswith("torch==") for pin in pins]
    lines = [line for line in text(".binder/requirements.txt").splitlines() if line[0] != "#"]
    assert lines == [f"--extra-index-url {TORCH_INDEX}", *wanted]


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


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "zizmor --offline --strict-collection --persona=pedantic --no-config .github",
        "check-jsonschema --builtin-schema vendor.github-workflows "
        ".github/workflows/site.yml .github/workflows/tests.yml .github/workflows/weekly.yml",
        "check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml",
    ],
)
def test_the_linters_find_nothing(command):
    name, *arguments = command.split()
    program = shutil.which(name, path=sysconfig.get_path("scripts"))
    command = [program, *arguments]
    done = subprocess.run(command, cwd=tool.ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_job_ends_and_no_failure_gets_lost_in_a_pipe():
    for workflow in (SITE, TESTS, WEEKLY):
        assert workflow["defaults"]["run"]["shell"] == "bash", "without it there is no pipefail"
        assert all(0 < job["timeout-minutes"] <= 90 for job in workflow["jobs"].values())


def test_every_python_is_supported_and_the_first_and_last_are_tested():
    allowed = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"]
    first, after = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", allowed).groups())
    pythons = TESTS["jobs"]["linux"]["strategy"]["matrix"]["python"]
    assert pythons == [f"3.{first}", f"3.{after - 1}"]
    assert f"Python 3.{first} to 3.{after - 1}" in text("README.md")
    # Elsewhere one Python, in the middle, and everywhere the same.
    (dev,) = re.findall(r"python:[\d.]+-(3\.\d+)-", text(".devcontainer/devcontainer.json"))
    files = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS.glob("*.yml"))
    assert set(re.findall(r'python-version: "(.+)"', files)) == {dev}
    assert text(".binder/runtime.txt") == f"python-{dev}\n"
    assert first <= int(dev.removeprefix("3.")) < after


def test_everything_is_tested_on_linux_and_without_comparing_elsewhere():
    jobs = TESTS["jobs"]
    assert jobs["linux"]["steps"][-1]["run"] == ".ci/run"
    systems = jobs["elsewhere"]["strategy"]["matrix"]["include"]
    assert [each["programs"] for each in systems] == [".venv/bin", ".venv/Scripts"]
    runs = [step["run"] for step in jobs["elsewhere"]["steps"] if "run" in step]
    installs = readme_command("test").rsplit(" && ", 1)[0].replace("python3", "python")
    assert runs[:2] == installs.replace(".venv/bin/pip", '"$PROGRAMS/pip"').split(" && ")
    assert runs[2] == '"$PROGRAMS/pytest" tests -m "not browser"'
    assert re.search(
        r"nbconvert --to notebook --execute (?!.*--allow-errors).*/\*\.ipynb$", runs[3]
    )


def test_the_site_is_published_as_the_readme_builds_it():
    command = re.search(r"type `(.+ site/build\.py)`", text("README.md"))[1]
    install, build = command.replace(".venv/bin/", "").split(" && ")
    steps = SITE["jobs"]["build"]["steps"]
    both = install.replace("-r ", "-r requirements.txt -r ", 1)
    assert [step["run"] for step in steps if "run" in step] == [both, build]
    assert steps[-1]["with"]["path"] == "site/html"
