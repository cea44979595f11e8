"""``manifest.json``: what a bundle is, what it was made of, and what its files must be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vnlp_colab import __version__
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.store.atomic import sha256_bytes, sha256_file, storage_errors

FORMAT = 1


def describe(
    spec: ModelSpec, sources: Mapping[str, str], converter_version: int, files: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the manifest of a bundle. Equal input gives an equal manifest: there are no times in it.

    Args:
        spec: The model's row in the catalog.
        sources: ``"<wheel file>:<member path>"`` to hex digest, of what the converter read.
        converter_version: The converter's version.
        files: File name to content.
    """
    return {
        "format": FORMAT,
        "name": spec.name,
        "architecture": spec.architecture,
        "task": spec.task,
        "converter_version": converter_version,
        "created_by": f"vnlp-colab {__version__}",
        "licence": spec.licence,
        "origin": spec.origin,
        "sources": [_source(key, digest) for key, digest in sorted(sources.items())],
        "files": [_file(name, content) for name, content in sorted(files.items())],
    }


def encode(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as it is written to disk."""
    return (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()


def read(path: Path) -> dict[str, Any] | None:
    """Return a manifest, or ``None`` if there is none or it is not one that this version writes."""
    try:
        with storage_errors(path):
            manifest = json.loads(path.read_bytes()) if path.is_file() else None
    except ValueError:  # JSON or UTF-8: a damaged file counts as a missing one, and is built again
        return None
    return manifest if _is_valid(manifest) else None


def faults(root: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return one line for each file of ``root`` that differs from the manifest."""
    found = []
    with storage_errors(root):
        for entry in manifest["files"]:
            path = root / entry["name"]
            if not path.is_file():
                found.append(f"{path}: missing")
            elif path.stat().st_size != entry["size"]:
                found.append(f"{path}: {path.stat().st_size} bytes where {entry['size']} are expected")
            elif (digest := sha256_file(path)) != entry["sha256"]:
                found.append(f"{path}: sha256 {digest} where {entry['sha256']} is expected")
    return found


def _is_valid(manifest: Any) -> bool:
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return False
    files = manifest.get("files")
    return isinstance(files, list) and all(
        isinstance(entry, dict)
        and isinstance(entry.get("name"), str)
        # A manifest may come from elsewhere with a copied cache: it must not point out of its folder.
        and Path(entry["name"]).name == entry["name"]
        and isinstance(entry.get("size"), int)
        and isinstance(entry.get("sha256"), str)
        for entry in files
    )


def _source(key: str, digest: str) -> dict[str, str]:
    wheel, _, member = key.partition(":")
    return {"wheel": wheel, "member": member, "sha256": digest}


def _file(name: str, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "sha256": sha256_bytes(content), "size": len(content)}
    if name.endswith(".onnx"):
        entry |= _graph(content)
    return entry


def _graph(content: bytes) -> dict[str, Any]:
    # onnx takes long to import and is needed only while building.
    import onnx

    model = onnx.load_model_from_string(content)
    return {
        "opset": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "inputs": [_tensor(value) for value in model.graph.input],
        "outputs": [_tensor(value) for value in model.graph.output],
    }


def _tensor(value: Any) -> dict[str, Any]:
    import onnx

    tensor = value.type.tensor_type
    return {
        "name": value.name,
        "dtype": onnx.TensorProto.DataType.Name(tensor.elem_type).lower(),
        "shape": [axis.dim_param if axis.HasField("dim_param") else axis.dim_value for axis in tensor.shape.dim],
    }
