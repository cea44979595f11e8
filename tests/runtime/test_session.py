"""Devices, threads, and what is said where there is no runtime."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import onnxruntime
import pytest

from network_reference import random_gru
from vnlp_colab.convert.gru import project_model
from vnlp_colab.errors import DeviceError, InputError, MissingExtra
from vnlp_colab.runtime import limits, session
from vnlp_colab.runtime.session import Graph, available_threads, open_session, resolve_threads

MODEL = project_model("project", random_gru(np.random.default_rng(0), 3, 2)).SerializeToString()
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class FakeSession:
    def __init__(self, loaded: list[str]) -> None:
        self.loaded = loaded

    def get_providers(self) -> list[str]:
        return self.loaded


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Which providers sessions were asked for; the sessions are fakes that load what they are told to."""
    providers: list[list[str]] = []

    def make(source: str | bytes, wanted: list[str]) -> FakeSession:
        providers.append(list(wanted))
        if "FAKE_FAILURE" in os.environ and CUDA in wanted:
            raise RuntimeError(os.environ["FAKE_FAILURE"])
        return FakeSession(os.environ["FAKE_LOADS"].split(",") if "FAKE_LOADS" in os.environ else list(wanted))

    monkeypatch.setattr(session, "_make", make)
    monkeypatch.setattr(session, "_preload_cuda_libraries", lambda: "")
    return providers


def provide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(names))


@pytest.mark.parametrize("device", ["gpu", "CUDA", "cuda:0", ""])
def test_unknown_device(device: str) -> None:
    with pytest.raises(InputError, match=r"unknown device.*auto, cpu, cuda"):
        open_session(MODEL, device)


def test_cuda_without_the_gpu_build(monkeypatch: pytest.MonkeyPatch, asked: list[list[str]]) -> None:
    provide(monkeypatch, "AzureExecutionProvider", CPU)
    with pytest.raises(DeviceError) as caught:
        open_session(MODEL, "cuda")
    assert "pip install 'vnlp-colab[gpu]'" in str(caught.value) and "AzureExecutionProvider" in str(caught.value)
    assert asked == []


def test_cuda_that_does_not_load(monkeypatch: pytest.MonkeyPatch, asked: list[list[str]]) -> None:
    # onnxruntime itself goes on without a word
    provide(monkeypatch, CUDA, CPU)
    monkeypatch.setenv("FAKE_LOADS", CPU)
    with pytest.raises(DeviceError, match=r"did not load.*device='cpu'"):
        open_session(MODEL, "cuda")
    assert open_session(MODEL, "auto").get_providers() == [CPU]


def test_cuda_that_fails(monkeypatch: pytest.MonkeyPatch, asked: list[list[str]]) -> None:
    provide(monkeypatch, CUDA, CPU)
    monkeypatch.setenv("FAKE_FAILURE", "CUDA failure 35: driver version is insufficient")
    with pytest.raises(DeviceError, match=r"did not load.*vnlp-colab doctor \(CUDA failure 35") as caught:
        open_session(MODEL, "cuda")
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert open_session(MODEL, "auto").get_providers() == [CPU]
    assert asked == [[CUDA, CPU], [CUDA, CPU], [CPU]]


class FakeRuntime:
    """onnxruntime with a CUDA provider that ends up where ``loads`` says, and its habit of printing."""

    def __init__(self, loads: list[str]) -> None:
        self.loads = loads
        self.opened: list[dict[str, object]] = []
        self.preloaded = 0

    def __getattr__(self, name: str) -> object:
        return getattr(onnxruntime, name)

    def get_available_providers(self) -> list[str]:
        return [CUDA, CPU]

    def preload_dlls(self) -> None:
        assert not self.opened, "the libraries must be loaded before the first session"
        self.preloaded += 1
        print("Failed to load libcudnn.so.9")

    def InferenceSession(self, source: bytes, options: object, **keywords: object) -> FakeSession:
        self.opened.append(keywords)
        return FakeSession(self.loads)


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuntime]:
    fake = FakeRuntime([CUDA, CPU])
    monkeypatch.setattr(session, "_onnxruntime", lambda: fake)
    session._preload_cuda_libraries.cache_clear()
    yield fake
    session._preload_cuda_libraries.cache_clear()


