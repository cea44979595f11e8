"""The real converter: of the same sources it makes the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnlp_colab import catalog
from vnlp_colab.store import atomic, bundle
from vnlp_colab.store.bundles import Sources


@pytest.mark.models
@pytest.mark.parametrize("name", [spec.name for spec in catalog.models() if not spec.weight_files])
def test_the_real_converter_is_deterministic(name: str) -> None:
    """Two builds of a model agree to the byte, and with the one in the cache of the environment."""
    built_twice(name)


@pytest.mark.models
@pytest.mark.shared
@pytest.mark.parametrize("name", [spec.name for spec in catalog.models() if spec.weight_files])
def test_the_real_converter_of_unpinned_weights_is_deterministic(
    name: str, shared_dir: Path, tmp_path: Path, monkeypatch
) -> None:
    folder = shared_dir / "golden" / "spucontext" / "weights"
    for file in catalog.model(name).weight_files:
        found = folder / file.filename
        # Of some models there are no weights for evaluation; they are built in the same way from the others.
        (tmp_path / file.filename).symlink_to(found if found.exists() else str(found).replace("_eval.", "_prod."))
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(tmp_path))
    built_twice(name)


def built_twice(name: str) -> None:
    from vnlp_colab import convert

    opened = bundle(name)
    built = convert.build(name, filled(Sources(catalog.model(name))))
    digests = {filename: atomic.sha256_bytes(content) for filename, content in built.items()}
    assert digests == {entry["name"]: entry["sha256"] for entry in opened.manifest["files"]}


def filled(sources: Sources) -> Sources:
    for role, _ in sources.spec.sources:
        sources.role(role)
    return sources
