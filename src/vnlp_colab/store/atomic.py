"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vnlp_colab.errors import StorageError, VNLPError

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PARTIAL = ".partial"

IN_CACHE = "set VNLP_COLAB_HOME to another folder"
IN_OUTPUT = "name another place for the output"
"""What helps, besides space and access, where a file cannot be used."""


def sha256_bytes(data: bytes) -> str:
    """Return the hex digest of ``data``."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the hex digest of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class HashedFile(io.BufferedWriter):
    """A new file that is written from front to back, and hashed meanwhile.

    Args:
        path: The file; it must not be there.

    Raises:
        OSError: It cannot be made.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "x"))
        self._sha256 = hashlib.sha256()

    def write(self, data: Buffer) -> int:
        """Write ``data``; returns how many bytes."""
        count = super().write(data)
        self._sha256.update(data)
        return count

    def seekable(self) -> bool:
        """Whether another place can be written next; it cannot."""
        return False

    @property
    def sha256(self) -> str:
        """The hex digest of what has been written."""
        return self._sha256.hexdigest()


@contextlib.contextmanager
def storage_errors(path: Path, remedy: str = IN_CACHE) -> Iterator[None]:
    """Turn the operating system's errors about ``path`` into ``StorageError``; pass our own through.

    Args:
        path: The file or folder.
        remedy: What helps besides space and access there.
    """
    try:
        yield
    except VNLPError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"cannot use {error.filename or path}: {reason}. Free space or grant access there, or {remedy}"
        ) from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` against all other processes and threads; waits as long as it takes."""
    # Here, because a model that is in the cache is opened without a lock: each start would pay for the import.
    import filelock

    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(path)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def staging_dir(target: Path) -> Iterator[Path]:
    """Make a hidden folder beside ``target`` to work in; what is left of it at the end is deleted.

    The caller holds the lock of ``target``. Folders that killed processes left behind are deleted too: under
    the lock nobody can be working in them.
    """
    with storage_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        for left_over in target.parent.glob(f".{target.name}-*{_PARTIAL}"):
            shutil.rmtree(left_over, ignore_errors=True)
        # Not tempfile.mkdtemp: its folders are private, and a published cache may be shared by users.
        staging = target.parent / f".{target.name}-{secrets.token_hex(6)}{_PARTIAL}"
        staging.mkdir()
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_synced(path: Path, data: bytes) -> None:
    """Write ``data`` and wait until the disk has it, so that a rename cannot outlive its content."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def remove_quietly(path: Path) -> None:
    """Delete what is left of a file, if anything is; should that fail, another error is on its way already."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def publish_file(source: Path, target: Path) -> None:
    """Move a finished file of the same file system to its final name, in one step."""
    with source.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(source, target)
    sync_folder(target.parent)


def publish_folder(source: Path, target: Path) -> None:
    """Move a finished folder to its final name; one that is in the way is moved out and deleted.

    The caller holds the lock of ``target``. A reader never sees a mixture: for a moment there may be no
    folder, which it takes for "not cached" and waits for the lock.
    """
    sync_folder(source)
    old = source.with_name(f"{source.name[: -len(_PARTIAL)]}-old{_PARTIAL}")
    if target.exists():
        os.replace(target, old)
    os.replace(source, target)
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def discard_folder(path: Path) -> None:
    """Delete a folder so that no reader sees half of it. The caller holds its lock."""
    with storage_errors(path):
        old = path.with_name(f".{path.name}-{secrets.token_hex(6)}{_PARTIAL}")
        os.replace(path, old)
        shutil.rmtree(old)


def sync_folder(path: Path) -> None:
    """Wait until the disk has the names in a folder."""
    if os.name == "nt":  # Windows cannot open folders, and needs no sync for renames
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
