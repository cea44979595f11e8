"""The Dockerfile as it is written: a linter's judgement, what it promises, and what it is built from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dockerfile_stages import expand, read
from image_steps import context

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = REPOSITORY / "Dockerfile"
HADOLINT = Path(sys.executable).with_name("hadolint")


@pytest.fixture(scope="module")
def last():
    """The stage that becomes the image, without and with build arguments."""
    return read(DOCKERFILE, {})[0][-1]


def lint(path):
    """Codes of what hadolint finds, style included."""
    done = subprocess.run([HADOLINT, "--no-fail", "--format", "json", path], capture_output=True, text=True, check=True)
    return {finding["code"] for finding in json.loads(done.stdout)}


def test_the_linter_finds_nothing():
    assert lint(DOCKERFILE) == set()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("FROM python", "DL3006"),
        ("FROM python:latest", "DL3007"),
        ("FROM python:3.13-slim\nRUN apt-get install -y curl", "DL3008"),
        ("FROM python:3.13-slim\nRUN cd /tmp && touch a", "DL3003"),
        ("FROM python:3.13-slim\nCMD python -m http.server", "DL3025"),
        ("FROM python:3.13-slim\nRUN rm -rf $NAME", "SC2086"),
        ("FROM python:3.13-slim\nRUM true", "DL1000"),
    ],
)
def test_the_linter_finds_what_is_bad(tmp_path, line, code):
    (tmp_path / "Dockerfile").write_text(f"{line}\n", encoding="utf-8")
    assert code in lint(tmp_path / "Dockerfile")


def test_the_server_gets_signals_and_is_not_root(last):
    for name in ("ENTRYPOINT", "HEALTHCHECK"):
        assert last.the(name).listed, f"{name} is a list: no shell stands between it and signals"
    user, group = last.the("USER").values[0].split(":")
    assert int(user) >= 10_000 and int(group) >= 10_000
    assert last.the("EXPOSE").values[0] in last.the("ENTRYPOINT").values
    assert f", {last.the('EXPOSE').values[0]}, " in last.the("HEALTHCHECK").values[-1]


def test_all_that_is_installed_has_a_hash():
    stages, _ = read(DOCKERFILE, {})
    runs = [step.values[0] for stage in stages for step in stage.steps if step.name == "RUN"]
    installs = [command for run in runs for command in re.findall(r"pip install[^&]*", run)]
    assert len(installs) == 3
    for command in installs:
        assert "--require-hashes" in command or "--no-deps --no-index" in command
    assert all(stage.base.count(":") == 1 for stage in stages)


def test_cuda_comes_in_python_packages():
    text = (REPOSITORY / "container" / "gpu.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
    assert {"nvidia-cuda-runtime", "nvidia-cublas", "nvidia-cudnn-cu13"} <= set(locked)


def test_a_build_sees_what_it_needs_and_nothing_else(tmp_path):
    (tmp_path / "repository").mkdir()
    for path in ("Dockerfile", ".dockerignore", "pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / "repository" / path).write_bytes((REPOSITORY / path).read_bytes())
    wanted = ["container/cpu.lock", "src/vnlp_colab/py.typed", "src/vnlp_colab/data/context/words.txt"]
    secret = [".env", ".git/config", ".venv/bin/python", "notes.txt", "tests/a.py", "container/notes.txt"]
    built = ["src/vnlp_colab/__pycache__/a.cpython-311.pyc", "src/vnlp_colab/a.pyc"]
    for path in (*wanted, *secret, *built):
        (tmp_path / "repository" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repository" / path).touch()
    found = set(context(tmp_path / "repository", tmp_path / "context"))
    assert found - {"Dockerfile", ".dockerignore"} == {"pyproject.toml", "README.md", "LICENSE", *wanted}


def test_arguments_choose_runtime_and_models():
    stages, above = read(DOCKERFILE, {"MODELS": "pos,stemmer", "BASE": "base:1"})
    assert above == {"MODELS": "pos,stemmer", "BASE": "base:1"}
    assert {stage.base for stage in stages} == {"base:1"}


@pytest.mark.parametrize("line", ["SHELL ['bash']", "ADD a b", "ONBUILD RUN true"])
def test_a_step_that_would_not_be_carried_out_is_refused(tmp_path, line):
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.13-slim\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="is not understood"):
        read(tmp_path / "Dockerfile", {})


@pytest.mark.parametrize(
    ("value", "expanded"), [("a", "a"), ("/x:${PATH}", "/x:/bin"), ('"a b"', "a b"), ("$PATH", "/bin"), ("", "")]
)
def test_variables_are_replaced(value, expanded):
    assert expand(value, {"PATH": "/bin"}) == expanded


@pytest.mark.parametrize(("value", "error"), [("${NONE}", KeyError), ("${PATH:-x}", ValueError)])
def test_a_variable_that_is_not_known_is_refused(value, error):
    with pytest.raises(error):
        expand(value, {"PATH": "/bin"})
