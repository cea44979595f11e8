"""Converted models: built once, checked always, whole or not there."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from store_fakes import FakeConverter, model_spec, onnx_bytes

from vnlp_colab.catalog import ModelSpec, Wheel
from vnlp_colab.errors import ConversionError, ModelNotAvailable, OfflineError, StorageError
from vnlp_colab.store import atomic, bundle, bundles
from vnlp_colab.store.bundles import Sources, cached, open_bundle
from vnlp_colab.store.manifest import encode


def entries(home: Path) -> list[str]:
    folder = home / "models"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_bundle_is_built_once(spec: ModelSpec, converter: FakeConverter) -> None:
    first = open_bundle(spec, converter=converter)
    second = open_bundle(spec, converter=converter)
    assert first == second and converter.builds == 1
    assert first.files == ("labels.json", "step.onnx", "weights.bin")
    assert first.path("weights.bin").read_bytes() == b"weights" * 1000
    assert first.read_json("labels.json") == {"labels": ["A", "İ"]}
    assert first.size == sum(first.path(name).stat().st_size for name in first.files)


def test_the_manifest_says_what_it_is_and_whence(spec: ModelSpec, converter: FakeConverter) -> None:
    opened = open_bundle(spec, converter=converter)
    manifest = json.loads((opened.root / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == opened.manifest
    for key, value in {
        "name": "Demo",
        "architecture": "demo",
        "converter_version": 1,
        "licence": "MIT",
        "created_by": "vnlp-colab 0.1.0",
    }.items():
        assert manifest[key] == value
    wheel = spec.wheels[0].filename
    assert manifest["sources"] == [
        {"wheel": wheel, "member": member.path, "sha256": member.sha256}
        for member in sorted((member for _, member in spec.sources), key=lambda member: member.path)
    ]
    graph = next(entry for entry in manifest["files"] if entry["name"] == "step.onnx")
    assert graph["sha256"] == atomic.sha256_bytes(onnx_bytes()) and graph["size"] == len(onnx_bytes())
    assert graph["opset"] == {"ai.onnx": 17}
    assert graph["inputs"] == [{"name": "x", "dtype": "float", "shape": ["n", 3]}]
    assert graph["outputs"] == [{"name": "y", "dtype": "float", "shape": ["n", 2]}]


def test_the_manifest_is_the_same_every_time(spec: ModelSpec, converter: FakeConverter, home: Path) -> None:
    path = open_bundle(spec, converter=converter).root / "manifest.json"
    first = path.read_bytes()
    shutil.rmtree(home / "models")
    open_bundle(spec, converter=converter)
    assert path.read_bytes() == first


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("filename", ["weights.bin", "step.onnx", "labels.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["bit", "cut", "gone"])
def test_a_damaged_file_is_built_again(
    spec: ModelSpec, converter: FakeConverter, home: Path, filename: str, damage: str
) -> None:
    path = open_bundle(spec, converter=converter).root / filename
    good = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(good[: len(good) // 2] if damage == "cut" else good[:9] + b"\xff" + good[10:])
    again = open_bundle(spec, converter=converter)
    assert (again.root / filename).read_bytes() == good and converter.builds == 2
    assert entries(home) == [again.root.name]


@pytest.mark.usefixtures("one_fault")
def test_a_damaged_bundle_without_sources_offline_says_what_to_run(
    spec: ModelSpec, converter: FakeConverter, home: Path
) -> None:
    opened = open_bundle(spec, converter=converter)
    shutil.rmtree(home / "wheels")
    assert open_bundle(spec, converter=converter) == opened
    opened.path("weights.bin").write_bytes(b"damaged")
    with pytest.raises(OfflineError, match="vnlp-colab models pull Demo"):
        open_bundle(spec, converter=converter)


def test_offline_with_nothing_cached_writes_nothing(home: Path, wheel: Wheel, converter: FakeConverter) -> None:
    with pytest.raises(OfflineError, match="vnlp-colab models pull Demo"):
        open_bundle(model_spec(wheel), converter=converter)
    assert not home.exists() and converter.builds == 0


def test_another_converter_or_source_makes_another_folder(spec: ModelSpec, converter: FakeConverter) -> None:
    first = open_bundle(spec, converter=converter)
    newer = FakeConverter()
    newer.CONVERTER_VERSION = 2
    assert open_bundle(spec, converter=newer).root != first.root
    role, member = spec.sources[0]
    changed = dataclasses.replace(
        spec, sources=((role, dataclasses.replace(member, sha256="0" * 64)), *spec.sources[1:])
    )
    assert cached(changed, converter) is None and cached(spec, converter) == first
    assert first.root.exists()


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("filename", ["../outside", "a/b", "", "..", "manifest.json", "/etc/x"])
def test_a_converter_cannot_write_elsewhere(spec: ModelSpec, home: Path, filename: str) -> None:
    class Stray(FakeConverter):
        def build(self, name, sources):
            return {filename: b"x"}

    with pytest.raises(ConversionError):
        open_bundle(spec, converter=Stray())
    assert entries(home) == []


@pytest.mark.usefixtures("one_fault")
def test_a_manifest_cannot_point_elsewhere(spec: ModelSpec, converter: FakeConverter, home: Path) -> None:
    opened = open_bundle(spec, converter=converter)
    (home / "outside").write_bytes(b"x")
    manifest = opened.manifest | {"files": [{"name": "../../outside", "size": 1, "sha256": atomic.sha256_bytes(b"x")}]}
    (opened.root / "manifest.json").write_bytes(encode(manifest))
    assert open_bundle(spec, converter=converter).files == opened.files


@pytest.mark.usefixtures("one_fault")
def test_a_converter_that_fails_leaves_nothing(spec: ModelSpec, home: Path) -> None:
    class Failing(FakeConverter):
        def build(self, name, sources):
            raise ConversionError("weights do not fit")

    with pytest.raises(ConversionError, match="do not fit"):
        open_bundle(spec, converter=Failing())
    assert entries(home) == []


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("step", ["write", "publish"])
def test_a_disk_that_refuses_leaves_nothing(
    spec: ModelSpec, converter: FakeConverter, home: Path, monkeypatch, code: int, step: str
) -> None:
    def refuse(*arguments) -> None:
        raise OSError(code, os.strerror(code), str(arguments[0]))

    monkeypatch.setattr(bundles, "write_synced" if step == "write" else "publish_folder", refuse)
    with pytest.raises(StorageError, match=os.strerror(code)):
        open_bundle(spec, converter=converter)
    assert entries(home) == []


@pytest.mark.usefixtures("one_fault")
def test_a_write_cut_short_by_the_system_leaves_nothing(spec: ModelSpec, converter: FakeConverter, home: Path) -> None:
    """The kernel itself refuses the write in its middle, as it would on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    open_bundle(spec, converter=converter)
    shutil.rmtree(home / "models")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StorageError, match="cannot use"):
            open_bundle(spec, converter=converter)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert entries(home) == []


