"""Weights from VNGRS's bucket, or from the folder or mirror that ``VNLP_COLAB_WEIGHTS`` puts in its place.

No hashes of these files are published. So the hash of each is recorded, once a model has been built from it and it
has thereby shown to be what it should be; a file that is fetched later from the same place must have it. A folder is
the user's own: its files may change, and are hashed each time.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from vnlp_colab import catalog
from vnlp_colab.catalog import WeightFile
from vnlp_colab.errors import CorruptDownload
from vnlp_colab.store import paths
from vnlp_colab.store.atomic import (
    locked,
    publish_file,
    sha256_bytes,
    sha256_file,
    staging_dir,
    storage_errors,
    write_synced,
)
from vnlp_colab.store.places import Place, weights_place
from vnlp_colab.store.remotes import Missing
from vnlp_colab.store.transport import Transport

_RECORD = ".json"
_MAX_RECORD = 1 << 12
_BUCKET_FOLDER = "vngrs"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Weights:
    """The weight files of one place.

    Attributes:
        place: Where they lie.
        explicit: Whether the user named that place.
    """

    def __init__(self) -> None:
        self.place, self.explicit = weights_place()
        origin = str(self.place)
        named = _BUCKET_FOLDER if origin == catalog.BUCKET.rstrip("/") else sha256_bytes(origin.encode())[:12]
        self._folder = paths.weights_dir() / named

    def digest(self, file: WeightFile) -> str | None:
        """Return a file's hash as far as it is known without the network.

        A folder's file is hashed; if it is not there, the hash that it had is returned.
        """
        local = self.place.child(file.filename).path
        if local is not None:
            with storage_errors(local):
                if local.is_file():
                    return sha256_file(local)
        return self._recorded(file)

    def read(self, file: WeightFile) -> bytes:
        """Return a file's content, from the cache or from its place.

        Raises:
            ModelNotAvailable: It is not there, or the access is refused.
            OfflineError: The network is forbidden or out of reach.
            CorruptDownload: It is not the file of which the hash is recorded, or far too large.
        """
        source = self.place.child(file.filename)
        recorded = None if source.is_local else self._recorded(file)
        kept = self._folder / file.filename
        with storage_errors(kept):
            if recorded is not None and kept.is_file() and kept.stat().st_size <= file.limit:
                content = kept.read_bytes()
                if sha256_bytes(content) == recorded:
                    return content
        with Transport() as transport:
            try:
                return transport.read(source, limit=file.limit, sha256=recorded)
            except CorruptDownload as error:
                if recorded is None:
                    raise
                raise CorruptDownload(
                    f"{error}. That hash was recorded when a model was first built from this file; if you trust the "
                    f"new one, delete {self._record(file)}"
                ) from error
            except Missing as error:
                raise Missing(self._absence(source, error)) from error

    def keep(self, file: WeightFile, content: bytes) -> None:
        """Record the hash of a file from which a model has been built, and keep the file if it came from afar.

        Raises:
            CorruptDownload: Meanwhile another process has recorded another hash.
            StorageError: The cache cannot be written.
        """
        digest = sha256_bytes(content)
        remote = not self.place.is_local
        kept = self._folder / file.filename
        with locked(paths.lock_path(f"{self._folder.name}-{file.filename}")):
            recorded = self._recorded(file)
            if remote and recorded not in {None, digest}:
                raise CorruptDownload(
                    f"{self.place.child(file.filename)}: two processes were served different files, with sha256 "
                    f"{digest} and {recorded}"
                )
            with staging_dir(kept) as staging, storage_errors(kept):
                if remote and not (kept.is_file() and sha256_file(kept) == digest):
                    write_synced(staging / file.filename, content)
                    publish_file(staging / file.filename, kept)
                if recorded != digest:
                    record = {"place": str(self.place), "file": file.filename, "sha256": digest, "size": len(content)}
                    write_synced(staging / "record", (json.dumps(record, indent=2) + "\n").encode())
                    publish_file(staging / "record", self._record(file))

    def _record(self, file: WeightFile) -> Path:
        return self._folder / (file.filename + _RECORD)

    def _recorded(self, file: WeightFile) -> str | None:
        record = read_record(self._record(file))
        return None if record is None else str(record["sha256"])

    def _absence(self, source: Place, error: Missing) -> str:
        folder = self.place.path
        if folder is not None and not folder.is_dir():
            return f"{source}: there is no folder {folder}"
        return str(error)


def read_record(path: Path) -> dict[str, Any] | None:
    """Return what was recorded of a file, or ``None`` if there is no readable record."""
    with storage_errors(path):
        if not path.is_file() or path.stat().st_size > _MAX_RECORD:
            return None
        try:
            record = json.loads(path.read_bytes())
        except ValueError:
            return None
    valid = (
        isinstance(record, dict)
        and isinstance(record.get("size"), int)
        and isinstance(record.get("sha256"), str)
        and _SHA256.fullmatch(record["sha256"])
    )
    return record if valid else None


def kept_files() -> list[tuple[Path, str | None]]:
    """Return the fetched weights in the cache, each with its recorded hash."""
    folder = paths.weights_dir()
    known = [file.filename for file in catalog.WEIGHTS]
    with storage_errors(folder):
        found = sorted(path for path in folder.glob("*/*") if path.name in known)
    records = ((path, read_record(path.with_name(path.name + _RECORD))) for path in found)
    return [(path, None if record is None else record["sha256"]) for path, record in records]
