"""Compiling the analyser's tables and loading them."""

from __future__ import annotations

import json

import pytest
from analyser_fakes import TINY_EXACT, TINY_STEMS, TINY_SUFFIXES

from vnlp_colab.convert.analyser_tables import compile_tables
from vnlp_colab.errors import ConversionError
from vnlp_colab.models.morphology.tables import AnalyserTables, Analysis


def test_sequences_and_lists_are_stored_once() -> None:
    tables = json.loads(compile_tables(TINY_STEMS, TINY_SUFFIXES, TINY_EXACT))
    assert len(set(tables["sequences"])) == len(tables["sequences"]) == len(tables["admitted"])
    assert tables["suffixes"]["yor"] == tables["suffixes"]["iyor"]
    # In the order of the file, the repeat dropped.
    bare = [tables["sequences"][index] for index in tables["lists"][tables["bare"]]]
    assert bare[:2] == ["Adj", "Noun+A3sg+Pnon+Nom"]
    assert bare.count("Noun+A3sg+Pnon+Nom") == 1


def test_stems_admit_by_letter_case(tiny_tables: AnalyserTables) -> None:
    noun, adjective = 1 << 6, 1
    assert tiny_tables.stems["ev"] == noun
    assert tiny_tables.stems["son"] == noun | adjective
    assert tiny_tables.stems["Ankara"] == tiny_tables.proper
    assert tiny_tables.stems["Ev"] == 0
    assert all(tiny_tables.stems["soylu"] & admitted for admitted in tiny_tables.admitted)


def test_exact_lookup(tiny_tables: AnalyserTables) -> None:
    tags = ("Pron", "Demons", "A3sg", "Pnon", "Loc", "DB", "Adj")
    assert tiny_tables.exact["onda"] == (Analysis("o", "nda", tags),)


def test_line_ends_do_not_matter() -> None:
    windows = [text.replace("\n", "\r\n") for text in (TINY_STEMS, TINY_SUFFIXES, TINY_EXACT)]
    assert compile_tables(*windows) == compile_tables(TINY_STEMS, TINY_SUFFIXES, TINY_EXACT)


@pytest.mark.parametrize(
    ("stems", "suffixes", "exact", "message"),
    [
        ("ev 64\n", TINY_SUFFIXES, TINY_EXACT, "Line 1 of the stem list has no tab"),
        ("ev\t8192\n", TINY_SUFFIXES, TINY_EXACT, "'8192'"),
        ("ev\tx\n", TINY_SUFFIXES, TINY_EXACT, "'x'"),
        (TINY_STEMS, "", TINY_EXACT, "suffix table"),
        (TINY_STEMS, "de\tNoun\n", TINY_EXACT, "'null'"),
        (TINY_STEMS, TINY_SUFFIXES, "son\tson+Adj\n", "'son[+]Adj'"),
    ],
)
def test_malformed_tables(stems: str, suffixes: str, exact: str, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        compile_tables(stems, suffixes, exact)


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"{}", b'{"format": 0}', b"7"])
def test_other_json_is_refused(data: bytes) -> None:
    with pytest.raises(ConversionError, match="build the StemmerAnalyzer anew"):
        AnalyserTables.from_json(data)


@pytest.mark.models
def test_real_tables_hold_every_line(analyser_tables: AnalyserTables) -> None:
    assert len(analyser_tables.stems) > 78_000
    assert len(analyser_tables.suffixes) > 91_000
    assert len(analyser_tables.sequences) > 63_000
    assert max(max(sequences) for sequences in analyser_tables.lists) == len(analyser_tables.sequences) - 1
