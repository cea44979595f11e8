"""The program for GPUs, with the CPU in CUDA's place; and the engine's steps in bound memory."""

import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("benchmarks", reason="the benchmarks are in the repository, not in the package")

from benchmarks.render import bindings as rendered
from benchmarks.render import gpu as page
from benchmarks.runners import in_place, stepping
from benchmarks.sections import GPU_SECTIONS, gpu
from benchmarks.settings import weights_folder

from benchmarks import __main__ as program
from benchmarks import bindings
from vnlp_colab.convert.gru import GruWeights, step_model
from vnlp_colab.runtime import recurrence
from vnlp_colab.runtime.session import Graph, listed_providers, open_session

UNITS = 8


@pytest.fixture
def graph(tmp_path, monkeypatch):
    """A step graph of two layers in a bundle of its own."""
    random = np.random.default_rng(1)

    def layer():
        shapes = (UNITS, 3 * UNITS), (UNITS, 3 * UNITS), (2, 3 * UNITS)
        return GruWeights(*(random.normal(0, 0.3, shape).astype(np.float32) for shape in shapes))

    path = tmp_path / "left_step.onnx"
    content = step_model("left_step", [layer(), layer()]).SerializeToString()
    path.write_bytes(content)
    made = SimpleNamespace(files=("config.json", "left_project.onnx", path.name, "decode.onnx"), path=lambda name: path)
    monkeypatch.setattr(stepping, "bundle", lambda name: made)
    return content


@pytest.mark.parametrize("clock", ["processor", "wall"])
def test_all_ways_to_step_give_the_same_bits(graph, clock):
    assert stepping.graphs("any") == ["left_step", "decode"]
    found = stepping.compare("any", "left_step", 5, "cpu", rounds=2, seconds=0.001, clock=clock)
    other = stepping.OUTPUTS_GIVEN if clock == "processor" else stepping.CUDA_GRAPH
    assert found["apart"] == {stepping.IN_PLACE: 0.0, other: 0.0} and not found["missing"]
    assert {way: len(values) for way, values in found["microseconds"].items()} == dict.fromkeys(
        (stepping.RUN, stepping.IN_PLACE, other), 2
    )
    assert found["copies"]["states"]["bytes"] == 2 * 5 * UNITS * 4
    assert found["copies"]["tables"]["bytes"] == 3 * 5 * UNITS * 4


def test_states_that_differ_are_seen(graph, monkeypatch):
    run = stepping.Loop.run
    monkeypatch.setattr(stepping.Loop, "run", lambda loop: [state + 1 for state in run(loop)])
    found = stepping.compare("any", "left_step", 3, "cpu", rounds=1, seconds=0.001, clock="processor")
    assert all(value == pytest.approx(1, abs=1e-5) for value in found["apart"].values())


def test_where_nothing_can_be_recorded_it_says_why(graph, monkeypatch):
    monkeypatch.setitem(stepping._RECORDED, "cpu", ["NoSuchExecutionProvider"])
    found = stepping.compare("any", "left_step", 3, "cpu", rounds=1, seconds=0.001, clock="wall")
    assert stepping.CUDA_GRAPH not in found["microseconds"]
    assert "NoSuchExecutionProvider" in found["missing"][stepping.CUDA_GRAPH]


@pytest.mark.parametrize("lengths", [[12, 12, 12], [12, 9, 1], [3, 3, 3]])
def test_advancing_in_place_is_advancing(graph, lengths):
    step = Graph(open_session(graph, "cpu"))
    random = np.random.default_rng(2)
    tables = [random.normal(size=(6, UNITS)).astype(np.float32) for _ in range(3)]
    schedule = recurrence.ragged_schedule([random.integers(0, 6, n).tolist() for n in lengths])
    states = [random.normal(size=(3, UNITS)).astype(np.float32) for _ in range(2)]
    before = [state.copy() for state in states]
    found = in_place.advance_in_place(step, tables, schedule, states)
    assert np.array_equal(found, recurrence.advance(step, tables, schedule, states))
    assert all(np.array_equal(a, b) for a, b in zip(states, before, strict=True))


def test_the_page_says_what_was_measured_or_that_nothing_was():
    assert "No GPU was at hand" in page.verdict({"spu-roofline": {}})
    said = page.verdict({"spu-gpu": {"found": {"gpu": "A card, 1.2, 3 MiB"}, "date": "2030-01-02T03:04:05"}})
    assert "A card, 1.2, 3 MiB" in said and "2030-01-02" in said and "No GPU" not in said


def test_without_cuda_it_ends_at_once_and_says_why(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(program, "listed_providers", lambda: ("CUDAExecutionProvider", "CPUExecutionProvider"))
    asked = ["gpu", "--quick", "--suite", "context", "--output", str(tmp_path)]
    if "CUDAExecutionProvider" in listed_providers():
        pytest.skip("this runtime is made for CUDA")
    assert program.main(asked) == 1
    said = capsys.readouterr().err
    assert "DeviceError: device='cuda' was asked for" in said and "ContextPoS" not in said
    assert not (tmp_path / "performance").exists()


@pytest.mark.slow
def test_the_program_with_the_cpu_in_cudas_place(tmp_path, monkeypatch):
    if weights_folder() is None:
        pytest.skip("needs weights of the SPUContext models, which need not be the real ones")
    monkeypatch.setattr(program, "listed_providers", lambda: ("CUDAExecutionProvider", "CPUExecutionProvider"))
    monkeypatch.setitem(GPU_SECTIONS, "gpu", partial(gpu.run, device="cpu"))
    monkeypatch.setattr(gpu, "_BATCHES", (1, 16))
    asked = ["gpu", "--quick", "--rounds", "1", "--suite", "spu", "--only", "SPUContextPoS", "--output", str(tmp_path)]
    assert program.main(asked) == 0
    found = json.loads((tmp_path / "performance" / "results.json").read_text(encoding="utf-8"))["spu-gpu"]["found"]
    (row,) = found["subjects"]
    assert row["agreement"]["same"] == row["agreement"]["of"] > 0
    assert found["call_us"] > 0
    assert {step["graph"] for step in found["steps"]} == {"left_step", "right_step", "decode"}
    assert all(step["apart"] == {"in place": 0.0, "CUDA graph": 0.0} for step in found["steps"])
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "Measured on" in text and "No GPU" not in text.replace("no GPU found", "")
    assert "| SPUContextPoS | left_step | 16 |" in text and "states to the device and back" in text


@pytest.mark.slow
def test_the_program_for_bound_memory(tmp_path, monkeypatch):
    if weights_folder() is None:
        pytest.skip("needs weights of the SPUContext models, which need not be the real ones")
    monkeypatch.setattr(bindings, "_WHOLE", (1,))
    asked = ["--rows", "4", "--rounds", "1", "--seconds", "0.001", "--output", str(tmp_path)]
    assert bindings.main(asked) == 0
    kept = json.loads((tmp_path / "performance" / "bindings.json").read_text(encoding="utf-8"))
    assert len(kept["steps"]) == len(bindings.GRAPHS)
    assert all(row["equal"] for row in (*kept["steps"], *kept["whole"]))
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert rendered.block(kept) in text
    assert bindings.main(["--render", "--output", str(tmp_path)]) == 0
    assert (tmp_path / "performance.md").read_text(encoding="utf-8") == text


def test_bound_memory_without_weights_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bindings, "weights_folder", lambda: None)
    assert bindings.main(["--output", str(tmp_path)]) == 2
    assert "VNLP_COLAB_WEIGHTS" in capsys.readouterr().err
