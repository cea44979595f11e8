"""Converted models in folders of the user's, outside the cache."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from vnlp_colab import catalog
from vnlp_colab.errors import CorruptDownload, InputError, StorageError
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store import paths
from vnlp_colab.store.atomic import (
    locked,
    publish_file,
    publish_folder,
    remove_quietly,
    sha256_bytes,
    staging_dir,
    storage_errors,
    write_synced,
)
from vnlp_colab.store.bundles import MANIFEST, Bundle

REPORT = "verification.json"
"""The report of a comparison with the source, which travels with the model and is no part of it."""


def write_folder(
    root: Path, name: str, sources: Mapping[str, str], converter_version: int, files: Mapping[str, bytes]
) -> Bundle:
    """Write a converted model into a folder, which appears with everything in it or not at all.

    Args:
        root: The folder; it may be new, empty, or hold a converted model, which is replaced.
        name: The model's name in the catalog.
        sources: What it was made of, as ``Sources.sha256`` has it.
        converter_version: The converter's version.
        files: File name to content.

    Raises:
        InputError: There is something else in the folder.
        StorageError: It cannot be written.
    """
    root = root.absolute()
    check_target(root)
    manifest = manifests.describe(catalog.model(name), sources, converter_version, files)
    with (
        locked(paths.lock_path(f"folder-{sha256_bytes(str(root).encode())[:12]}")),
        staging_dir(root) as staging,
        storage_errors(root),
    ):
        for filename, content in files.items():
            write_synced(staging / filename, content)
        write_synced(staging / MANIFEST, manifests.encode(manifest))
        check_target(root)
        publish_folder(staging, root)
    return open_folder(root)


def check_target(root: Path) -> None:
    """Raise ``InputError`` if writing a model to a folder would delete something that is no converted model."""
    with storage_errors(root):
        if not root.exists():
            return
        if not root.is_dir():
            raise InputError("is not a folder", path=root)
        found = {path.name for path in root.iterdir()}
    manifest = manifests.read(root / MANIFEST)
    ours = set() if manifest is None else {MANIFEST, REPORT, *(entry["name"] for entry in manifest["files"])}
    if found - ours:
        raise InputError(
            f"holds {sorted(found - ours)[0]!r}, which is no part of a converted model of this version: delete the "
            "folder, or name a new or empty one",
            path=root,
        )


def open_folder(root: Path) -> Bundle:
    """Open the converted model in a folder, after checking every file's hash.

    Raises:
        InputError: There is no converted model in it.
        CorruptDownload: A file is not what the manifest says.
    """
    manifest = manifests.read(root / MANIFEST)
    if manifest is None and (root / MANIFEST).is_file():
        raise InputError(
            f"its {MANIFEST} is damaged, or of another version's format: convert the model again, into a new folder",
            path=root,
        )
    if manifest is None or not isinstance(manifest.get("name"), str):
        raise InputError(f"has no {MANIFEST} of a converted model", path=root)
    faults = manifests.faults(root, manifest)
    if faults:
        raise CorruptDownload(f"{faults[0]}: convert or fetch the model again")
    return Bundle(manifest["name"], root, manifest)


def write_report(path: Path, content: bytes) -> None:
    """Write a report, which appears whole or not at all.

    Raises:
        StorageError: It cannot be written.
    """
    path = path.absolute()
    if path.is_dir():
        raise StorageError(f"cannot write the report to {path}, which is a folder")
    # No lock as for folders: it would need a cache that can be written, and each writer has a name of its own here.
    partial = path.with_name(f".{path.name}-{secrets.token_hex(6)}.partial")
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_synced(partial, content)
            publish_file(partial, path)
        finally:
            remove_quietly(partial)
