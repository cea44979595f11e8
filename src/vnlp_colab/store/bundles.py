"""Converted models: found in the cache, checked, fetched from a store, or built from their sources.

A bundle is a folder ``models/<name>-<key>/`` whose ``manifest.json`` states every file's hash. The key covers the
converter's version and the hashes of the sources, so a new converter or a new source makes a new folder and never
meets an old one. Where all sources are pinned the key is known from the start. Where weights are not, it is

1. that of the weights in the place that ``VNLP_COLAB_WEIGHTS`` names, if the user names one and the files are there,
2. else that of the weights which VNGRS's bucket was found to serve, if a bundle of these is cached,
3. else that of any cached bundle of the model, the newest first,

so that what is cached works without the weights and without the network.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import ConversionError, ModelNotAvailable, OfflineError, StorageError, VNLPError
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store import paths, shelf
from vnlp_colab.store.atomic import (
    locked,
    publish_folder,
    sha256_bytes,
    staging_dir,
    storage_errors,
    write_synced,
)
from vnlp_colab.store.manifest import MANIFEST
from vnlp_colab.store.places import store_place
from vnlp_colab.store.sources import Sources, bundle_key
from vnlp_colab.store.transport import Transport

__all__ = ["MANIFEST", "Bundle", "Converter", "Sources", "bundle", "bundle_key", "cached", "open_bundle"]

_LOG = logging.getLogger(__name__)


class Converter(Protocol):
    """What turns sources into files; in production the package ``vnlp_colab.convert``."""

    CONVERTER_VERSION: int

    def build(self, name: str, sources: Sources) -> Mapping[str, bytes]:
        """Return file name to content for the model ``name``; the same bytes for the same sources."""


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

    @property
    def digest(self) -> str:
        """Hex digest over the names and hashes of its files: equal ones mean equal files, byte for byte."""
        lines = sorted(f"{entry['sha256']}  {entry['name']}" for entry in self.manifest["files"])
        return sha256_bytes("\n".join(lines).encode())

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


def bundle(name: str, progress: bool | None = None) -> Bundle:
    """Return the converted model ``name``: from the cache if it is there and intact, from the store, else built.

    Args:
        name: A name of the catalog.
        progress: Show progress bars on stderr while fetching; where it is a terminal if not given.

    Raises:
        ModelNotAvailable: There is no such model, or neither it nor its sources can be had.
        OfflineError: It must be fetched, and the network may not or cannot be used.
        CorruptDownload: What a server gives is not what its manifest, the catalog or a record says.
        ConversionError: The sources do not fit the model's architecture.
        StorageError: The cache cannot be read or written.
    """
    shown = sys.stderr is not None and sys.stderr.isatty() if progress is None else progress
    return open_bundle(catalog.model(name), progress=shown)


def open_bundle(spec: ModelSpec, *, progress: bool = False, converter: Converter | None = None) -> Bundle:
    """Do the work of ``bundle`` for a catalog row and, in tests, another converter."""
    return _Search(spec, converter or _production_converter(), progress).run()


def cached(spec: ModelSpec, converter: Converter | None = None) -> Bundle | None:
    """Return the cached bundle of a model without hashing its files, or ``None``; fetches and builds nothing."""
    search = _Search(spec, converter or _production_converter(), progress=False)
    root = search.cached_root()
    manifest = None if root is None else manifests.read(root / MANIFEST)
    return None if root is None or manifest is None else Bundle(spec.name, root, manifest)


def load(name: str, root: Path) -> Bundle | None:
    """Return the bundle in ``root`` if every file has the manifest's hash, else ``None``."""
    manifest = manifests.read(root / MANIFEST)
    if manifest is None or manifests.faults(root, manifest):
        return None
    return Bundle(name, root, manifest)


def install(name: str, root: Path, fill: Callable[[Path], None]) -> Bundle:
    """Make the folder ``root`` appear with what ``fill`` writes, whole and checked, unless it is there already.

    Args:
        name: The model's name.
        root: The folder's final path.
        fill: Writes files and manifest into the folder that it is handed.

    Raises:
        StorageError: The folder cannot be written, or does not read back as it was written.
    """
    with locked(paths.lock_path(root.name)):
        found = load(name, root)
        if found is not None:
            return found
        with staging_dir(root) as staging, storage_errors(root):
            fill(staging)
            publish_folder(staging, root)
        found = load(name, root)
        if found is None:
            shutil.rmtree(root, ignore_errors=True)
            raise StorageError(f"{root} does not read back as it was written: is the disk failing?")
        return found


