"""The text tools' tables are read as data, and refused where they are something else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from vnlp_colab.convert.text_resources import build_text
from vnlp_colab.errors import ConversionError

SOURCES = {
    "abbreviations": "# titles\r\nDr\r\nNo #NUMERIC_ONLY#\r\nDr # again\r\n\r\nNo\r\nÇvş #NUMERIC_ONLY#\r\n".encode(),
    "stop_words": "ve\r\nşu\r\n\r\n".encode(),
    "deasciifier": b"class D:\n    turkish_pattern_table = {'c': {'aX': -2, 'X': 1}}\n    x = 1 / 0\n",
}


def reader(**changes: bytes) -> Callable[[str], bytes]:
    return {**SOURCES, **changes}.__getitem__


def test_tables() -> None:
    files = {name: json.loads(data) for name, data in build_text(reader()).items() if isinstance(data, bytes)}
    assert files == {
        "abbreviations.json": {"always": ["Dr", "No"], "before_figures": ["Çvş"]},
        "deasciifier.json": {"c": {"aX": -2, "X": 1}},
        "stop_words.json": ["ve", "şu"],
    }


def test_the_same_bytes_for_the_same_sources() -> None:
    assert build_text(reader()) == build_text(reader())


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"def (:",
        b"\0",
        b"other = {}",
        b"turkish_pattern_table = {}",
        b"turkish_pattern_table = make()",
        b"turkish_pattern_table = {'c': 3}",
        b"turkish_pattern_table = {'c': {'aX': 0}}",
        b"turkish_pattern_table = {'c': {'a': 1}}",
        b"turkish_pattern_table = {'c': {'aX': 'b'}}",
        b"turkish_pattern_table = {'ch': {'aX': 1}}",
        b"turkish_pattern_table = {1: {'aX': 1}}",
        b"turkish_pattern_table = {**{'c': {'aX': 1}}, 'd': f()}",
        b"\xff\xfe",
    ],
)
def test_what_is_no_table_is_refused(source: bytes) -> None:
    with pytest.raises(ConversionError):
        build_text(reader(deasciifier=source))


def test_lists_must_be_text() -> None:
    with pytest.raises(ConversionError, match="stop_words are no UTF-8"):
        build_text(reader(stop_words=b"\xff"))
