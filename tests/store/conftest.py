"""An empty cache of its own for every test of the store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from store_fakes import FakeConverter, model_spec, write_wheel

from vnlp_colab.catalog import ModelSpec, Wheel


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, not there yet; the network is forbidden unless a test allows it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("VNLP_COLAB_HOME", str(folder))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    return folder


@pytest.fixture
def index(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the only package index; it holds nothing yet."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("VNLP_COLAB_OFFLINE")
    return folder


@pytest.fixture
def wheel(tmp_path: Path) -> Wheel:
    """A wheel that exists, but is not in the cache: see ``tmp_path / "made"``."""
    return write_wheel(tmp_path / "made")


@pytest.fixture
def cached_wheel(tmp_path: Path, home: Path, wheel: Wheel) -> Wheel:
    (home / "wheels").mkdir(parents=True)
    shutil.copy(tmp_path / "made" / wheel.filename, home / "wheels")
    return wheel


@pytest.fixture
def spec(cached_wheel: Wheel) -> ModelSpec:
    """A model whose sources are cached."""
    return model_spec(cached_wheel)


@pytest.fixture
def converter() -> FakeConverter:
    return FakeConverter()
