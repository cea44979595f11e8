"""Damage of every kind to what is cached: seen by the hash, before a graph reaches the runtime."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from server_fakes import FaultyServer
from store_fakes import FakeConverter

from vnlp_colab import VNLPipeline, catalog
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import ModelNotAvailable, OfflineError, StorageError
from vnlp_colab.store import bundle, bundles, places
from vnlp_colab.store.bundles import open_bundle
from vnlp_colab.store.transport import Transport

# Of a file that has more bytes than this, a bit in each of some regions.
REGIONS = 64

Report = Callable[[str, object], None]


def flipped(good: bytes, place: int, bit: int = 0) -> bytes:
    return good[:place] + bytes([good[place] ^ 1 << bit]) + good[place + 1 :]


@pytest.mark.parametrize("filename", ["step.onnx", "weights.bin", "labels.json"])
def test_no_flipped_bit_and_no_cut_passes(
    spec: ModelSpec, converter: FakeConverter, filename: str, record_property: Report
) -> None:
    root = open_bundle(spec, converter=converter).root
    path = root / filename
    good = path.read_bytes()
    places = range(0, len(good), -(-len(good) // (4 * REGIONS)))
    for place in places:
        path.write_bytes(flipped(good, place, place % 8))
        assert bundles.load("Demo", root) is None
        path.write_bytes(good[:place])
        assert bundles.load("Demo", root) is None
    path.write_bytes(good + b"\0")
    assert bundles.load("Demo", root) is None
    record_property("faults", 2 * len(places) + 1)


def test_no_flipped_bit_and_no_cut_of_a_manifest_passes(
    spec: ModelSpec, converter: FakeConverter, record_property: Report
) -> None:
    root = open_bundle(spec, converter=converter).root
    path = root / "manifest.json"
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(flipped(good, place, place % 8))
        assert bundles.load("Demo", root) is None, place
        path.write_bytes(good[:place])
        assert bundles.load("Demo", root) is None, place
    path.write_bytes(good + b"\n")
    assert bundles.load("Demo", root) is None
    path.write_bytes(good)
    assert bundles.load("Demo", root) is not None
    record_property("faults", 2 * len(good) + 1)


def test_every_region_of_real_graphs(home: Path, monkeypatch: pytest.MonkeyPatch, record_property: Report) -> None:
    """With the runtime out of reach: whatever opened a session would fail in another way."""
    named = (spec.name for spec in catalog.closure(("ContextPoS",)))
    opened = next(found for found in map(bundle, named) if any(name.endswith(".onnx") for name in found.files))
    monkeypatch.setattr("vnlp_colab.runtime.session.open_session", lambda *arguments: pytest.fail("opened"))
    graphs = [opened.path(name) for name in opened.files if name.endswith(".onnx")]
    assert graphs
    for path in graphs:
        size = path.stat().st_size
        with path.open("r+b", buffering=0) as stream:
            for region in range(REGIONS // 4):
                place = region * size // (REGIONS // 4)
                good = os.pread(stream.fileno(), 1, place)
                os.pwrite(stream.fileno(), flipped(good, 0, region % 8), place)
                assert bundles.load(opened.name, opened.root) is None
                os.pwrite(stream.fileno(), good, place)
    assert bundles.load(opened.name, opened.root) == opened
    record_property("faults", len(graphs) * (REGIONS // 4))


def test_a_store_that_leads_to_local_files(served: FaultyServer, tmp_path: Path, record_property: Report) -> None:
    (tmp_path / "secret").write_text("secret")
    root = places.parse(served.url, "test")
    targets = (f"file://{tmp_path}/secret", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x")
    record_property("faults", len(targets))
    for number, target in enumerate(targets):
        served.redirects[f"/{number}"] = target
        with pytest.raises((ModelNotAvailable, OfflineError)), Transport() as opened:
            opened.read(root.child(str(number)), limit=99)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("when", [0, 1, 2**31 - 1, 2**33])
def test_the_clock_jumps(spec: ModelSpec, converter: FakeConverter, when: int) -> None:
    opened = open_bundle(spec, converter=converter)
    for path in (opened.root, *opened.root.iterdir()):
        os.utime(path, (when, when))
    assert open_bundle(spec, converter=converter) == opened
    assert converter.builds == 1


@pytest.fixture
def full_disk(make_disk: Callable[[str], Path]) -> Path:
    """A file system of 64 kB with nothing left on it."""
    return make_disk("64k")


@pytest.mark.usefixtures("one_fault")
def test_a_cache_on_a_full_disk(full_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_HOME", str(full_disk / "home"))
    with pytest.raises(StorageError, match=r"No space left on device.*VNLP_COLAB_HOME"):
        VNLPipeline("pos:ContextPoS", progress=False)
    assert [path for path in full_disk.rglob("*.onnx")] == []


@pytest.mark.usefixtures("one_fault")
def test_a_cache_that_may_only_be_read(full_disk: Path, spec: ModelSpec, converter: FakeConverter, monkeypatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_HOME", str(full_disk / "home"))
    subprocess.run(["mount", "-o", "remount,ro", str(full_disk)], check=True)
    with pytest.raises((StorageError, OfflineError)) as raised:
        VNLPipeline("pos:ContextPoS", progress=False)
    assert "Read-only" in str(raised.value)
