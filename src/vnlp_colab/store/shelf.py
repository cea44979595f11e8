"""Stores of converted models: how they are laid out, and how a model is found and fetched.

A store is a folder or a URL that holds::

    index.json                          which bundles there are of each model, the last published first
    <model>/<digest>/manifest.json      what the bundle is; <digest> begins the manifest's own sha256
    <model>/<digest>/<file>             the files that it names

Everything is found by name alone, so nobody needs the permission to list. Folders are named after their content and
never change, so a reader that has an old index still gets a whole bundle. What a store says is not trusted: names
that are not plain file names are refused, sizes are enforced while bytes come in, every file has the manifest's hash
and the manifest the index's before it gets its name in the cache, and pinned sources must be the pinned ones. What a
store had of a model when it was first fetched is recorded, and nothing else is taken from that store later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import CorruptDownload
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store.atomic import locked, write_synced
from vnlp_colab.store.manifest import MANIFEST
from vnlp_colab.store.places import Place
from vnlp_colab.store.records import Record, StoreRecords
from vnlp_colab.store.remotes import Missing
from vnlp_colab.store.transport import Transport, bar

INDEX = "index.json"
FORMAT = 1
MAX_INDEX = 4 << 20
MAX_MANIFEST = 4 << 20

_DIGITS = 16
_KEY = re.compile(r"[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One bundle, as the index states it.

    Attributes:
        key: The key of its folder in the cache.
        converter_version: The converter's version.
        sha256: Hex digest of its manifest.
    """

    key: str
    converter_version: int
    sha256: str

    def place(self, store: Place, name: str) -> Place:
        """Return the bundle's folder in the store."""
        return store.child(name, self.sha256[:_DIGITS])


@dataclass(frozen=True, slots=True)
class Found:
    """A bundle in a store.

    Attributes:
        key: The key of its folder in the cache.
        place: Its folder in the store.
        manifest: What its manifest says, checked.
        manifest_bytes: The manifest as it lies in the store.
        record: Where its hash is recorded.
    """

    key: str
    place: Place
    manifest: dict[str, Any]
    manifest_bytes: bytes
    record: Record

    def copy_to(self, folder: Path, transport: Transport, *, progress: bool = False) -> None:
        """Copy its files and then its manifest into a folder.

        Raises:
            VNLPError: As ``Transport.download`` does.
        """
        files = self.manifest["files"]
        total = sum(entry["size"] for entry in files)
        with bar(total, self.manifest["name"], progress) as shown:
            for entry in files:
                transport.download(
                    self.place.child(entry["name"]),
                    folder / entry["name"],
                    size=entry["size"],
                    sha256=entry["sha256"],
                    tick=shown.update,
                )
        write_synced(folder / MANIFEST, self.manifest_bytes)

    def confirm(self) -> None:
        """Record its hash. For when all has been copied: what breaks off half way must not be right for ever.

        Raises:
            CorruptDownload: Meanwhile another process was served another one.
            StorageError: The record cannot be read or written.
        """
        with locked(self.record.lock):
            self.record.keep(self.manifest_bytes)


def find(
    transport: Transport,
    store: Place,
    spec: ModelSpec,
    converter_version: int,
    *,
    key: str | None,
    preferred: str | None,
) -> Found | None:
    """Look for a bundle of a model in a store: if one of it has been recorded, for that one alone.

    Args:
        transport: What reads it.
        store: The store.
        spec: The model.
        converter_version: The only version whose bundles can be used.
        key: The only key that will do; ``None`` if any will.
        preferred: The key to take before all others.

    Returns:
        The bundle, not yet copied; ``None`` if the store has none that will do.

    Raises:
        CorruptDownload: The index or the manifest is damaged, does not describe this model, or is not what the store
            had of it when it was first fetched.
        StorageError: What was recorded then cannot be read.
        VNLPError: As ``Transport.read`` does.
    """
    entries = read_index(transport, store).get(spec.name, [])
    usable = [entry for entry in entries if entry.converter_version == converter_version]
    usable = [entry for entry in usable if key is None or entry.key == key]
    if not usable:
        return None
    records = StoreRecords(store, spec, converter_version)
    usable = _recorded(usable, records, key)
    chosen = next((entry for entry in usable if entry.key == preferred), usable[0])
    place = chosen.place(store, spec.name)
    where = place.child(MANIFEST)
    try:
        data = transport.read(where, limit=MAX_MANIFEST, sha256=chosen.sha256)
    except Missing as error:
        raise CorruptDownload(f"{error}; yet {store.child(INDEX)} lists it. Publish {spec.name} anew") from error
    return Found(chosen.key, place, _checked(spec, chosen, where, data), data, records.of(chosen.key))


