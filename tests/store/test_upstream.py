"""Weights without published hashes: recorded at first use, checked ever after."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from server_fakes import FLIP, FaultyServer
from store_fakes import WEIGHTS, FakeConverter

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import ConversionError, CorruptDownload, ModelNotAvailable, OfflineError
from vnlp_colab.store import manage
from vnlp_colab.store.bundles import bundle, cached, open_bundle

OTHER = WEIGHTS[::-1]


def folders(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "models").glob("*"))


@pytest.fixture
def bucket(served: FaultyServer, tmp_path: Path, monkeypatch) -> FaultyServer:
    """A server in the place of VNGRS's bucket, not named by the user."""
    (tmp_path / "served" / "Demo.weights").write_bytes(WEIGHTS)
    monkeypatch.setattr(catalog, "BUCKET", served.url + "/")
    return served


def test_a_model_is_built_from_the_bucket_and_then_needs_it_no_more(
    bucket: FaultyServer, unpinned: ModelSpec, home: Path, monkeypatch
) -> None:
    found = bundle("Demo")
    assert found.path("weights.bin").read_bytes() == WEIGHTS
    assert {"file": "Demo.weights", "sha256": _digest(WEIGHTS)} in found.manifest["sources"]
    assert len(bucket.requests) == 1
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    shutil.rmtree(home / "wheels")
    assert bundle("Demo") == found == cached(unpinned)
    shutil.rmtree(home / "weights")
    assert bundle("Demo") == found and len(bucket.requests) == 1


def test_fetched_weights_are_kept(bucket: FaultyServer, unpinned: ModelSpec, home: Path) -> None:
    found = bundle("Demo")
    shutil.rmtree(home / "models")
    bucket.close()
    assert bundle("Demo") == found
    assert (home / "weights" / "vngrs" / "Demo.weights").read_bytes() == WEIGHTS


def test_what_is_fetched_again_must_be_the_same(
    bucket: FaultyServer, unpinned: ModelSpec, home: Path, tmp_path: Path
) -> None:
    bundle("Demo")
    shutil.rmtree(home / "models")
    assert manage.remove_sources() == len(WEIGHTS)
    (tmp_path / "served" / "Demo.weights").write_bytes(OTHER)
    record = home / "weights" / "vngrs" / "Demo.weights.json"
    with pytest.raises(CorruptDownload, match="its sha256 is") as raised:
        bundle("Demo")
    assert f"or delete {record}" in str(raised.value) and f"{bucket.url}/Demo.weights" in str(raised.value)
    assert folders(home) == []


def test_damaged_kept_weights_are_fetched_again(bucket: FaultyServer, unpinned: ModelSpec, home: Path) -> None:
    found = bundle("Demo")
    shutil.rmtree(home / "models")
    kept = home / "weights" / "vngrs" / "Demo.weights"
    kept.write_bytes(OTHER)
    assert [str(kept)] == [fault.partition(":")[0] for fault in manage.verify().faults]
    assert bundle("Demo") == found
    assert kept.read_bytes() == WEIGHTS and manage.verify().faults == ()


def test_nothing_is_recorded_of_weights_that_do_not_convert(
    bucket: FaultyServer, unpinned: ModelSpec, home: Path, tmp_path: Path
) -> None:
    """A login page in the place of the weights must not become the weights for ever."""

    class Strict(FakeConverter):
        def build(self, name, sources):
            if sources.role("weights") != WEIGHTS:
                raise ConversionError("these are no weights")
            return super().build(name, sources)

    (tmp_path / "served" / "Demo.weights").write_bytes(b"<html>please log in</html>")
    with pytest.raises(ConversionError, match="no weights"):
        open_bundle(unpinned, converter=Strict())
    assert not (home / "weights").exists() and folders(home) == []
    (tmp_path / "served" / "Demo.weights").write_bytes(WEIGHTS)
    assert open_bundle(unpinned, converter=Strict()).path("weights.bin").read_bytes() == WEIGHTS


