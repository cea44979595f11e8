"""The real models, made once, and what upstream's gave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vnlp_colab.models.char_ner import CharNER
from vnlp_colab.models.morphology import StemmerAnalyzer
from vnlp_colab.models.sentiment import GRUSentimentAnalyzer
from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS

Row = dict[str, Any]


@pytest.fixture(scope="session")
def stemmer() -> StemmerAnalyzer:
    return StemmerAnalyzer(device="cpu", threads=1)


@pytest.fixture(scope="session")
def tagger(stemmer: StemmerAnalyzer) -> TreeStackPoS:
    return TreeStackPoS(device="cpu", threads=1, stemmer=stemmer)


@pytest.fixture(scope="session")
def parser(stemmer: StemmerAnalyzer, tagger: TreeStackPoS) -> TreeStackDP:
    return TreeStackDP(device="cpu", threads=1, stemmer=stemmer, tagger=tagger)


@pytest.fixture(scope="session")
def ner() -> CharNER:
    return CharNER(device="cpu", threads=1)


@pytest.fixture(scope="session")
def sentiment() -> GRUSentimentAnalyzer:
    return GRUSentimentAnalyzer(device="cpu", threads=1)


@pytest.fixture(scope="session")
def golden_probabilities(shared_dir: Path) -> Mapping[str, np.ndarray]:
    """Upstream's probabilities, rounded to 6 decimals, by ``<id>/<tool>``."""
    with np.load(shared_dir / "golden" / "classic.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def golden_tokens(golden_classic: list[Row]) -> list[Row]:
    """The rows that have tokens; upstream raises an error for the empty text."""
    rows = [row for row in golden_classic if row["stemmer"] is not None]
    assert len(rows) == len(golden_classic) - 1 and sum(len(row["tokens"]) for row in rows) > 1600
    return rows


@pytest.fixture(scope="session")
def golden_parses(golden_tokens: list[Row]) -> list[Row]:
    """The rows that upstream parsed: those of at most 40 tokens."""
    rows = [row for row in golden_tokens if row["dp"] is not None]
    assert all(len(row["tokens"]) > 40 for row in golden_tokens if row["dp"] is None)
    return rows
