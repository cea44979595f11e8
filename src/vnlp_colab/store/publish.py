"""Putting converted models into a store: files, then manifests, then the index, so that readers never miss one."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnlp_colab import catalog
from vnlp_colab.errors import ConversionError, CorruptDownload, InputError, ModelNotAvailable, OfflineError
from vnlp_colab.store import bundles, folders, paths, places, shelf
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store.atomic import locked, publish_file, sha256_bytes, staging_dir, storage_errors, write_synced
from vnlp_colab.store.manifest import MANIFEST
from vnlp_colab.store.places import Place
from vnlp_colab.store.remotes import Missing
from vnlp_colab.store.shelf import Entry
from vnlp_colab.store.transport import Transport

_MAX_REPORT = 1 << 20
_INDEX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Published:
    """One model in a store.

    Attributes:
        name: The model.
        place: Its folder in the store.
        uploaded: Bytes that were sent; 0 if all was there already.
    """

    name: str
    place: Place
    uploaded: int


@dataclass(frozen=True, slots=True)
class _Parcel:
    name: str
    root: Path
    manifest: dict[str, Any]
    data: bytes
    entry: Entry


def publish(what: Sequence[str], to: str) -> list[Published]:
    """Put converted models into a store.

    Args:
        what: Folders of converted models, folders of such folders, or names of the catalog, which are fetched or
            built if they are not cached.
        to: The store: an ``s3://`` URL, or a folder, which is made if it is not there.

    Returns:
        What is now in the store, one a model.

    Raises:
        InputError: ``what`` names no model, or ``to`` is no place to write to.
        ConversionError: A folder holds a model of other sources than the catalog's, or a damaged report.
        CorruptDownload: A folder's files are not what its manifest says. In both cases nothing has been sent.
        VNLPError: As reading and writing a place does.
    """
    store = places.parse(to, "the store")
    if store.scheme in {"http", "https"}:
        raise InputError(f"{to}: web servers are read only; publish to an s3:// URL or to a folder, and serve that")
    roots = [root for text in what for root in _roots(text)]
    if not roots:
        raise InputError("name a folder of converted models, or models")
    parcels = [_parcel(root) for root in dict.fromkeys(roots)]
    with Transport() as transport:
        published = [_send(transport, store, parcel) for parcel in parcels]
        _update_index(transport, store, parcels)
    return published


def _roots(text: str) -> list[Path]:
    """Return the folders that one argument stands for."""
    path = Path(text).expanduser()
    with storage_errors(path):
        if not path.is_dir():
            # Not catalog.model: a mistyped path deserves to be called a path.
            if catalog.find(text) is None:
                raise InputError(f"{text!r} is neither a folder nor a model; see `vnlp-colab models list`")
            return [bundles.bundle(text).root]
        if (path / MANIFEST).is_file():
            return [path]
        found = sorted(child for child in path.iterdir() if (child / MANIFEST).is_file())
    found = [child for child in found if not child.name.startswith(".")]
    if not found:
        raise InputError(f"{path} has no {MANIFEST}, and no folder in it has: convert a model into it first")
    return found


def _parcel(root: Path) -> _Parcel:
    """Return what is to be sent of a folder, after all of it has been checked."""
    bundle = folders.open_folder(root)
    where, manifest = root / MANIFEST, dict(bundle.manifest)
    try:
        spec = catalog.model(bundle.name)
    except ModelNotAvailable as error:
        raise ConversionError(f"{where}: {error}") from error
    key = manifests.key_of(spec, manifest)
    if key is None:
        raise ConversionError(
            f"{where}: not made of the sources that the catalog names for {spec.name}, so no reader would take it; "
            "convert it again, with the weights that belong to it"
        )
    report = _report(root / folders.REPORT)
    if report is not None:
        manifest |= {"verification": report}
    data = manifests.encode(manifest)
    if len(data) > shelf.MAX_MANIFEST:
        raise ConversionError(f"{where} is larger than {shelf.MAX_MANIFEST:,} bytes")
    return _Parcel(spec.name, root, manifest, data, Entry(key, manifest["converter_version"], sha256_bytes(data)))


def _report(path: Path) -> Any:
    with storage_errors(path):
        if not path.is_file():
            return None
        data = path.read_bytes() if path.stat().st_size <= _MAX_REPORT else b""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path} is not a report: {error}") from error


def _send(transport: Transport, store: Place, parcel: _Parcel) -> Published:
    place = parcel.entry.place(store, parcel.name)
    where = place.child(MANIFEST)
    # The manifest is sent last and its folder is named after it: where it lies, all lies.
    if _is_there(transport, where, parcel.data):
        return Published(parcel.name, place, 0)
    for entry in parcel.manifest["files"]:
        _put(transport, place.child(entry["name"]), parcel.root / entry["name"])
    _put(transport, where, parcel.data)
    return Published(parcel.name, place, sum(entry["size"] for entry in parcel.manifest["files"]))


def _is_there(transport: Transport, place: Place, data: bytes) -> bool:
    try:
        return transport.read(place, limit=shelf.MAX_MANIFEST) == data
    except (Missing, CorruptDownload):
        return False
    except OfflineError:
        raise
    except ModelNotAvailable:
        # S3 answers so for a missing file where listing is not allowed; whether writing is, writing will tell.
        return False


def _put(transport: Transport, place: Place, content: bytes | Path) -> None:
    path = place.path
    if path is None:
        transport.write(place, content)
        return
    data = content if isinstance(content, bytes) else content.read_bytes()
    with storage_errors(path), staging_dir(path) as staging:
        write_synced(staging / path.name, data)
        publish_file(staging / path.name, path)


def _update_index(transport: Transport, store: Place, parcels: Sequence[_Parcel]) -> None:
    """Add the bundles to the index, and look whether they stayed there.

    S3 has no lock. Where two publish at the same moment one index replaces the other; who finds his entries gone
    adds them again.
    """
    with _index_lock(store):
        for attempt in range(_INDEX_ATTEMPTS):
            if attempt > 1:
                time.sleep(random.uniform(0.0, 0.1 * 2**attempt))
            before = _index(transport, store)
            after = dict(before)
            for parcel in reversed(parcels):
                after[parcel.name] = shelf.with_entry(after.get(parcel.name, []), parcel.entry)
            # The first time the order counts as well: what is published last is what readers are given.
            if after == before or (attempt and all(parcel.entry in before.get(parcel.name, []) for parcel in parcels)):
                return
            _put(transport, store.child(shelf.INDEX), shelf.encode_index(after))
    raise OfflineError(f"{store.child(shelf.INDEX)} is being changed by others all the time; publish again later")


def _index(transport: Transport, store: Place) -> dict[str, list[Entry]]:
    try:
        return shelf.read_index(transport, store)
    except OfflineError:
        raise
    except ModelNotAvailable as error:
        # Taking it for a store without index would drop what others have published.
        raise ModelNotAvailable(
            f"{error}. To publish, the index must be readable; S3 tells a missing file from a forbidden one only to "
            "those who may list the bucket"
        ) from error


@contextlib.contextmanager
def _index_lock(store: Place) -> Iterator[None]:
    """Let the processes of this machine go one after the other."""
    name = sha256_bytes(str(store).encode())[:12]
    with locked(paths.lock_path(f"store-{name}")):
        yield
