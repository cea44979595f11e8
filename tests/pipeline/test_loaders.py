import threading

import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.loaders import loader, prefetch


def prefetch_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("vnlp-colab-prefetch")]


def test_windows_keep_order_and_positions():
    windows = list(prefetch((f"söz {i} ." for i in range(10)), 4))
    assert [window.first for window in windows] == [0, 4, 8]
    assert [text for window in windows for text in window.texts] == [f"söz {i} ." for i in range(10)]
    assert windows[2].tokens == [["söz", "8", "."], ["söz", "9", "."]]


@pytest.mark.parametrize("count", [0, 1, 4, 8])
def test_no_window_is_empty(count):
    assert [len(window.texts) for window in prefetch(["a"] * count, 4)] == [4] * (count // 4) + [1] * (count % 4)


def test_it_draws_few_windows_ahead():
    drawn = []
    windows = prefetch((drawn.append(i) or "a" for i in range(10_000)), 10)
    for taken in range(1, 6):
        next(windows)
        assert len(drawn) <= (taken + 3) * 10
    windows.close()


def test_the_source_is_drawn_from_in_the_callers_thread():
    seen = set()
    list(prefetch((seen.add(threading.get_ident()) or "a" for _ in range(50)), 4))
    assert seen == {threading.get_ident()}


def test_the_thread_ends_with_the_consumer():
    windows = prefetch(("a" for _ in range(1000)), 4)
    next(windows)
    assert prefetch_threads()
    windows.close()
    assert not prefetch_threads()


def test_what_came_before_a_failure_of_the_source_is_not_lost():
    def failing():
        yield from "abcdef"
        raise KeyError("source")

    got = []
    with pytest.raises(KeyError, match="source"):
        for window in prefetch(failing(), 4):
            got += window.texts
    assert got == list("abcdef")
    assert not prefetch_threads()


def test_missing_texts_are_empty():
    (window,) = prefetch([None, float("nan"), "", " \t\n", "a"], 8)
    assert window.texts == ["", "", "", " \t\n", "a"]
    assert window.tokens == [[], [], [], [], ["a"]]


@pytest.mark.parametrize("item", [5, b"bytes", ["a"], 1.5, True])
def test_what_is_not_text_is_named_by_its_position(item):
    with pytest.raises(InputError, match=r"row 6: expected text, found") as raised:
        list(prefetch(["a"] * 6 + [item], 4))
    assert raised.value.row == 6


@pytest.mark.parametrize("name", ["auto", "threads"])
def test_known_loaders(name):
    assert loader(name) is prefetch


def test_an_unknown_loader_lists_the_known():
    with pytest.raises(InputError, match=r"'tf\.data'; known: auto, threads"):
        loader("tf.data")