class _Search:
    """The way from a model's name to its bundle: cache, store, sources.

    Args:
        spec: The model.
        converter: What would build it.
        progress: Show progress bars on stderr while fetching.
    """

    def __init__(self, spec: ModelSpec, converter: Converter, progress: bool) -> None:
        self.spec = spec
        self.version = converter.CONVERTER_VERSION
        self._converter = converter
        self._progress = progress
        self._sources = Sources(spec, progress=progress)
        digests = self._sources.known_digests()
        self._key = None if digests is None else self._key_of(digests)

    def run(self) -> Bundle:
        """Return the bundle, or raise what says where it was looked for."""
        trouble = None
        if self._key is None and self._sources.explicit:
            # Only the weights themselves can tell whether a cached bundle was made from them.
            trouble = self._learn_key()
        root = self.cached_root()
        found = None if root is None else load(self.spec.name, root)
        if found is not None:
            if trouble is not None:
                _LOG.warning("%s: using the cached %s, because %s", self.spec.name, found.root.name, trouble)
            return found
        if root is not None and root.is_dir():
            _LOG.warning("%s: the cached files in %s are damaged and are made anew", self.spec.name, root)
        return self._fetch() or self._build()

    def cached_root(self) -> Path | None:
        """Return the folder of the bundle that is to be used if it is intact, or ``None``."""
        exact = None if self._key is None else self._root(self._key)
        if exact is not None and (self._sources.explicit or manifests.read(exact / MANIFEST) is not None):
            return exact
        others = self._candidates()
        return others[-1] if others else exact

    def _learn_key(self) -> VNLPError | None:
        try:
            self._key = self._key_of(self._sources.read_all())
        except (ModelNotAvailable, OfflineError) as error:
            return error
        return None

    def _candidates(self) -> list[Path]:
        """Return the folders of this model in the cache that this version can use, the newest last."""
        found = []
        folder = paths.models_dir()
        with storage_errors(folder):
            for root in folder.glob(f"{self.spec.name}-*"):
                path = root / MANIFEST
                manifest = manifests.read(path)
                usable = manifest is not None and manifest.get("converter_version") == self.version
                if usable and root.name == self._root(manifests.key_of(self.spec, manifest or {}) or "").name:
                    found.append((path.stat().st_mtime_ns, root))
        return [root for _, root in sorted(found)]

    def _fetch(self) -> Bundle | None:
        """Return the bundle from the store, or ``None`` if there is no store or it has no such bundle."""
        place = store_place()
        if place is None:
            return None
        wanted = self._key if self._sources.explicit else None
        with Transport() as transport:
            found = shelf.find(transport, place, self.spec, self.version, key=wanted, preferred=self._key)
            if found is None:
                return None
            fill = partial(found.copy_to, transport=transport, progress=self._progress)
            installed = install(self.spec.name, self._root(found.key), fill)
        found.confirm()
        return installed

    def _build(self) -> Bundle:
        # The sources are read before the lock and the staging folder are made: offline or with a wrong index,
        # that is what the user has to hear, and nothing is written.
        try:
            digests = self._sources.read_all()
        except (ModelNotAvailable, OfflineError) as error:
            raise self._nowhere(error) from error
        root = self._root(self._key_of(digests))
        found = install(self.spec.name, root, self._write)
        self._sources.keep()
        return found

    def _write(self, folder: Path) -> None:
        files = self._converter.build(self.spec.name, self._sources)
        for filename in files:
            if not manifests.is_plain_name(filename) or filename == MANIFEST:
                raise ConversionError(f"the converter of {self.spec.name} names a file {filename!r}")
        manifest = manifests.describe(self.spec, self._sources.sha256, self.version, files)
        for filename, content in files.items():
            write_synced(folder / filename, content)
        # Last, so that a folder with a manifest is a folder with everything.
        write_synced(folder / MANIFEST, manifests.encode(manifest))

    def _nowhere(self, error: VNLPError) -> VNLPError:
        """Return the error that says where the model was looked for, and what to do."""
        store = store_place()
        if store is None and not self.spec.weight_files:
            return error
        lines = [
            f"{self.spec.name} cannot be had.",
            f"  cache: not in {paths.models_dir()}",
            f"  store: {f'{store} does not have it' if store else f'none ({paths.STORE_VARIABLE} is not set)'}",
            f"  sources: {error}",
        ]
        if self.spec.weight_files:
            names = ", ".join(file.filename for file in self.spec.weight_files)
            lines.append(
                f"Set {paths.WEIGHTS_VARIABLE} to a folder or a URL with {names}, or {paths.STORE_VARIABLE} to a store "
                f"to which {self.spec.name} is published; or run `vnlp-colab models pull {self.spec.name}` on a "
                f"machine that has them, and copy its cache folder (`vnlp-colab doctor` names it) to {paths.home()}"
            )
        return (OfflineError if isinstance(error, OfflineError) else ModelNotAvailable)("\n".join(lines))

    def _root(self, key: str) -> Path:
        return paths.models_dir() / f"{self.spec.name}-{key}"

    def _key_of(self, digests: Mapping[str, str]) -> str:
        return bundle_key(self.spec, self.version, digests)


def _production_converter() -> Converter:
    # The one place where the store knows the converter, and only while it runs: the converter imports the
    # store's readers.
    from vnlp_colab import convert

    return convert
