"""CharNER's segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.models.char_ner.model import _redistribute
from vnlp_colab.models.char_ner.segments import cut, most_frequent
from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize

tokens_lists = st.lists(st.text("abç.", min_size=1, max_size=30), max_size=12)


@given(tokens=tokens_lists, length=st.integers(1, 20))
def test_segments_hold_every_character_once(tokens: list[str], length: int) -> None:
    segments = cut(tokens, length)
    rebuilt = ["" for _ in tokens]
    for segment in segments:
        assert 0 < len(segment.characters) <= length
        for token, start, stop in segment.spans:
            rebuilt[token] += segment.characters[start:stop]
    assert rebuilt == tokens
    assert [token for segment in segments for token, _, _ in segment.spans] == sorted(
        token for segment in segments for token, _, _ in segment.spans
    )


def test_halving() -> None:
    assert [segment.characters for segment in cut(["a"] * 5, 9)] == ["a a a a a"]
    assert [segment.characters for segment in cut(["a"] * 5, 8)] == ["a a", "a a a"]
    assert [segment.characters for segment in cut(["abcde", "f"], 2)] == ["ab", "cd", "e", "f"]
    assert cut([], 5) == []


@pytest.mark.parametrize(("labels", "expected"), [([1], 1), ([2, 1, 2], 2), ([3, 1, 1, 3], 1), ([2, 3, 4], 2)])
def test_most_frequent(labels: list[int], expected: int) -> None:
    assert most_frequent(labels) == expected


@given(text=st.text("abÇ .,'\"`()[]$%…\n\x1c\u00a0\u200b\u2028\x00", max_size=40))
def test_labels_reach_treebank_tokens(text: str) -> None:
    own, wanted = WordPunctTokenize(text), TreebankWordTokenize(text)
    characters = "".join(own)
    found = _redistribute(characters, range(len(characters)), wanted)
    # Every character's label is handed on once, in order.
    assert [label for labels in found for label in labels] == list(range(len(characters)))
    assert all(found)
