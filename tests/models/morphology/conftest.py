"""Tables for the analyser's tests: tiny ones written here, and the real ones."""

from __future__ import annotations

import pytest
from analyser_fakes import TINY_EXACT, TINY_STEMS, TINY_SUFFIXES

from vnlp_colab import catalog
from vnlp_colab.convert.analyser_tables import compile_tables
from vnlp_colab.models.morphology.tables import AnalyserTables
from vnlp_colab.store.bundles import Sources


@pytest.fixture(scope="session")
def tiny_tables() -> AnalyserTables:
    return AnalyserTables.from_json(compile_tables(TINY_STEMS, TINY_SUFFIXES, TINY_EXACT))


@pytest.fixture(scope="session")
def compiled_tables() -> bytes:
    """The real tables, compiled from the published files."""
    sources = Sources(catalog.model("StemmerAnalyzer"))
    return compile_tables(*(sources.role(role).decode("utf-8") for role in ("stems", "suffixes", "exact")))


@pytest.fixture(scope="session")
def analyser_tables(compiled_tables: bytes) -> AnalyserTables:
    return AnalyserTables.from_json(compiled_tables)
