"""Hashes recorded at first use, of what nobody has published a hash of, and checked ever after.

There are two kinds: weights in VNGRS's bucket or a mirror of it, and models in a store. A record is a small file::

    weights/<place>/<file>.json
    stores/<store>/<model>-<converter version>-<key>.json

What decides which record counts is in its name, so that a damaged one is never taken for another one, or for none: a
record that is there and cannot be read is an error. Whoever trusts what a place serves now deletes the record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import CorruptDownload, StorageError
from vnlp_colab.store import paths
from vnlp_colab.store.atomic import locked, publish_file, sha256_bytes, staging_dir, storage_errors, write_synced
from vnlp_colab.store.places import Place

SUFFIX = ".json"
_LONGEST = 1 << 12
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSIONED = re.compile(r"(?P<model>.+)-(?P<version>\d+)-(?P<key>[0-9a-f]{12})\.json")


@dataclass(frozen=True, slots=True)
class Record:
    """The recorded hash of one file, which need not be there yet.

    Attributes:
        path: Where the record lies.
        source: What it is of, and from where; said in the record and in errors.
        model: A model that is made of it.
    """

    path: Path
    source: str
    model: str

    @property
    def lock(self) -> Path:
        """The lock file of the record and of what it is of."""
        return lock_of(self.path)

    def read(self) -> str | None:
        """Return the recorded hex digest, or ``None`` if nothing is recorded.

        Raises:
            StorageError: There is a record, and it cannot be read.
        """
        return read_record(self.path)

    def keep(self, content: bytes, *, replace: bool = False) -> None:
        """Record the hash of a file's content. The caller holds ``lock``.

        Args:
            content: The file.
            replace: Take it for right whatever is recorded.

        Raises:
            CorruptDownload: Another hash is recorded: meanwhile another process was served another file.
            StorageError: The record cannot be read or written.
        """
        digest, recorded = sha256_bytes(content), self.read()
        if recorded == digest:
            return
        if recorded is not None and not replace:
            raise CorruptDownload(
                f"{self.source}: two processes were served different files, with sha256 {digest} and {recorded}"
            )
        written = {"source": self.source, "sha256": digest, "size": len(content)}
        with staging_dir(self.path) as staging, storage_errors(self.path):
            write_synced(staging / "record", (json.dumps(written, indent=2) + "\n").encode())
            publish_file(staging / "record", self.path)

    @property
    def advice(self) -> str:
        """What to do about a file that has another hash than the recorded one."""
        return (
            "That hash was recorded at first use. If you trust what is served now, forget the "
            f"record with `vnlp-colab models rm {self.model} --records`, or delete {self.path}"
        )


class StoreRecords:
    """The recorded manifests of one model, of one converter version, in one store.

    Args:
        store: The store.
        spec: The model.
        converter_version: The version of which the bundles are.
    """

    def __init__(self, store: Place, spec: ModelSpec, converter_version: int) -> None:
        self._store = store
        self._spec = spec
        self._version = converter_version
        self._folder = paths.stores_dir() / folder_name(store)

    def of(self, key: str) -> Record:
        """Return the record of the bundle with that key."""
        path = self._folder / f"{self._spec.name}-{self._version}-{key}{SUFFIX}"
        return Record(path, f"{self._store}: the manifest of {self._spec.name}-{key}", self._spec.name)

    def known(self) -> dict[str, str]:
        """Return key to the manifest's hex digest, of all that is recorded.

        Raises:
            StorageError: There is a record, and it cannot be read.
        """
        found = {}
        for path in _files(self._folder):
            name = _VERSIONED.fullmatch(path.name)
            if name and name["model"] == self._spec.name and name["version"] == str(self._version):
                digest = self.of(name["key"]).read()
                if digest is not None:
                    found[name["key"]] = digest
        return found


def folder_name(place: Place) -> str:
    """Return the name of the folder of a place's records."""
    return sha256_bytes(str(place).encode())[:12]


def lock_of(path: Path) -> Path:
    """Return the lock file of a record, or of the file beside it that it is of."""
    return paths.lock_path(f"{path.parent.name}-{path.name.removesuffix(SUFFIX)}")


def read_record(path: Path) -> str | None:
    """Return the hex digest that a record holds, or ``None`` if there is no such file.

    Raises:
        StorageError: There is one, and it cannot be read or is damaged.
    """
    try:
        path.lstat()  # not exists, which may answer "no" where the access is refused
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    try:
        with path.open("rb") as stream:
            content = stream.read(_LONGEST + 1)
        digest = json.loads(content)["sha256"] if len(content) <= _LONGEST else None
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(path, "it is damaged") from error
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise _unreadable(path, "it is damaged")
    return digest


def _unreadable(path: Path, reason: str | None) -> StorageError:
    return StorageError(
        f"{path} cannot be read: {reason}. It is the record of the hash that a file had at first use; without it, "
        "another file could be taken for that one. Restore it from a copy of the cache, or delete it if you trust "
        "what is served now"
    )


def faults() -> dict[Path, str]:
    """Return each record that cannot be read, and one line about it that begins with its path."""
    found = {}
    for path in _every():
        try:
            read_record(path)
        except StorageError as error:
            found[path] = str(error)
    return found


def forget(specs: Iterable[ModelSpec]) -> dict[str, int]:
    """Delete the records of models, readable or not, at all places.

    Returns:
        Model to the number of its records; weights of which several models are made count for the first of them.

    Raises:
        StorageError: A record cannot be deleted.
    """
    counts = {}
    for spec in specs:
        own = {file.filename + SUFFIX for file in spec.weight_files}
        counts[spec.name] = 0
        for path in _every():
            name = _VERSIONED.fullmatch(path.name)
            of_store = path.parent.parent == paths.stores_dir() and name is not None and name["model"] == spec.name
            if of_store or (path.parent.parent == paths.weights_dir() and path.name in own):
                with locked(lock_of(path)), storage_errors(path):
                    path.unlink(missing_ok=True)
                counts[spec.name] += 1
    return counts


def _every() -> list[Path]:
    folders = [*_children(paths.weights_dir()), *_children(paths.stores_dir())]
    return [path for folder in folders for path in _files(folder)]


def _files(folder: Path) -> list[Path]:
    return [path for path in _children(folder) if path.name.endswith(SUFFIX) and not path.name.startswith(".")]


def _children(folder: Path) -> list[Path]:
    with storage_errors(folder):
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
