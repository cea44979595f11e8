"""``manifest.json``: what a bundle is, what it was made of, and what its files must be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vnlp_colab import __version__
from vnlp_colab.catalog import ModelSpec, Pinned
from vnlp_colab.store.atomic import sha256_bytes, sha256_file, storage_errors
from vnlp_colab.store.sources import bundle_key, source_key

MANIFEST = "manifest.json"
FORMAT = 2
LABELS = "labels.json"

# A manifest may come from elsewhere, with a copied cache or from a store: what it names must stay in its folder,
# on every system, and what it announces must fit on a disk.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OWN = "sha256"
"""The manifest's own: of its text without this entry, the last one."""
_MAX_NAME = 100
_MAX_FILES = 100
_MAX_BYTES = 4 << 30


def describe(
    spec: ModelSpec, sources: Mapping[str, str], converter_version: int, files: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the manifest of a bundle. Equal input gives an equal manifest: there are no times in it.

    Args:
        spec: The model's row in the catalog.
        sources: ``"<wheel file>:<member path>"``, or the name of a weight file, to hex digest, of what the converter
            read.
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
        **({} if spec.precision is None else {"precision": spec.precision, "variant_of": spec.variant_of}),
        "tokenizer": spec.tokenizer,
        "labels": labels_of(files.get(LABELS)),
        "sources": [_source(key, digest) for key, digest in sorted(sources.items())],
        "files": [_file(name, content) for name, content in sorted(files.items())],
    }


def encode(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as it is written, with its own hash at its end."""
    rest = {key: value for key, value in manifest.items() if key != _OWN}
    return _text(rest | {_OWN: sha256_bytes(_text(rest))})


def decode(data: bytes) -> dict[str, Any] | None:
    """Return what ``encode`` wrote; ``None`` if it wrote something else, or what it wrote has changed in any bit."""
    try:
        manifest = json.loads(data)
        return manifest if _is_valid(manifest) and encode(manifest) == data else None
    except (ValueError, RecursionError):  # JSON, UTF-8, brackets without end
        return None


def read(path: Path) -> dict[str, Any] | None:
    """Return a manifest, or ``None`` if there is none, or a damaged one, which counts as missing."""
    with storage_errors(path):
        return decode(path.read_bytes()) if path.is_file() else None


def of_another_format(path: Path) -> bool:
    """Tell whether a manifest is one of another version of this package, as far as it says."""
    try:
        with storage_errors(path):
            found = json.loads(path.read_bytes()) if path.is_file() else None
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and type(found.get("format")) is int and found["format"] != FORMAT


def key_of(spec: ModelSpec, manifest: Mapping[str, Any]) -> str | None:
    """Return the key of the bundle that a manifest describes, or ``None`` if it is not of this model's sources.

    Pinned sources must have the pinned hashes; of the others any hash will do.
    """
    stated: dict[str, str] = {}
    for entry in manifest.get("sources", ()):
        if isinstance(entry, dict) and isinstance(entry.get("sha256"), str):
            stated[entry["file"] if "file" in entry else f"{entry.get('wheel')}:{entry.get('member')}"] = entry[
                "sha256"
            ]
    digests = {role: stated.get(source_key(source), "") for role, source in spec.sources}
    right = all(
        digests[role] == source.sha256 if isinstance(source, Pinned) else _SHA256.fullmatch(digests[role])
        for role, source in spec.sources
    )
    same = manifest.get("name") == spec.name and manifest.get("architecture") == spec.architecture
    version = manifest.get("converter_version")
    return bundle_key(spec, version, digests) if right and same and isinstance(version, int) else None


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


def is_plain_name(name: object) -> bool:
    """Tell whether ``name`` is a file name that means the same on every system and no folder on any."""
    return isinstance(name, str) and len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def labels_of(content: bytes | None) -> list[str] | None:
    """Return the labels of a vocabulary file, by their numbers."""
    if content is None:
        return None
    vocabulary = json.loads(content)
    words = vocabulary.get("words") if isinstance(vocabulary, dict) else None
    # Number 0 is padding, which the networks can answer too.
    return ["", *map(str, words)] if isinstance(words, list) else None


def _text(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _is_valid(manifest: Any) -> bool:
    """Tell whether a manifest is of this format, and safe: it names plain files of bounded size, each once."""
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return False
    files = manifest.get("files")
    if not isinstance(files, list) or not 0 < len(files) <= _MAX_FILES or not all(map(_is_valid_file, files)):
        return False
    # Some systems hold names for equal that differ in case only.
    names = {entry["name"].lower() for entry in files}
    small = sum(entry["size"] for entry in files) <= _MAX_BYTES
    sources = manifest.get("sources", [])
    return small and len(names) == len(files) and MANIFEST not in names and isinstance(sources, list)


def _is_valid_file(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and is_plain_name(entry.get("name"))
        and type(entry.get("size")) is int
        and entry["size"] >= 0
        and isinstance(entry.get("sha256"), str)
        and _SHA256.fullmatch(entry["sha256"]) is not None
    )


def _source(key: str, digest: str) -> dict[str, str]:
    wheel, colon, member = key.partition(":")
    if not colon:
        return {"file": key, "sha256": digest}
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
