"""The two environment variables."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from vnlp_colab.store import paths


def test_home_is_the_users_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VNLP_COLAB_HOME", "~/models")
    assert paths.home() == Path.home() / "models"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VNLP_COLAB_HOME", "here")
    assert paths.home() == tmp_path / "here"
    assert not paths.home().exists()


@pytest.mark.parametrize("value", [None, "", "  "])
def test_home_defaults_to_the_platforms_cache(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("VNLP_COLAB_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("VNLP_COLAB_HOME", value)
    assert paths.home() == Path(platformdirs.user_cache_dir("vnlp-colab", appauthor=False))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("true", True), ("YES", True), (" on ", True), ("0", False), ("", False), ("no", False)],
)
def test_offline(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", value)
    assert paths.offline() is expected


def test_offline_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VNLP_COLAB_OFFLINE", raising=False)
    assert not paths.offline()
