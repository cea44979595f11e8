"""The real models, made once, and what upstream's gave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vnlp_colab import catalog
from vnlp_colab.models import loading, registry
from vnlp_colab.models.char_ner import CharNER
from vnlp_colab.models.morphology import StemmerAnalyzer
from vnlp_colab.models.sentiment import GRUSentimentAnalyzer
from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS
from vnlp_colab.store import Bundle, bundle
from vnlp_colab.store.wheels import fetch_wheel

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


class StandIns:
    """Models over word pieces, made of upstream's weight files and of stand-ins under their names.

    They have a cache and a register of their own, so that neither the user's cache nor another test ever sees a
    model that was not trained.
    """

    def __init__(self, weights: Path, home: Path) -> None:
        self.weights, self.home = weights, home
        self._made: dict[Any, Any] = {}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let every model that is made be one of these."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VNLP_COLAB_HOME", str(self.home))
            patch.setenv("VNLP_COLAB_WEIGHTS", str(self.weights))
            patch.delenv("VNLP_COLAB_STORE", raising=False)
            patch.setattr(loading, "_shared", self._made)
            yield

    def __call__(self, name: str, **options: Any) -> Any:
        """Make a model on the processor, with one thread unless ``options`` say more."""
        with self.in_place():
            return registry.create(name, **{"device": "cpu", "threads": 1, **options})

    def bundle(self, name: str) -> Bundle:
        with self.in_place():
            return bundle(name)


@pytest.fixture(scope="session")
def stand_ins(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> StandIns:
    home = tmp_path_factory.mktemp("stand-ins")
    (home / "wheels").mkdir()
    for wheel in catalog.model("SPUContextPoS").wheels:
        shutil.copy(fetch_wheel(wheel), home / "wheels")
    return StandIns(shared_dir / "golden" / "spucontext" / "weights", home)


@pytest.fixture(scope="session")
def golden_spu(shared_dir: Path) -> list[Row]:
    """What upstream 0.2.4's models over word pieces gave with these weights, one dict a text."""
    with (shared_dir / "golden" / "spucontext" / "predictions.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def golden_spu_probabilities(shared_dir: Path) -> Mapping[str, np.ndarray]:
    """Their probabilities, rounded to 6 decimals, by ``<id>/<tool>``."""
    with np.load(shared_dir / "golden" / "spucontext" / "predictions.npz") as arrays:
        return dict(arrays)
