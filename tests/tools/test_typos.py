"""Typos are corrected, known words never are; how well is measured on two sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import typo_sets
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab import Normalizer
from vnlp_colab.text.casing import turkish_capitalise, turkish_lower
from vnlp_colab.text.edits import cost, disharmony, dot_variants, neighbours, without_runs
from vnlp_colab.text.typos import TypoCorrector
from vnlp_colab.tools import tables


class Reading(NamedTuple):
    root: str
    suffix: str


def readings(word: str) -> Sequence[Reading]:
    """Analyse as the stem ``kitap`` with the suffixes of two words."""
    return [Reading("kitap", word[5:])] if word in ("kitaplar", "kitaplarda") else []


@pytest.fixture(scope="module")
def small() -> TypoCorrector:
    words = ["bir", "güzel", "değil", "çok", "sürü", "kalem", "şişe", "kitap"]
    frequent = [*words, *map(str, range(5000)), "degil"]
    return TypoCorrector(frozenset(frequent) - {"degil"}, frequent, readings)


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("guzel", "güzel"),
        ("Guzel!", "Güzel!"),
        ("GUZEL", "GÜZEL"),
        ("güzeeeel", "güzel"),
        ("kitpalarda", "kitaplarda"),
        ("(klaem),", "(kalem),"),
        ("degil", "değil"),
        ("birsürü kalem", "bir sürü kalem"),
        ("  guzel\n\tklaem ", "  güzel\n\tkalem "),
        ("gu\u0308zel gu\u0308zell", "gu\u0308zel güzel"),
        ("Sise'de", "Şişe'de"),
    ],
)
def test_corrections(small: TypoCorrector, text: str, corrected: str) -> None:
    assert small(text) == corrected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "güzel kalem, kitaplarda.",
        "Güzel değil",
        # Names and abbreviations in the middle of a sentence, addresses, user names, figures, foreign words.
        "bir Klaem",
        "bir KLEM güzel",
        "klaem@kalem.com #klaem @klaem klaem.com klaem2 klaem_x http://klaem/",
        "qklaem xalem",
        "gUzel",
        "bir kalem'dne",
        "klm",
        "hiç uymayan başka",
    ],
)
def test_what_stays(small: TypoCorrector, text: str) -> None:
    assert small(text) == text


def test_two_equally_good_corrections_leave_the_word() -> None:
    words = ["kasa", "kaba"]
    corrector = TypoCorrector(frozenset(words), words, lambda _: [])
    assert corrector.correct("kaea") == "kaea"


def test_costs() -> None:
    assert cost("kalem", "kalem") == 0
    assert 0 < cost("guzel", "güzel") < cost("güzell", "güzel") < cost("gpzel", "güzel")
    assert cost("çoook", "çok") < cost("çoik", "çok") < cost("ok", "çok")
    assert cost("klaem", "kalem") < cost("klem", "kalem") < cost("klmea", "kalem")


def test_edits() -> None:
    found = neighbours("at")
    assert {"a", "t", "ta", "et", "aşt", "kat", "ata"} <= found and "at" not in found
    assert sorted(dot_variants("su", 2)) == ["su", "sü", "şu", "şü"] and not list(dot_variants("su", 1))
    assert without_runs("çoook güüüzeell") == "çok güzeell"
    assert disharmony("kitap", "larda") == 0 and disharmony("kitap", "lerde") == 1
    assert disharmony("gel", "iyordum") == 0 and disharmony("", "ler") == 0


@given(st.text(alphabet="guzelüGÜkamş .,'\n\u0308", max_size=40))
def test_nothing_but_words_changes(text: str) -> None:
    frequent = ["güzel", "kalem", "şam"]
    done = TypoCorrector(frozenset(frequent), frequent, lambda _: [])(text)
    assert [mark for mark in done if mark in ".,'\n"] == [mark for mark in text if mark in ".,'\n"]


@pytest.mark.models
def test_upstreams_example() -> None:
    assert Normalizer().correct_typos("kassıtlı yaezım hatasssı ekliyorumm") == "kasıtlı yazım hatası ekliyorum"


@pytest.mark.models
def test_words_of_the_lexicon_stay() -> None:
    corrector = tables.typo_corrector()
    words = sorted(tables.spelling_lexicon())[::40]
    assert [corrector(word) for word in words] == words
    capitalised = list(map(turkish_capitalise, words))
    assert [corrector(word) for word in capitalised] == capitalised


@pytest.mark.models
def test_readable_words_stay() -> None:
    words = ["gidebilseydik", "evlerimizdekilerden", "çalışmalarımızdan", "kitaplarınızı", "okuyacakmışsınız"]
    assert [Normalizer.correct_typos(word) for word in words] == words


@pytest.mark.models
def test_figures_of_the_written_set() -> None:
    corrector = tables.typo_corrector()
    pairs = [typo_sets.Case([typed], [meant], 0) for typed, meant in typo_sets.written()]
    assert len(pairs) >= 150 and all(case.typed != case.meant for case in pairs)
    figures = typo_sets.measure(pairs, corrector, corrector.known)
    assert figures.precision >= 0.96
    assert figures.recall_of_non_words >= 0.82 and figures.recall >= 0.62


@pytest.mark.models
@pytest.mark.shared
def test_figures_of_the_synthetic_set(shared_dir: Path) -> None:
    corrector = tables.typo_corrector()
    texts = typo_sets.sentences(shared_dir / "data" / "ud", typo_sets.TEST_FILES)
    figures = typo_sets.measure(typo_sets.synthetic(texts, 600), corrector, corrector.known)
    assert figures.precision >= 0.93
    assert figures.recall_of_non_words >= 0.65
    assert figures.spoilt <= 0.002 * figures.words


def test_sentences_of_the_synthetic_set_have_one_error() -> None:
    for case in typo_sets.synthetic(iter(["bugün hava çok güzel"] * 50), 50):
        differing = [i for i, (one, other) in enumerate(zip(case.typed, case.meant, strict=True)) if one != other]
        assert differing == [case.place]
        assert turkish_lower(case.meant[case.place]) == case.meant[case.place]
