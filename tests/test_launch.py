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
from packaging.requirements import Requirement
from ruamel.yaml import YAML
from traitlets.config.loader import PyFileConfigLoader

from tools import environments
from tools import notebooks as tool

WORKFLOWS = tool.ROOT / ".github" / "workflows"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def text(name):
    return (tool.ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text("pyproject.toml"))["project"]


def workflow(name):
    return YAML(typ="safe").load(WORKFLOWS / f"{name}.yml")


def readme_command(marker):
    """Return the command that the README marks by a comment."""
    (command,) = re.findall(rf"<!-- command:{marker} -->\n```bash\n(.+)\n```", text("README.md"))
    return command


# Binder and Colab ---------------------------------------------------------------------------------


def test_binder_has_the_pinned_versions_and_torch_for_processors():
    pins = re.findall(r"(?m)^[\w.-]+==\S+$", text("requirements.txt"))
    wanted = [pin + "+cpu" * pin.startswith("torch==") for pin in pins]
    lines = [line for line in text(".binder/requirements.txt").splitlines() if line[0] != "#"]
    assert lines == [f"--extra-index-url {TORCH_INDEX}", *wanted]


def test_colab_has_versions_that_the_course_allows():
    exact = dict(line.split("==") for line in environments.requirements("colab"))
    allowed = map(Requirement, PROJECT["dependencies"])
    assert all(package.specifier.contains(exact[package.name]) for package in allowed)


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
    ("program", "arguments"),
    [
        ("zizmor", "--offline --strict-collection --persona=pedantic --no-config .github"),
        ("check-jsonschema", "--builtin-schema vendor.github-workflows .github/workflows/*.yml"),
        ("check-jsonschema", "--builtin-schema vendor.dependabot .github/dependabot.yml"),
    ],
)
def test_the_linters_find_nothing(program, arguments):
    program = shutil.which(program, path=sysconfig.get_path("scripts"))
    *options, files = arguments.split()
    command = [program, *options, *map(str, tool.ROOT.glob(files))]
    done = subprocess.run(command, cwd=tool.ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_python_is_supported_and_the_first_and_last_are_tested():
    allowed = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"])
    first, after = map(int, allowed.groups())
    pythons = workflow("tests")["jobs"]["linux"]["strategy"]["matrix"]["python"]
    assert pythons == [f"3.{first}", f"3.{after - 1}"]
    assert f"Python 3.{first} to 3.{after - 1}" in text("README.md")
    # Elsewhere one Python, in the middle, and everywhere the same.
    (dev,) = re.findall(r"python:[\d.]+-(3\.\d+)-", text(".devcontainer/devcontainer.json"))
    files = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS.glob("*.yml"))
    assert set(re.findall(r'python-version: "(.+)"', files)) == {dev}
    assert text(".binder/runtime.txt") == f"python-{dev}\n"
    assert first <= int(dev.removeprefix("3.")) < after


def test_the_site_is_published_as_the_readme_builds_it():
    command = re.search(r"type `(.+ site/build\.py)`", text("README.md"))[1]
    install, build = command.replace(".venv/bin/", "").split(" && ")
    steps = workflow("site")["jobs"]["build"]["steps"]
    both = install.replace("-r ", "-r requirements.txt -r ", 1)
    assert [step["run"] for step in steps if "run" in step] == [both, build]
    assert steps[-1]["with"]["path"] == "site/html"
