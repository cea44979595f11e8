"""The text tools keep the speed that is promised; the figures themselves are benchmarks/text_tools.py's."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vnlp_colab import Normalizer, SentenceSplitter, TreebankWordTokenize, WordPunctTokenize

pytestmark = [pytest.mark.shared, pytest.mark.models, pytest.mark.slow]

PLAIN = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")


def rate(call: Callable[[Any], Any], given: Any, size: int) -> float:
    """Megabytes a second of this process's time, whatever else the machine does."""
    started = time.process_time()
    call(given)
    return size / 1e6 / (time.process_time() - started)


@pytest.fixture(scope="module")
def text(shared_dir: Path) -> str:
    return (shared_dir / "data" / "raw" / "tr_penn-ud-train.txt").read_text(encoding="utf-8")


def test_splitting_and_normalising(text: str) -> None:
    size = len(text.encode())
    splitter = SentenceSplitter()
    for call in (
        splitter.split_sentences,
        Normalizer.lower_case,
        Normalizer.remove_punctuations,
        Normalizer.remove_accent_marks,
    ):
        assert rate(call, text, size) >= 1.0, call
        assert rate(call, text.replace("\n", " "), size) >= 1.0, call


def test_deasciifying(text: str) -> None:
    Normalizer.deasciify(["hazir"])
    distinct = list(dict.fromkeys(text.translate(PLAIN).split()))
    assert rate(Normalizer.deasciify, distinct, len(" ".join(distinct))) >= 0.5


@pytest.mark.parametrize("unit", ["a", "(", '"', "'", "’", "a'", "A", ". ", "a\u0327", "\u0301\u0327", "’s ", "``"])
def test_a_megabyte_of_one_thing_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    for tool in (
        SentenceSplitter().split_sentences,
        TreebankWordTokenize,
        WordPunctTokenize,
        Normalizer.lower_case,
        Normalizer.remove_punctuations,
        Normalizer.remove_accent_marks,
    ):
        started = time.process_time()
        tool(text)
        assert time.process_time() - started < 10, tool


@pytest.mark.parametrize("unit", ["a", "(", '"', "'", "a'", "A", ". ", "a\u0327", "Kl "])
def test_a_megabyte_of_one_thing_has_no_typos(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    assert Normalizer.correct_typos(text) == text
    assert time.process_time() - started < 30
