"""What the notebook's first cell asks pip for, on machines of all kinds."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

COLAB = {"numpy": "2.1.3", "pandas": "2.2.3", "torch": "2.11.0+cpu", "tensorflow": "2.20.0"}
CUDA_12 = {"nvidia-cuda-runtime-cu12": "12.8.90", "nvidia-nccl-cu13": "2.31.2"}
CUDA_13 = {"nvidia-cuda-runtime": "13.0.96"}
REPOSITORY = Path(__file__).resolve().parents[2]


class Machine:
    """A machine that is asked what it has, and that notes what it is told to do.

    Attributes:
        packages: What is installed, by name.
        gpu: What ``nvidia-smi -L`` exits with, ``None`` where there is no such program.
        installs: What pip adds or changes, ``None`` where it fails.
        asked: The requirements that pip was given, a list a call.
        constraints: The lines of the constraints that it was given last.
    """

    def __init__(self, packages: dict[str, str]) -> None:
        self.packages = packages
        self.gpu: int | None = None
        self.installs: dict[str, str] | None = {"vnlp-colab": "0.1.0", "onnx": "1.22.0"}
        self.asked: list[list[str]] = []
        self.constraints: list[str] = []

    def distributions(self) -> list[Any]:
        return [SimpleNamespace(metadata={"Name": name}, version=version) for name, version in self.packages.items()]

    def run(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "nvidia-smi":
            assert self.gpu is not None
            return subprocess.CompletedProcess(command, self.gpu)
        assert command[:4] == [sys.executable, "-m", "pip", "install"]
        place = command.index("--constraint") + 1
        self.constraints = Path(command[place]).read_text().splitlines()
        self.asked.append(command[place + 1 :])
        if self.installs is None:
            return subprocess.CompletedProcess(command, 1, "", "ERROR: no matching distribution\n")
        self.packages = {**self.packages, **self.installs}
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """A machine without vnlp-colab, in an empty folder."""
    stub = Machine(dict(COLAB))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(metadata, "distributions", lambda: stub.distributions())
    monkeypatch.setattr(metadata, "version", lambda name: stub.packages[name])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: "vnlp-colab" in stub.packages or None)
    monkeypatch.setattr(shutil, "which", lambda name: None if stub.gpu is None else f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", stub.run)
    return stub


@pytest.fixture
def install(code: dict[str, str], machine: Machine, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the cell, with ``SOURCE`` filled in, and return what it prints."""

    def run(source: str = "") -> str:
        filled = code["install"].replace('SOURCE = ""', f"SOURCE = {source!r}")
        assert "# @param" in filled.partition(f"SOURCE = {source!r}")[2]
        exec(compile(filled, "install", "exec"), {"__name__": "__main__"})
        return capsys.readouterr().out

    return run


def wheel(folder: Path, version: str = "0.1.0", age: int = 0) -> Path:
    path = folder / f"vnlp_colab-{version}-py3-none-any.whl"
    path.touch()
    os.utime(path, (1e9 - age, 1e9 - age))
    return path


def test_what_is_there_is_not_installed_again(machine: Machine, install: Callable[..., str]) -> None:
    machine.packages["vnlp-colab"] = "0.1.0"
    assert install() == install("git+https://host/vnlp-colab") == "vnlp-colab 0.1.0 is there: nothing to install.\n"
    assert machine.asked == []


def test_the_wheel_in_the_folder_is_added_and_nothing_changed(
    machine: Machine, install: Callable[..., str], tmp_path: Path
) -> None:
    path = wheel(tmp_path)
    machine.packages["python-apt"] = "odd version"
    assert install() == "Added: onnx 1.22.0, vnlp-colab 0.1.0. Changed: nothing.\n"
    assert machine.asked == [[f"vnlp-colab[notebook,cpu] @ {path.as_uri()}"]]
    assert machine.constraints == [f"{name}=={version}" for name, version in COLAB.items()]


def test_it_says_what_was_changed(machine: Machine, install: Callable[..., str], tmp_path: Path) -> None:
    wheel(tmp_path)
    machine.installs = {"vnlp-colab": "0.1.0", "numpy": "2.2.0"}
    assert install() == "Added: vnlp-colab 0.1.0. Changed: numpy.\n"


@pytest.mark.parametrize(
    ("nvidia_smi", "packages", "extras", "others"),
    [
        (None, {}, "notebook,cpu", []),
        (9, CUDA_12, "notebook,cpu", []),
        (0, CUDA_12, "notebook,gpu", ["onnxruntime-gpu[cuda,cudnn]<1.27"]),
        (0, CUDA_13, "notebook,gpu", ["onnxruntime-gpu[cuda,cudnn]>=1.27"]),
        (0, {}, "notebook,gpu", ["onnxruntime-gpu[cuda,cudnn]<1.27"]),
        (None, {"onnxruntime": "1.26.0"}, "notebook", []),
        (0, {"onnxruntime": "1.26.0", **CUDA_12}, "notebook", []),
        (0, {"onnxruntime_gpu": "1.26.0", **CUDA_12}, "notebook", []),
    ],
)
def test_the_runtime_is_that_of_the_machine(
    machine: Machine,
    install: Callable[..., str],
    nvidia_smi: int | None,
    packages: dict[str, str],
    extras: str,
    others: list[str],
) -> None:
    machine.gpu = nvidia_smi
    machine.packages |= packages
    install("git+https://host/vnlp-colab")
    assert machine.asked == [[f"vnlp-colab[{extras}] @ git+https://host/vnlp-colab", *others]]


def test_a_path_is_a_source(machine: Machine, install: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "My Drive").mkdir()
    path = wheel(tmp_path / "My Drive")
    install("My Drive/" + path.name)
    assert machine.asked == [[f"vnlp-colab[notebook,cpu] @ {path.as_uri()}"]]
    assert "My%20Drive" in machine.asked[0][0]


def test_the_newest_wheel_goes_before_the_checkout(
    machine: Machine, install: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src" / "vnlp_colab").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    older, newer = wheel(Path.cwd(), "0.2.0", age=9), wheel(Path.cwd(), "0.1.0", age=1)
    install()
    assert machine.asked[-1] == [f"vnlp-colab[notebook,cpu] @ {newer.as_uri()}"]
    older.unlink()
    newer.unlink()
    del machine.packages["vnlp-colab"]
    install()
    assert machine.asked[-1] == [f"vnlp-colab[notebook,cpu] @ {tmp_path.as_uri()}"]


def test_without_a_source_it_says_what_to_do(machine: Machine, install: Callable[..., str]) -> None:
    with pytest.raises(FileNotFoundError, match=r"Upload vnlp_colab-….whl .* or set SOURCE"):
        install()
    assert machine.asked == []


def test_where_pip_fails_it_shows_why(machine: Machine, install: Callable[..., str]) -> None:
    machine.installs = None
    with pytest.raises(RuntimeError, match="from git\\+ssh://host/it:\nERROR: no matching distribution"):
        install("git+ssh://host/it")


@pytest.mark.slow
@pytest.mark.network
def test_pip_understands_what_it_is_asked_for(code: dict[str, str], tmp_path: Path) -> None:
    cell: dict[str, Any] = {}
    functions, found, _ = code["install"].partition("if importlib.util.find_spec")
    assert found
    exec(compile(functions, "install", "exec"), cell)
    asked = cell["requirements"](str(REPOSITORY), {}, False)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("numpy==2.1.3\n")
    options = ["--dry-run", "--no-deps", "--ignore-installed", "--constraint", str(constraints)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Would install vnlp-colab-" in done.stdout
    assert "does not provide the extra" not in done.stdout + done.stderr
