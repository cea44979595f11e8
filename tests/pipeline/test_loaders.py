import itertools
import multiprocessing
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_fakes import ALL, Factory
from vnlp_colab.errors import InputError, MissingExtra
from vnlp_colab.pipeline import frame
from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.loaders import loader, prefetch
from vnlp_colab.pipeline.pipeline import VNLPipeline

TESTS = Path(__file__).resolve().parents[1]

needs_tf = [
    pytest.mark.tf,
    pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]


@pytest.fixture(params=["threads", "none", pytest.param("tf.data", marks=needs_tf)])
def load(request):
    """Each loader, with short batches where the test does not say how long."""
    made = loader(request.param)
    return lambda texts, size, batch_size=2: made(texts, size, batch_size)


def prefetch_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("vnlp-colab-prefetch")]


def test_one_that_workers_would_not_use_is_refused_before_they_start():
    before = multiprocessing.active_children()
    with pytest.raises(InputError, match=r"--loader.*--workers"):
        VNLPipeline(ALL, loader="tf.data", workers=2, progress=False, model_factory=Factory())
    assert set(multiprocessing.active_children()) <= set(before)


def test_windows_keep_order_and_positions(load):
    windows = list(load((f"söz {i} ." for i in range(10)), 4))
    assert [window.first for window in windows] == [0, 4, 8]
    assert [text for window in windows for text in window.texts] == [f"söz {i} ." for i in range(10)]
    assert windows[2].tokens == [["söz", "8", "."], ["söz", "9", "."]]