def test_a_file_far_too_large_is_refused(bucket: FaultyServer, unpinned: ModelSpec, home: Path, tmp_path: Path) -> None:
    (tmp_path / "served" / "Demo.weights").write_bytes(bytes(10_001))
    with pytest.raises(CorruptDownload, match=r"Demo\.weights: it is larger than the 10,000 bytes"):
        bundle("Demo")
    assert folders(home) == []


def test_other_weights_make_another_bundle(
    home: Path, unpinned: ModelSpec, weights_folder: Path, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
    first = bundle("Demo")
    assert bundle("Demo") == first
    (weights_folder / "Demo.weights").write_bytes(OTHER)
    assert cached(unpinned) is None
    second = bundle("Demo")
    assert second.root != first.root and second.path("weights.bin").read_bytes() == OTHER
    (weights_folder / "Demo.weights").write_bytes(WEIGHTS)
    assert bundle("Demo") == first
    assert len(folders(home)) == 2


@pytest.mark.parametrize("gone", ["folder", "variable"])
def test_the_folder_may_go(
    home: Path, unpinned: ModelSpec, weights_folder: Path, monkeypatch, tmp_path: Path, gone: str
) -> None:
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", weights_folder.as_uri())
    found = bundle("Demo")
    if gone == "folder":
        shutil.rmtree(weights_folder)
    else:
        monkeypatch.delenv("VNLP_COLAB_WEIGHTS")
    assert bundle("Demo") == found


def test_a_folder_without_the_file_does_not_hide_what_is_cached(
    home: Path, unpinned: ModelSpec, weights_folder: Path, monkeypatch, tmp_path: Path, caplog
) -> None:
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
    found = bundle("Demo")
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(tmp_path / "empty"))
    with caplog.at_level(logging.WARNING):
        assert bundle("Demo") == found
    assert "there is no folder" in caplog.text


def test_a_damaged_bundle_is_built_anew_and_not_replaced_by_another(
    home: Path, unpinned: ModelSpec, weights_folder: Path, monkeypatch
) -> None:
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
    first = bundle("Demo")
    (weights_folder / "Demo.weights").write_bytes(OTHER)
    second = bundle("Demo")
    second.path("weights.bin").write_bytes(b"damaged")
    assert bundle("Demo") == second
    assert first.root.exists() and second.path("weights.bin").read_bytes() == OTHER


def test_a_mirror_replaces_the_bucket(
    served: FaultyServer, unpinned: ModelSpec, home: Path, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "served" / "deep").mkdir()
    (tmp_path / "served" / "deep" / "Demo.weights").write_bytes(WEIGHTS)
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", f"{served.url}/deep/")
    served.faults["Demo.weights"] = [500, FLIP]
    found = bundle("Demo")
    # Nothing tells that the second answer was damaged, but it has its own hash and so its own folder.
    assert found.path("weights.bin").read_bytes() != WEIGHTS
    served.close()
    assert bundle("Demo") == found


def test_an_explicit_mirror_wins_over_another_cached_bundle(
    served: FaultyServer, unpinned: ModelSpec, weights_folder: Path, home: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
    bundle("Demo")
    (tmp_path / "served" / "Demo.weights").write_bytes(OTHER)
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", served.url)
    assert bundle("Demo").path("weights.bin").read_bytes() == OTHER


def test_weights_that_are_nowhere(unpinned: ModelSpec, home: Path, tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(OfflineError) as raised:
        bundle("Demo")
    message = str(raised.value)
    for part in (str(home), "VNLP_COLAB_STORE is not set", f"{catalog.BUCKET}Demo.weights", "VNLP_COLAB_OFFLINE"):
        assert part in message
    assert "Set VNLP_COLAB_WEIGHTS to a folder or a URL with Demo.weights" in message
    assert f"copy its cache folder (`vnlp-colab doctor` names it) to {home}" in message
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("VNLP_COLAB_STORE", str(tmp_path / "empty"))
    with pytest.raises(ModelNotAvailable) as raised_too:
        bundle("Demo")
    for part in (f"there is no folder {tmp_path / 'nowhere'}", f"{tmp_path / 'empty'} does not have it"):
        assert part in str(raised_too.value)
    assert folders(home) == []


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
