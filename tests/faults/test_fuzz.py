"""Inputs made up at random, of all of Unicode: every one is answered or refused, in time, and nothing crashes.

In ``make test`` each target of fuzz_targets.py gets a few dozen and its corpus; with ``VNLP_COLAB_FUZZ_SECONDS`` it is
fed for so long (``make nightly``: ten minutes each), and what reaches code that nothing reached before joins the corpus
(fuzzing.py). Hypothesis keeps the inputs that failed in ``.hypothesis``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fuzz_targets import BYTE_TARGETS, MANIFEST, TEXT_TARGETS, TEXTS, check_analyser, check_manifest, check_tokens
from fuzzing import SECONDS, Check, Corpus, Feeder, Hung, Refused, limited
from hypothesis import strategies as st

from vnlp_colab.errors import InputError

# How many made-up inputs in ``make test``: a model takes its time over each.
FEW = {"models": 15, "analyser": 30}

Report = Callable[[str, object], None]


def fed(target: str, check: Check, made_up: st.SearchStrategy[Any], report: Report) -> None:
    """Feed a target, and report how much."""
    feeder = Feeder(check, Corpus(target, target in BYTE_TARGETS))
    try:
        feeder.feed(made_up, FEW.get(target, 60))
    finally:
        for name in ("inputs", "refused", "seconds"):
            report(name, getattr(feeder, name))


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_texts(target: str, record_property: Report) -> None:
    fed(target, TEXT_TARGETS[target], TEXTS, record_property)


@pytest.mark.models
def test_the_analyser(record_property: Report) -> None:
    fed("analyser", check_analyser, TEXTS, record_property)


@pytest.mark.parametrize("target", BYTE_TARGETS)
def test_bytes(target: str, tmp_path: Path, record_property: Report) -> None:
    check, inputs = BYTE_TARGETS[target]
    fed(target, lambda data: check(data, tmp_path), inputs, record_property)


@pytest.mark.nightly
@pytest.mark.timeout(4 * SECONDS + 900)
@pytest.mark.skipif(not SECONDS, reason="VNLP_COLAB_FUZZ_SECONDS is not set")
@pytest.mark.parametrize("target", [*TEXT_TARGETS, "analyser", *BYTE_TARGETS])
def test_for_long(target: str, tmp_path: Path, record_property: Report) -> None:
    """The same targets under the mark of the nightly tests."""
    if target in TEXT_TARGETS:
        test_texts(target, record_property)
    elif target == "analyser":
        test_the_analyser(record_property)
    else:
        test_bytes(target, tmp_path, record_property)


class TestTheFeeding:
    def test_a_hang_is_seen(self) -> None:
        def forever() -> None:
            while True:
                pass

        with pytest.raises(Hung), limited(0.05):
            forever()

    def test_a_crash_is_seen(self, tmp_path: Path) -> None:
        feeder = Feeder(lambda text: "ş" in text and 1 // 0, Corpus("x", False, tmp_path))
        with pytest.raises(ZeroDivisionError):
            feeder.feed(TEXTS, 200)

    def test_refusals_are_counted(self, tmp_path: Path) -> None:
        """Those by an error that says why, and those by ``None``; an answer is none."""

        def check(text: str) -> None:
            if "a" in text:
                raise Refused
            if "b" in text:
                raise InputError("b")

        feeder = Feeder(check, Corpus("x", False, tmp_path))
        for text in ("a", "b", "c", "ca"):
            feeder.one(text)
        assert (feeder.inputs, feeder.refused) == (4, 3)

    def test_what_counts_as_missing_is_a_refusal(self, tmp_path: Path) -> None:
        feeder = Feeder(lambda data: check_manifest(data, tmp_path), Corpus("x", True, tmp_path))
        for data in (b"", b"{", b"{}", b"[" * 5000, MANIFEST):
            feeder.one(data)
        assert (feeder.inputs, feeder.refused) == (5, 4)

    @pytest.mark.parametrize("value", ["\ud800 ş\n\0", b"\0\xff\n"])
    def test_the_corpus_is_kept(self, tmp_path: Path, value: str | bytes) -> None:
        binary = isinstance(value, bytes)
        corpus = Corpus("x", binary, tmp_path)
        corpus.add(value)
        corpus.add(value)
        assert Corpus("x", binary, tmp_path).inputs == [value]
        fed: list[object] = []
        Feeder(fed.append, Corpus("x", binary, tmp_path)).feed(st.just(value), 1)
        assert fed[0] == value

    def test_what_reaches_new_code_joins_the_corpus(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fuzzing.SECONDS", 0.001)
        corpus = Corpus("x", False, tmp_path)
        feeder = Feeder(check_tokens, corpus)
        feeder.one("Ali geldi.")
        feeder.one("Ali geldi.")
        feeder.one("Ali gitti.")
        feeder.one('"Ali" ...')
        assert corpus.inputs == ["Ali geldi.", '"Ali" ...']
        assert (feeder.inputs, feeder.refused) == (4, 0)
