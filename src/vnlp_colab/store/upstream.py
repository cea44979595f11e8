"""Weights from VNGRS's bucket, or from the folder or mirror that ``VNLP_COLAB_WEIGHTS`` puts in its place.

No hashes of these files are published. So the hash of each is recorded, once a model has been built from it and it
has thereby shown to be what it should be; a file that is fetched later from the same place must have it. A folder is
the user's own: its files may change, and are hashed each time.
"""

from __future__ import annotations

from pathlib import Path

from vnlp_colab import catalog
from vnlp_colab.catalog import WeightFile
from vnlp_colab.errors import CorruptDownload
from vnlp_colab.store import paths, records
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
from vnlp_colab.store.records import Record
from vnlp_colab.store.remotes import Missing
from vnlp_colab.store.transport import Transport

_BUCKET_FOLDER = "vngrs"


class Weights:
    """The weight files of one place.

    Attributes:
        place: Where they lie.
        explicit: Whether the user named that place.
    """

    def __init__(self) -> None:
        self.place, self.explicit = weights_place()
        origin = str(self.place)
        named = _BUCKET_FOLDER if origin == catalog.BUCKET.rstrip("/") else records.folder_name(self.place)
        self._folder = paths.weights_dir() / named

    def digest(self, file: WeightFile) -> str | None:
        """Return a file's hash as far as it is known without the network.

        A folder's file is hashed; if it is not there, the hash that it had is returned.

        Raises:
            StorageError: The file, or the record of its hash, is there and cannot be read.
        """
        local = self.place.child(file.filename).path
        if local is not None:
            with storage_errors(local):
                if local.is_file():
                    return sha256_file(local)
        return self._record(file).read()

    def read(self, file: WeightFile) -> bytes:
        """Return a file's content, from the cache or from its place.

        Raises:
            ModelNotAvailable: It is not there, or the access is refused.
            OfflineError: The network is forbidden or out of reach.
            CorruptDownload: It is not the file of which the hash is recorded, or far too large.
            StorageError: The cache cannot be read, or the record in it is damaged.
        """
        source = self.place.child(file.filename)
        record = self._record(file)
        recorded = None if source.is_local else record.read()
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
                raise CorruptDownload(f"{error}. {record.advice}") from error
            except Missing as error:
                raise Missing(self._absence(source, error)) from error

    def keep(self, file: WeightFile, content: bytes) -> None:
        """Record the hash of a file from which a model has been built, and keep the file if it came from afar.

        Raises:
            CorruptDownload: Meanwhile another process has recorded another hash.
            StorageError: The cache cannot be written.
        """
        remote = not self.place.is_local
        kept, record = self._folder / file.filename, self._record(file)
        with locked(record.lock):
            record.keep(content, replace=not remote)
            with storage_errors(kept):
                if remote and not (kept.is_file() and sha256_file(kept) == sha256_bytes(content)):
                    with staging_dir(kept) as staging:
                        write_synced(staging / file.filename, content)
                        publish_file(staging / file.filename, kept)

    def _record(self, file: WeightFile) -> Record:
        users = (spec.name for spec in catalog.models() if file in spec.weight_files)
        path = self._folder / (file.filename + records.SUFFIX)
        return Record(path, str(self.place.child(file.filename)), next(users, "--all"))

    def _absence(self, source: Place, error: Missing) -> str:
        folder = self.place.path
        if folder is not None and not folder.is_dir():
            return f"{source}: there is no folder {folder}"
        return str(error)


def kept_files() -> list[Path]:
    """Return the fetched weights in the cache."""
    folder = paths.weights_dir()
    known = [file.filename for file in catalog.WEIGHTS]
    with storage_errors(folder):
        return sorted(path for path in folder.glob("*/*") if path.name in known)