def _recorded(usable: list[Entry], records: StoreRecords, key: str | None) -> list[Entry]:
    """Return the entries that may be taken: all at first use, and later those that were taken then.

    A store keeps what it has published before, so these are there even if others have been published since.
    """
    known = {found: digest for found, digest in records.known().items() if key in {None, found}}
    right = [entry for entry in usable if known.get(entry.key) == entry.sha256]
    if known and not right:
        own, recorded = next(iter(known.items()))
        record, served = records.of(own), next((entry for entry in usable if entry.key == own), usable[0])
        raise CorruptDownload(
            f"{record.source} had the sha256 {recorded}; what the store has now is {served.key}, of sha256 "
            f"{served.sha256}. {record.advice}"
        )
    return right or usable


def read_index(transport: Transport, store: Place) -> dict[str, list[Entry]]:
    """Return the bundles of each model in a store, the last published first; empty if there is no index.

    Raises:
        CorruptDownload: What is there is no index that this version can read.
        VNLPError: As ``Transport.read`` does.
    """
    where = store.child(INDEX)
    try:
        content = json.loads(transport.read(where, limit=MAX_INDEX))
        if content["format"] != FORMAT:
            raise CorruptDownload(f"{where} is of format {content['format']!r}; this version reads {FORMAT}")
        return {
            name: [_entry(entry) for entry in entries]
            for name, entries in content["models"].items()
            if manifests.is_plain_name(name)
        }
    except Missing:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CorruptDownload(f"{where} is not the index of a store: {error}") from error


def encode_index(models: dict[str, list[Entry]]) -> bytes:
    """Return an index as it is written."""
    content = {
        "format": FORMAT,
        "models": {name: [_written(entry) for entry in entries] for name, entries in sorted(models.items())},
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def with_entry(entries: Iterable[Entry], new: Entry) -> list[Entry]:
    """Return the entries with ``new`` in front, and only there."""
    return [new, *(entry for entry in entries if entry != new)]


def _written(entry: Entry) -> dict[str, Any]:
    return {"key": entry.key, "converter_version": entry.converter_version, "manifest_sha256": entry.sha256}


def _entry(entry: dict[str, Any]) -> Entry:
    found = Entry(entry["key"], entry["converter_version"], entry["manifest_sha256"])
    if not (_KEY.fullmatch(found.key) and _SHA256.fullmatch(found.sha256) and isinstance(found.converter_version, int)):
        raise ValueError(f"{entry} is no entry")
    return found


def _checked(spec: ModelSpec, entry: Entry, where: Place, data: bytes) -> dict[str, Any]:
    manifest = manifests.decode(data)
    if manifest is None:
        raise CorruptDownload(
            f"{where} is not a manifest of format {manifests.FORMAT}, has been changed since it was written, or names "
            "files that are not plain names of bounded size: publish the model anew"
        )
    if manifest.get("converter_version") != entry.converter_version or manifests.key_of(spec, manifest) != entry.key:
        raise CorruptDownload(
            f"{where} does not describe the {spec.name} that the index promises: other sources, another architecture, "
            "or another version"
        )
    return manifest
