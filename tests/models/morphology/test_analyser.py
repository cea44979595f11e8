"""The lookup analyser: upstream's candidate sets, in an order that is always the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from analyser_fakes import STEMS, SUFFIXES, defined_analyses
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.models.morphology.analyser import LookupAnalyser
from vnlp_colab.models.morphology.tables import AnalyserTables, Analysis
from vnlp_colab.text.casing import lower_case

LETTERS = "abcçdğeıisşövEAİIÇKW'[]019.-+ΣςâÂ\n\u0307"
words = st.one_of(
    st.text(max_size=12),
    st.text(alphabet=LETTERS, max_size=10),
    st.builds(
        "{}{}{}".format,
        st.sampled_from([*STEMS, "Çin", "BEKLİ", "kitab", "ağz", "hiss", "Ban", "yi", "prof.", "12", "ΟΔΟΣ", "a\nb"]),
        st.sampled_from(["", "'", "''", "s", "\n"]),
        st.sampled_from([suffix for suffix, _ in SUFFIXES]),
    ),
)


@pytest.fixture(scope="module")
def tiny(tiny_tables: AnalyserTables) -> LookupAnalyser:
    return LookupAnalyser(tiny_tables)


@pytest.fixture(scope="module")
def real(analyser_tables: AnalyserTables) -> LookupAnalyser:
    return LookupAnalyser(analyser_tables)


def readings(analyses: list[Analysis]) -> list[str]:
    return [f"{root}|{suffix}|{'+'.join(tags)}" for root, suffix, tags in analyses]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("evde", ["ev|de|Noun+A3sg+Pnon+Loc"]),
        ("EVDE", ["ev|de|Noun+A3sg+Pnon+Loc"]),
        ("kitabı", ["kitap|ı|Noun+A3sg+Pnon+Acc", "kitap|ı|Noun+A3sg+P3sg+Nom"]),
        ("ağzım", ["ağız|ım|Noun+A3sg+P1sg+Nom"]),
        ("hissi", ["his|i|Noun+A3sg+Pnon+Acc"]),
        ("bekliyor", ["bekle|yor|Verb+Pos+Prog1+A3sg"]),
        ("yiyor", ["ye|yor|Verb+Pos+Prog1+A3sg"]),
        ("eder", ["et|er|Verb+Pos+Aor+A3sg"]),
        ("Bana", ["ben|a|Pron+Pers+A1sg+Pnon+Dat"]),
        ("prof.", ["profesör||Noun+A3sg+Pnon+Nom"]),
        ("Çin", ["çin||Noun+Prop+A3sg+Pnon+Nom"]),
        ("Cin", ["cin||Noun+Prop+A3sg+Pnon+Nom"]),
        ("İzmir", ["izmir||Noun+Prop+A3sg+Pnon+Nom"]),
        ("İZMİR", ["izmir||Noun+Prop+A3sg+Pnon+Nom"]),
        ("I\u0307zmir", ["izmir||Noun+Prop+A3sg+Pnon+Nom"]),
        ("İZMİR'DE", ["izmir|'de|Noun+Prop+A3sg+Pnon+Loc"]),
        ("İzmir’de", ["izmir|'de|Noun+Prop+A3sg+Pnon+Loc"]),
        # A name that is listed with a plain first letter only is found, and keeps its own.
        ("Şirnak", ["şirnak||Noun+Prop+A3sg+Pnon+Nom"]),
        ("ag\u0306ızım", ["ağız|ım|Noun+A3sg+P1sg+Nom"]),
        ("Ankara", ["ankara||Noun+Prop+A3sg+Pnon+Nom"]),
        ("ankara", ["ankara||Unknown"]),
        # Own analyses of 'de first, then those of de.
        (
            "Ankara'de",
            ["ankara|'de|Noun+Prop+A3sg+Pnon+Loc"],
        ),
        ("Xyz'de", ["xyz|'de|Noun+Prop+A3sg+Pnon+Loc"]),
        ("ev'de", ["ev|'de|Noun+A3sg+Pnon+Loc+Apos", "ev|'de|Noun+A3sg+Pnon+Loc"]),
        ("12'de", ["12|'de|Num+Card+DB+Noun+Zero+A3sg+Pnon+Loc", "12'|de|Num+Card+DB+Noun+Zero+A3sg+Pnon+Loc"]),
        # The plain suffix is unknown; the original stops there with a KeyError.
        ("Göl'ünki", ["göl|'ünki|Noun+Prop+A3sg+Pnon+Gen+DB+Pron+Rel+A3sg+Pnon+Nom"]),
        ("12", ["12||Num+Card", "12||Noun+Time+A3sg+Pnon+Nom"]),
        ("?!", ["?!||Punc"]),
        ("😀", ["😀||Punc"]),
        ("\x00", ["\x00||Punc"]),
        ("", ["||Unknown"]),
        ("Wxyz", ["wxyz||Unknown"]),
        ("Son", ["son||Adj", "son||Noun+A3sg+Pnon+Nom", "son||Adj"]),
        ("onda", ["o|nda|Pron+Demons+A3sg+Pnon+Loc+DB+Adj"]),
        # A lower-case stem that is listed as a proper noun only takes every analysis.
        ("soyluı", ["soylu|ı|Noun+A3sg+Pnon+Acc", "soylu|ı|Noun+A3sg+P3sg+Nom"]),
    ],
)
def test_rules(tiny: LookupAnalyser, word: str, expected: list[str]) -> None:
    assert readings(tiny.candidates(word)) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Çin", ["cin||Noun+Prop+A3sg+Pnon+Nom"]),
        ("İzmir", ["izmir||Unknown"]),
        ("Şirnak", ["sirnak||Noun+Prop+A3sg+Pnon+Nom"]),
        ("İzmir’de", ["izmir’de||Unknown"]),
    ],
)
def test_compat_has_upstreams_faults(tiny_tables: AnalyserTables, word: str, expected: list[str]) -> None:
    assert readings(LookupAnalyser(tiny_tables, compat=True).candidates(word)) == expected


@pytest.mark.parametrize("compat", [False, True])
@given(word=words)
def test_equals_its_definition(tiny_tables: AnalyserTables, compat: bool, word: str) -> None:
    analyser = LookupAnalyser(tiny_tables, compat=compat)
    found = analyser.candidates(word)
    assert found == defined_analyses(tiny_tables, word, compat)
    assert found == analyser.candidates(word)


@given(word=words.map(lambda word: unicodedata.normalize("NFC", re.sub("[^a-zçğıöşüA-ZÇĞİÖŞÜâ0-9']", "", word))))
def test_spelling_makes_no_difference(tiny: LookupAnalyser, word: str) -> None:
    expected = tiny.candidates(word)
    assert tiny.candidates(unicodedata.normalize("NFD", word)) == expected
    assert tiny.candidates(word.replace("'", "’")) == expected


def test_answers_are_the_callers_own(tiny: LookupAnalyser) -> None:
    tiny.candidates("evde").clear()
    assert readings(tiny.candidates("evde")) == ["ev|de|Noun+A3sg+Pnon+Loc"]


@pytest.mark.parametrize("unit", ["a", "A", "1", "'", "[", "Σ", "b\n", "😀", "ev"])
def test_word_of_any_length(tiny: LookupAnalyser, unit: str) -> None:
    # Quadratic work on this length would run into the suite's time limit.
    word = unit * 100_000
    assert tiny.candidates("x" + word + "'de")[0].tags == ("Noun", "Prop", "A3sg", "Pnon", "Loc")
    assert tiny.candidates(word)[-1].root == lower_case(word)


def test_cache_is_bounded(tiny_tables: AnalyserTables) -> None:
    analyser = LookupAnalyser(tiny_tables, cache_size=8)
    for number in range(100):
        assert analyser.candidates(str(number))[0].root == str(number)
    for number in range(100):
        analyser.candidates("x" * 1000 + str(number))
    assert analyser._remembered.statistics().currsize == 8
    assert analyser._remembered.statistics().misses == 100


def test_threads_agree(tiny_tables: AnalyserTables) -> None:
    analyser = LookupAnalyser(tiny_tables, cache_size=4)
    tokens = ["evde", "kitabı", "Çin", "12'de", "hissi", "?"] * 200
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(analyser.candidates, tokens)) == [analyser.candidates(token) for token in tokens]


def test_order_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from analyser_fakes import *\n"
        "from vnlp_colab.convert.analyser_tables import compile_tables\n"
        "from vnlp_colab.models.morphology.analyser import LookupAnalyser\n"
        "data = compile_tables(TINY_STEMS, TINY_SUFFIXES, TINY_EXACT)\n"
        "analyser = LookupAnalyser(AnalyserTables.from_json(data))\n"
        "print(ascii(data))\n"
        "print(ascii([analyser.candidates(stem + suffix) for stem in STEMS for suffix, _ in SUFFIXES]))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


@pytest.mark.models
@pytest.mark.shared
@pytest.mark.parametrize("compat", [True, False])
def test_candidate_sets_equal_golden(
    analyser_tables: AnalyserTables, golden_classic: list[dict[str, Any]], compat: bool
) -> None:
    real = LookupAnalyser(analyser_tables, compat=compat)
    tokens = 0
    for row in golden_classic:
        for token, recorded in zip(row["tokens"], row["candidates"], strict=True):
            expected = {
                (root, suffix, (tags,) if isinstance(tags, str) else tuple(tags)) for root, suffix, tags in recorded
            }
            found = real.candidates(token)
            if not compat and (token[0] in "ÇĞİÖŞÜ" or "’" in token):
                continue  # docs/differences.md; what is found instead is tested below
            assert set(found) == expected, token
            assert len(found) == len(recorded), token
            tokens += 1
    assert tokens


PROPER = ["Noun+Prop+A3sg+Pnon+Nom"]


@pytest.mark.models
@pytest.mark.parametrize(
    ("word", "root", "tags"),
    [
        ("İzmir", "izmir", PROPER),
        ("İZMİR", "izmir", PROPER),
        ("Şırnak", "şırnak", PROPER),
        ("ŞIRNAK", "şırnak", PROPER),
        ("ŞIRNAK'TA", "şırnak", ["Noun+Prop+A3sg+Pnon+Loc"]),
        ("İstanbul’da", "istanbul", ["Noun+A3sg+Pnon+Loc", "Noun+Prop+A3sg+Pnon+Loc"]),
        ("İstanbul'da", "istanbul", ["Noun+A3sg+Pnon+Loc", "Noun+Prop+A3sg+Pnon+Loc"]),
        ("Çankırı", "çankırı", PROPER),
        ("Çin", "çin", PROPER),
        ("Şener", "şener", PROPER),
    ],
)
def test_names_in_marked_capitals(real: LookupAnalyser, word: str, root: str, tags: list[str]) -> None:
    for spelling in (word, unicodedata.normalize("NFD", word)):
        found = real.candidates(spelling)
        assert {"+".join(analysis.tags) for analysis in found if analysis.root == root} >= set(tags)
        assert all(analysis.root[0] == root[0] for analysis in found)


@pytest.mark.models
def test_every_listed_name_is_found(analyser_tables: AnalyserTables, real: LookupAnalyser) -> None:
    names = [stem for stem in analyser_tables.stems if stem[0] in "ÇĞİÖŞÜ" and len(stem) > 1 and stem.isalpha()]
    assert len(names) > 5000
    for name in names[::7]:
        found = real.candidates(name)
        if lower_case(name) not in analyser_tables.exact:
            assert (lower_case(name), "", "Prop") in {
                (root, suffix, tags[-4]) for root, suffix, tags in found if len(tags) > 3
            }, name


@pytest.mark.models
@given(word=words)
def test_real_tables_take_any_word(real: LookupAnalyser, word: str) -> None:
    assert all(isinstance(analysis, Analysis) and analysis.tags for analysis in real.candidates(word))


@pytest.mark.models
def test_suffixes_that_stop_the_original(real: LookupAnalyser, compiled_tables: bytes) -> None:
    suffixes = json.loads(compiled_tables)["suffixes"]
    alone = [suffix for suffix in suffixes if suffix[0] == "'" and suffix[1:] not in suffixes]
    assert alone
    for suffix in alone:
        assert all(analysis.tags[:2] == ("Noun", "Prop") for analysis in real.candidates("Xq" + suffix))