@pytest.mark.parametrize("count", [0, 1, 4, 8])
def test_no_window_is_empty(load, count):
    assert [len(window.texts) for window in load(["a"] * count, 4)] == [4] * (count // 4) + [1] * (count % 4)


def test_batches_hold_each_text_with_tokens_once(load):
    lengths = [3, 0, 50, 1, 7, 0, 200, 3, 12, 30, 90]
    windows = list(load(["a " * length for length in lengths], 8, 3))
    assert [text for window in windows for text in window.texts] == ["a " * length for length in lengths]
    for window in windows:
        placed = [place for batch in window.batches for place in batch]
        assert sorted(placed) == [place for place, tokens in enumerate(window.tokens) if tokens]
        assert all(1 <= len(batch) <= 3 for batch in window.batches)
    # texts of very different lengths are not padded to each other's
    mixed = next(iter(load(["a", "a " * 200, "a", "a " * 200], 8, 2)))
    assert sorted(sorted(batch) for batch in mixed.batches) == [[0, 2], [1, 3]]


def test_it_draws_few_windows_ahead(load):
    drawn = []
    windows = load((drawn.append(i) or "a" for i in range(10_000)), 10)
    for taken in range(1, 6):
        next(windows)
        assert len(drawn) <= (taken + 3) * 10
    windows.close()


def test_the_source_is_drawn_from_in_the_callers_thread(load):
    seen = set()
    list(load((seen.add(threading.get_ident()) or "a" for _ in range(50)), 4))
    assert seen == {threading.get_ident()}


def test_the_thread_ends_with_the_consumer():
    windows = prefetch(("a" for _ in range(1000)), 4, 2)
    next(windows)
    assert prefetch_threads()
    windows.close()
    assert not prefetch_threads()


def test_giving_up_early_does_not_hang(load):
    begin = time.monotonic()
    for taken in (0, 1, 3):
        windows = load((f"söz {i}" for i in itertools.count()), 4)
        for _ in range(taken):
            next(windows)
        windows.close()
    assert time.monotonic() - begin < 30


def test_what_came_before_a_failure_of_the_source_is_not_lost(load):
    def failing():
        yield from "abcdef"
        raise KeyError("source")

    got = []
    with pytest.raises(KeyError, match="source"):
        for window in load(failing(), 4):
            got += window.texts
    assert got == list("abcdef")
    assert not prefetch_threads()


def test_missing_texts_are_empty(load):
    windows = list(load([None, float("nan"), "", " \t\n", "a"], 8))
    assert [text for window in windows for text in window.texts] == ["", "", "", " \t\n", "a"]
    assert [tokens for window in windows for tokens in window.tokens] == [[], [], [], [], ["a"]]
    batched = [window.texts[place] for window in windows for batch in window.batches for place in batch]
    assert batched == ["a"]


def test_the_first_result_waits_for_few_texts_and_windows_grow():
    sizes = [len(window.texts) for window in prefetch(("a" for _ in range(100)), 32, 8)]
    assert sizes == [4, 8, 16, 32, 32, 8]
    assert [len(window.texts) for window in prefetch(["a"] * 5, 2, 2)] == [2, 2, 1]


@pytest.mark.parametrize("item", [5, b"bytes", ["a"], 1.5, True])
def test_what_is_not_text_is_named_by_its_position(load, item):
    got = []
    with pytest.raises(InputError, match=r"row 6: expected text, found") as raised:
        for window in load(["a"] * 6 + [item], 4):
            got += window.texts
    assert raised.value.row == 6
    assert got == ["a"] * 4


@pytest.mark.parametrize("name", ["auto", "threads"])
def test_known_loaders(name):
    assert loader(name) is prefetch


def test_an_unknown_loader_lists_the_known():
    with pytest.raises(InputError, match=r"'tfdata'; known: auto, threads, none, tf\.data"):
        loader("tfdata")


def test_without_tensorflow_the_extra_is_named(monkeypatch):
    from vnlp_colab.pipeline import tf_data

    monkeypatch.setitem(sys.modules, "tensorflow", None)
    tf_data.tensorflow.cache_clear()
    factory = Factory()
    with pytest.raises(MissingExtra, match=r"loader='tf\.data' needs tensorflow.*pip install 'vnlp-colab\[tf\]'"):
        VNLPipeline(loader="tf.data", progress=False, model_factory=factory)
    assert factory.made == []


def test_the_other_loaders_do_not_import_tensorflow():
    code = (
        "import sys\nfrom model_fakes import ALL, Factory\nfrom vnlp_colab import VNLPipeline\n"
        "for name in ('auto', 'threads'):\n"
        "    pipe = VNLPipeline(ALL, loader=name, progress=False, model_factory=Factory())\n"
        "    print(len(list(pipe.annotate(['Ali geldi .']))), 'tensorflow' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=TESTS)
    assert done.stdout == "1 False\n1 False\n", done.stderr


class TestTensorFlow:
    pytestmark = needs_tf

    @given(st.lists(st.one_of(st.none(), st.text(), st.sampled_from(["a\0 b", "\ud83d x", "", "çok " * 300]))))
    @settings(deadline=None, max_examples=25)
    def test_texts_come_through_as_they_are(self, texts):
        windows = [list(loader(name)(texts, 4, 2)) for name in ("threads", "tf.data")]
        for threads, tensors in zip(*windows, strict=True):
            assert tensors[:3] == threads[:3]

    @pytest.mark.parametrize("batch_size", [1, 3, 64])
    def test_frames_are_identical(self, batch_size):
        texts = [None, "", "Ali eve geldi .", "söz", *("kelime " * count + "." for count in range(60))] * 3
        frame = pd.DataFrame({"no": range(len(texts)), "sentence": texts}, index=range(5, 5 + len(texts)))
        made = [
            VNLPipeline(ALL, loader=name, progress=False, model_factory=Factory()).process_dataframe(frame, batch_size)
            for name in ("threads", "tf.data")
        ]
        pd.testing.assert_frame_equal(*made)

    def test_two_runs_at_once(self):
        pipe = VNLPipeline(ALL, loader="tf.data", progress=False, model_factory=Factory())
        texts = [f"söz {i} ." for i in range(100)]
        pairs = list(zip(pipe.annotate(texts, 2), pipe.annotate(reversed(texts), 3), strict=True))
        assert [(one.text, other.text) for one, other in pairs] == list(zip(texts, reversed(texts), strict=True))

    @pytest.mark.models
    def test_frames_are_identical_with_real_models(self):
        sample = load_sample().head(70)
        made = [VNLPipeline("classic", loader=name, progress=False) for name in ("threads", "tf.data")]
        # other batches may round the sentiment's last digits otherwise; labels are equal to the letter
        threads, tensors = (pipe.process_dataframe(sample, 16) for pipe in made)
        pd.testing.assert_frame_equal(threads, tensors, rtol=0, atol=1e-6)


def load_sample():
    return frame.read(open_source(TESTS.parent / "examples" / "sample.tsv"))