@pytest.mark.usefixtures("one_fault")
def test_a_half_written_bundle_is_never_visible(spec: ModelSpec, home: Path, monkeypatch) -> None:
    seen = []
    write = bundles.write_synced

    def watched(path: Path, data: bytes) -> None:
        write(path, data)
        seen.append([name for name in entries(home) if not name.startswith(".")])
        assert cached(spec, FakeConverter()) is None

    monkeypatch.setattr(bundles, "write_synced", watched)
    opened = open_bundle(spec, converter=FakeConverter())
    assert seen == [[]] * 4
    assert entries(home) == [opened.root.name]


@pytest.mark.usefixtures("one_fault")
def test_left_overs_of_a_killed_process_are_deleted(spec: ModelSpec, converter: FakeConverter, home: Path) -> None:
    root = open_bundle(spec, converter=converter).root
    os.replace(root, root.with_name(f".{root.name}-0123456789ab.partial"))
    open_bundle(spec, converter=converter)
    assert entries(home) == [root.name] and converter.builds == 2


@pytest.mark.usefixtures("one_fault")
def test_two_processes_build_once(cached_wheel: Wheel, home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = Path(__file__).with_name("store_fakes.py")
    command = [sys.executable, str(program), str(home / "wheels" / cached_wheel.filename), str(log)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    roots = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(log.read_text().splitlines()) == 1
    assert entries(home) == [Path(root).name for root in roots]


@pytest.mark.usefixtures("one_fault")
def test_threads_build_once(spec: ModelSpec) -> None:
    slow = FakeConverter(seconds=0.2)
    found = []
    threads = [threading.Thread(target=lambda: found.append(open_bundle(spec, converter=slow))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slow.builds == 1 and len(found) == 4


def test_sources_are_what_the_catalog_declares(spec: ModelSpec) -> None:
    sources = Sources(spec)
    wheel = spec.wheels[0]
    assert sources.sha256 == {}
    assert sources.role("labels") == sources.read(wheel, "demo/labels.json")
    assert sources.read(wheel.version, "demo/weights.bin") == b"weights" * 1000
    assert sources.sha256 == {f"{wheel.filename}:{member.path}": member.sha256 for _, member in spec.sources}
    with pytest.raises(ConversionError, match="does not declare"):
        sources.read(wheel, "demo/other")
    with pytest.raises(ConversionError, match="no source 'lexicon'"):
        sources.role("lexicon")


def test_files_that_the_bundle_lacks_are_named(spec: ModelSpec, converter: FakeConverter) -> None:
    with pytest.raises(ConversionError, match=r"no file 'other'; it has labels\.json"):
        open_bundle(spec, converter=converter).path("other")


def test_unknown_models_are_refused(home: Path) -> None:
    with pytest.raises(ModelNotAvailable, match="known models"):
        bundle("Nothing")


@pytest.mark.usefixtures("one_fault")
def test_a_read_only_cache_that_is_full_works(spec: ModelSpec, converter: FakeConverter, monkeypatch) -> None:
    opened = open_bundle(spec, converter=converter)

    def refuse(*arguments):
        raise AssertionError("a cached model must be read without writing anything")

    monkeypatch.setattr(bundles, "locked", refuse)
    monkeypatch.setattr(bundles, "staging_dir", refuse)
    assert open_bundle(spec, converter=converter) == opened


def test_importing_the_store_is_light() -> None:
    program = "import sys, vnlp_colab.store; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(modules.stdout.split())
    assert not {"onnx", "onnxruntime", "pandas", "numpy", "h5py", "tqdm", "vnlp_colab.convert"} & loaded
