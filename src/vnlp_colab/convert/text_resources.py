"""The text tools' tables: published lists and one Python source, read as data, to JSON."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from typing import Any

from vnlp_colab.convert.analyser_tables import compile_tables
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.errors import ConversionError

_PATTERNS = "turkish_pattern_table"
_BEFORE_FIGURES = "#NUMERIC_ONLY#"


def build_text(read: Callable[[str], bytes]) -> Files:
    """Build the tables of the sentence splitter, the stop word remover and the deasciifier."""
    return {
        "abbreviations.json": dump_json(_abbreviations(_text(read, "abbreviations"))),
        "deasciifier.json": dump_json(_patterns(_text(read, "deasciifier"))),
        "stop_words.json": dump_json([line for line in _lines(_text(read, "stop_words")) if line]),
    }


def build_spelling(read: Callable[[str], bytes]) -> Files:
    """Build what the spelling correction knows: words, words by frequency, and the lookup analyser's tables."""
    vocabulary = read_keras_tokenizer(read("words"), "word vocabulary")
    return {
        "analyser.json": compile_tables(*(_text(read, role) for role in ("stems", "suffixes", "exact"))),
        "lexicon.json": dump_json(sorted({line for line in _lines(_text(read, "lexicon")) if line})),
        "frequent.json": json.dumps(vocabulary["words"], ensure_ascii=False, separators=(",", ":")).encode(),
    }


def _text(read: Callable[[str], bytes], role: str) -> str:
    try:
        return read(role).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConversionError(f"the {role} are no UTF-8 text: {error}") from error


def _lines(text: str) -> Iterator[str]:
    return map(str.strip, text.splitlines())


def _abbreviations(text: str) -> dict[str, list[str]]:
    """Sort the abbreviations by where they count: always, or before figures only. The last mention counts."""
    found: dict[str, bool] = {}
    for line in _lines(text):
        abbreviation = line.partition("#")[0].strip()
        if abbreviation:
            found[abbreviation] = _BEFORE_FIGURES in line
    return {
        "always": sorted(name for name, restricted in found.items() if not restricted),
        "before_figures": sorted(name for name, restricted in found.items() if restricted),
    }


def _patterns(source: str) -> dict[str, dict[str, int]]:
    """Read the deasciifier's table out of the module that states it, without running that module."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ConversionError(f"the deasciifier is no Python source: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == _PATTERNS for target in node.targets
        ):
            return _checked_patterns(node.value)
    raise ConversionError(f"the deasciifier states no {_PATTERNS}")


def _checked_patterns(node: ast.expr) -> dict[str, dict[str, int]]:
    try:
        table: Any = ast.literal_eval(node)
        sound = bool(table) and all(
            isinstance(rank, int) and rank != 0 and pattern.count("X") == 1
            for patterns in table.values()
            for pattern, rank in patterns.items()
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise ConversionError(f"{_PATTERNS} is no table of patterns: {error}") from error
    if not sound or not all(isinstance(letter, str) and len(letter) == 1 for letter in table):
        raise ConversionError(f"{_PATTERNS} is no table of patterns with ranks other than zero")
    return {letter: dict(patterns) for letter, patterns in table.items()}