def test_order_and_options_of_the_providers(runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]) -> None:
    for device in ("auto", "cuda"):
        assert open_session(MODEL, device).get_providers() == [CUDA, CPU]
    for opened in runtime.opened:
        assert [name for name, _ in opened["providers"]] == [CUDA, CPU]
        # without the latter, products of 32 bits are done with 10 bits of mantissa on newer cards
        assert opened["providers"][0][1] == {"arena_extend_strategy": "kSameAsRequested", "use_tf32": "0"}
        # or onnxruntime would go on without CUDA after a failure, and print that on stdout
        assert opened["enable_fallback"] == 0
    assert runtime.preloaded == 1
    assert capsys.readouterr().out == ""


def test_the_error_says_which_library_is_missing(runtime: FakeRuntime) -> None:
    runtime.loads = [CPU]
    with pytest.raises(DeviceError, match=r"Failed to load libcudnn\.so\.9"):
        open_session(MODEL, "cuda")


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_broken_model_is_not_taken_for_a_missing_device(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, CUDA, CPU)
    monkeypatch.setattr(session, "_preload_cuda_libraries", lambda: "")
    with pytest.raises(Exception, match=r"(?i)protobuf|model") as caught:
        open_session(b"no model", "auto")
    assert not isinstance(caught.value, DeviceError)


def test_providers_asked_for(monkeypatch: pytest.MonkeyPatch, asked: list[list[str]]) -> None:
    provide(monkeypatch, CUDA, CPU)
    for device in ("cpu", "auto", "cuda"):
        open_session(MODEL, device)
    provide(monkeypatch, CPU)
    open_session(MODEL, "auto")
    assert asked == [[CPU], [CUDA, CPU], [CUDA, CPU], [CPU]]


def test_missing_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"pip install 'vnlp-colab\[cpu\]'"):
        open_session(MODEL)


def test_everything_imports_without_the_runtime() -> None:
    program = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "import vnlp_colab, vnlp_colab.models.registry, vnlp_colab.models.facades\n"
        "import vnlp_colab.models.tree_stack, vnlp_colab.models.char_ner, vnlp_colab.models.sentiment\n"
        "import vnlp_colab.models.morphology\n"
        "from vnlp_colab.runtime.session import open_session\n"
        "try:\n    open_session(b'')\n"
        "except ImportError as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("MissingExtra") and "pip install 'vnlp-colab[cpu]'" in done.stdout


def test_importing_models_loads_neither_runtime_nor_converter() -> None:
    program = (
        "import sys, vnlp_colab.models.tree_stack, vnlp_colab.models.char_ner, vnlp_colab.models.sentiment\n"
        "import vnlp_colab.models.morphology, vnlp_colab.models.facades\n"
        "print([name for name in ('onnxruntime', 'onnx', 'h5py', 'pandas', 'tensorflow') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def no_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "processor_quota", lambda: None)


def test_threads_follow_the_affinity(monkeypatch: pytest.MonkeyPatch, no_quota: None) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    assert available_threads() == resolve_threads(None) == 3
    assert resolve_threads(12) == 12


def test_threads_without_affinity(monkeypatch: pytest.MonkeyPatch, no_quota: None) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert available_threads() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_threads() == 1


@pytest.mark.parametrize(("quota", "threads"), [(1.5, 2), (0.2, 1), (2.0, 2), (64.0, 4)])
def test_threads_follow_the_quota(monkeypatch: pytest.MonkeyPatch, quota: float, threads: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(limits, "processor_quota", lambda: quota)
    assert available_threads() == threads


@pytest.mark.parametrize("threads", [0, -1])
def test_no_threads(threads: int) -> None:
    with pytest.raises(InputError, match="1 or more"):
        resolve_threads(threads)


def test_sessions_use_one_thread() -> None:
    options = open_session(MODEL, "cpu").get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


def test_graph_names_and_calls() -> None:
    graph = Graph(open_session(MODEL, "cpu"))
    assert graph.input_names == ["x"] and graph.output_names == ["z", "r", "c"]
    x = np.ones((4, 3), np.float32)
    assert [part.shape for part in graph(x)] == [(4, 2)] * 3
    assert list(graph.table(x)) == ["z", "r", "c"]
    with pytest.raises(ValueError):
        graph(x, x)


def test_the_runtime_reports_to_nobody_and_leaves_no_file(tmp_path):
    code = "from vnlp_colab.runtime.session import listed_providers; print(listed_providers())"
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run([sys.executable, "-c", code], env={**environment, "TMPDIR": str(tmp_path)}, check=True)
    assert done.returncode == 0 and list(tmp_path.iterdir()) == []
