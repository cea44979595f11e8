"""A store whose publisher means harm: nothing of it gets into the cache, and nothing anywhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shelf_fakes import nothing_is_cached, rewrite

from vnlp_colab.errors import CorruptDownload
from vnlp_colab.store import bundle, shelf


def set_file(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: manifest["files"][0].update(values)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize(
    "change",
    [
        *(
            set_file(name=name)
            for name in ("../x", "/etc/x", "a/b", "a\\b", "..", "", ".x", "x:y", "x\0", "C:x", 3, None)
        ),
        *(set_file(name=name) for name in ("manifest.json", "MANIFEST.JSON", "STEP.onnx", "x" * 101, "x.", "ö")),
        *(set_file(size=size) for size in (-1, 1 << 60, "1", 1.5, True, None)),
        *(set_file(sha256=digest) for digest in ("", "x" * 64, None)),
        lambda manifest: manifest.update(files=[]),
        lambda manifest: manifest.update(files={"name": "x"}),
        lambda manifest: manifest.update(files=manifest["files"] * 60),
        lambda manifest: manifest.update(name="Other"),
        lambda manifest: manifest.update(architecture="other"),
        lambda manifest: manifest.update(converter_version=2),
        lambda manifest: manifest.update(format=3),
        lambda manifest: manifest.update(sources=[]),
        lambda manifest: manifest.update(sources=3),
        lambda manifest: manifest["sources"][0].update(sha256="0" * 64),
        lambda manifest: manifest["sources"][1].update(sha256="0" * 64),
    ],
)
def test_a_hostile_manifest_is_refused(
    store: Path, home: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(store, change)
    before = sorted(tmp_path.glob("*"))
    with pytest.raises(CorruptDownload, match=r"manifest\.json"):
        bundle("Demo")
    assert nothing_is_cached(home) and sorted(tmp_path.glob("*")) == before


@pytest.mark.usefixtures("one_fault")
def test_an_announced_size_is_a_limit(store: Path, home: Path) -> None:
    rewrite(store, set_file(size=3))
    with pytest.raises(CorruptDownload, match="larger than the 3 bytes"):
        bundle("Demo")
    assert nothing_is_cached(home)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"format": 2, "models": {}}',
        b'{"format": 1}',
        b'{"format": 1, "models": []}',
        b'{"format": 1, "models": {"Demo": [{}]}}',
        b'{"format": 1, "models": {"Demo": [3]}}',
        b'{"format": 1, "models": {"Demo": [{"key": "../..", "converter_version": 1, "manifest_sha256": ""}]}}',
        b"[" * 100_000,
        b" " * (shelf.MAX_INDEX + 1),
    ],
)
def test_an_index_that_is_none_is_refused(store: Path, home: Path, index: bytes) -> None:
    (store / "index.json").write_bytes(index)
    with pytest.raises(CorruptDownload, match=r"index\.json"):
        bundle("Demo")
    assert nothing_is_cached(home)
