"""Windows of long sentences: cut well, joined to one tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnlp_colab.errors import InputError
from vnlp_colab.models.parsing import JOINED, ROOT, Arc, Span, cut_windows, parse_sentences

WINDOW = 10
RELATIONS = ("", ROOT, "nsubj", "obj", JOINED)

sentences = st.lists(st.lists(st.sampled_from(["ev", "ve", ",", ".", "...", "x1", "5"]), max_size=45), max_size=5)


class Outputs(NamedTuple):
    probabilities: np.ndarray
    labels: np.ndarray


class Labeller:
    """Random outputs for every run, remembered: probabilities between 0 and 1, or few different ones, or tiny ones."""

    def __init__(self, seed: int, window: int = WINDOW, kind: str = "plain") -> None:
        self.random = np.random.default_rng(seed)
        self.window = window
        self.kind = kind
        self.spans: list[Span] = []

    def __call__(self, spans: Sequence[Span]) -> list[Outputs]:
        self.spans = list(spans)
        found = []
        for _, start, stop in spans:
            probabilities = self.random.random((stop - start, self.window + 1 + len(RELATIONS)), np.float32)
            if self.kind == "ties":
                probabilities = np.round(probabilities * 2) / 2
            elif self.kind == "extreme":
                probabilities **= 300
            heads, relations = probabilities[:, : self.window + 1], probabilities[:, self.window + 1 :]
            found.append(Outputs(probabilities, np.stack([heads.argmax(1), relations.argmax(1)], axis=1)))
        return found


def assert_one_tree(arcs: list[Arc]) -> None:
    heads = [head for _, _, head, _ in arcs]
    assert heads.count(0) == 1 and all(0 <= head <= len(arcs) for head in heads)
    for node in range(1, len(arcs) + 1):
        steps = 0
        while node:
            node = heads[node - 1]
            steps += 1
            assert steps <= len(arcs)


@given(tokens=st.lists(st.sampled_from(["ev", ",", ".", "5"]), max_size=60), window=st.integers(1, 12))
def test_windows_cover_the_sentence(tokens: list[str], window: int) -> None:
    windows = cut_windows(tokens, window)
    assert [token for start, stop in windows for token in tokens[start:stop]] == tokens
    assert all(0 < stop - start <= window for start, stop in windows)
    assert len(windows) <= 1 or len(tokens) > window
    # A window is at least half full, so there are never many more than needed.
    assert all(stop - start > window // 2 for start, stop in windows[:-1])


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([], []),
        (["a"] * 6, [(0, 6)]),
        (["a"] * 7, [(0, 6), (6, 7)]),
        (["a", "a", "a", ",", "a", "a", "a"], [(0, 4), (4, 7)]),
        # Not before the middle, and the last one there is.
        (["a", "a", ",", "a", "a", "a", "a"], [(0, 6), (6, 7)]),
        (["a", "a", "a", ",", ";", "a", "a"], [(0, 5), (5, 7)]),
        (["a", "a", "a", ",", "a", ".", "a"], [(0, 6), (6, 7)]),
        ([","] * 13, [(0, 6), (6, 12), (12, 13)]),
    ],
)
def test_where_windows_end(tokens: list[str], expected: list[tuple[int, int]]) -> None:
    assert cut_windows(tokens, 6) == expected


@settings(max_examples=60, deadline=None)
@given(batch=sentences, seed=st.integers(0, 999), tree=st.booleans())
def test_arcs(batch: list[list[str]], seed: int, tree: bool) -> None:
    labeller = Labeller(seed)
    parsed = parse_sentences(batch, labeller, RELATIONS, WINDOW, "window", tree)
    assert [[token for _, token, _, _ in arcs] for arcs in parsed] == batch
    assert all(stop - start <= WINDOW for _, start, stop in labeller.spans)
    for arcs in parsed:
        assert [index for index, _, _, _ in arcs] == list(range(1, len(arcs) + 1))
        if arcs and (tree or len(arcs) > WINDOW):
            assert_one_tree(arcs)
            assert all((head == 0) == (relation == ROOT) for _, _, head, relation in arcs)


@settings(max_examples=80, deadline=None)
@given(
    size=st.integers(1, 200),
    seed=st.integers(0, 9999),
    kind=st.sampled_from(["plain", "ties", "extreme"]),
    punctuation=st.booleans(),
)
def test_any_length_is_one_tree_of_one_root(size: int, seed: int, kind: str, punctuation: bool) -> None:
    """Short sentences and windows of long ones; the size of a window is that of VNLP's parsers."""
    tokens = ["," if punctuation and i % 7 == 6 else "ev" for i in range(size)]
    (arcs,) = parse_sentences([tokens], Labeller(seed, 40, kind), RELATIONS, 40, "window", True)
    assert len(arcs) == size
    assert_one_tree(arcs)
    assert all((head == 0) == (relation == ROOT) for _, _, head, relation in arcs)


def test_windows_hang_on_the_last_ones_root() -> None:
    tokens = ["a"] * 4 + ["."] + ["b"] * 5 + ["c"]
    labeller = Labeller(1)
    (arcs,) = parse_sentences([tokens], labeller, RELATIONS, WINDOW, "window", False)
    assert labeller.spans == [(0, 0, 10), (0, 10, 11)]
    joined = [(index, head) for index, _, head, relation in arcs if relation == JOINED and head == 11]
    assert arcs[-1] == (11, "c", 0, ROOT)
    assert any(index <= 10 for index, _ in joined)


def test_raw_choices_are_kept_in_short_sentences() -> None:
    labels = np.array([[2, 2], [1, 2]])  # a cycle without a root
    outputs = Outputs(np.zeros((2, WINDOW + 1 + len(RELATIONS)), np.float32), labels)
    (arcs,) = parse_sentences([["a", "b"]], lambda spans: [outputs], RELATIONS, WINDOW, "window", False)
    assert arcs == [(1, "a", 2, "nsubj"), (2, "b", 1, "nsubj")]


def test_long_sentences_can_be_refused() -> None:
    batch = [["a"] * WINDOW, ["a"] * (WINDOW + 1)]
    with pytest.raises(InputError, match=r"row 1: Sentence is too long: 11 tokens.*on_long='window'") as caught:
        parse_sentences(batch, Labeller(0), RELATIONS, WINDOW, "error", False)
    assert caught.value.row == 1
    assert len(parse_sentences(batch[:1], Labeller(0), RELATIONS, WINDOW, "error", False)[0]) == WINDOW


def test_no_sentences() -> None:
    assert parse_sentences([], Labeller(0), RELATIONS, WINDOW, "window", True) == []
    assert parse_sentences([[], []], Labeller(0), RELATIONS, WINDOW, "window", True) == [[], []]
