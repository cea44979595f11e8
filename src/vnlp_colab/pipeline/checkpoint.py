"""Folders of results that grow shard by shard, so that a run which was killed goes on where it was.

A folder holds ::

    part-00000.parquet ...   the annotated rows, in order; each file complete or absent
    _manifest.json           what the run is made of, and which shards are done
    _errors.jsonl            the rows that have no results, and why; missing if there are none
    .lock                    held while a run writes

A shard is written under a temporary name, synced, renamed, and only then entered in the manifest, which is replaced
in the same way. So at any moment the manifest tells the truth about the shards that it names, and what it does not
name is made again. Readers of Parquet data sets pass over names that begin with ``_`` or a dot; any other Parquet
file would be rows to them, and is refused.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.pipeline import run_manifest
from vnlp_colab.pipeline.run_manifest import MANIFEST, part_name
from vnlp_colab.pipeline.side_file import RowError, read_side_file
from vnlp_colab.pipeline.sink import Written
from vnlp_colab.store.atomic import IN_OUTPUT, sha256_bytes, sha256_file, storage_errors, sync_folder

ERRORS = "_errors.jsonl"
_LOCK = ".lock"

# Rows of a shard: those of a row group of a single file, a minute's work of a slow machine.
ROWS_PER_SHARD = 8192


@dataclass(slots=True)
class Checkpoint:
    """An open folder. Whoever holds one is the only writer.

    Attributes:
        folder: The folder.
        run: What the run is made of.
        lock: What the lock is, as ``_lock_of`` returns it.
        shards: The shards that are done, in order.
        complete: Whether all of them are.
    """

    folder: Path
    run: Mapping[str, Any]
    lock: tuple[int, int] | None
    shards: list[dict[str, Any]]
    complete: bool = False

    @property
    def rows(self) -> int:
        """How many rows are done."""
        return sum(shard["rows"] for shard in self.shards)

    @property
    def tokens(self) -> int:
        """How many tokens these have."""
        return sum(shard["tokens"] for shard in self.shards)

    @property
    def failed(self) -> int:
        """How many of the rows have no results."""
        return sum(shard["failed"] for shard in self.shards)

    @property
    def paths(self) -> list[Path]:
        """The files of the shards that are done, in order."""
        return [self.folder / shard["file"] for shard in self.shards]

    def next_path(self) -> Path:
        """Return where the next shard goes."""
        return self.folder / part_name(len(self.shards))

    def errors(self) -> Iterator[RowError]:
        """Yield the rows that have no results."""
        return read_errors(self.folder)

    def add(self, written: Written, rows: int, tokens: int, errors: Sequence[RowError] = ()) -> None:
        """Enter the shard that stands at ``next_path`` now.

        Args:
            written: Its size and hash.
            rows: How many rows it has.
            tokens: How many tokens these have.
            errors: Those of the rows that have no results.

        Raises:
            InputError: If the folder is no longer locked.
            StorageError: If the manifest cannot be written.
        """
        self.check_lock()
        lines = "".join(error.line() for error in errors).encode()
        self._append(lines)
        shard = {"file": self.next_path().name, "rows": rows, "tokens": tokens, **written._asdict()}
        listed = {"failed": len(errors), "errors_size": len(lines), "errors_sha256": sha256_bytes(lines)}
        self.shards.append(shard | listed)
        self.write()

    def _append(self, lines: bytes) -> None:
        """Append to the file of errors, after what the manifest knows of.

        What a run wrote that was killed before it got to the manifest is cut off.
        """
        path = self.folder / ERRORS
        if lines or path.exists():
            with storage_errors(path, IN_OUTPUT), path.open("r+b" if path.exists() else "xb") as stream:
                stream.truncate(sum(shard["errors_size"] for shard in self.shards))
                stream.seek(0, os.SEEK_END)
                stream.write(lines)
                stream.flush()
                os.fsync(stream.fileno())

    def check_lock(self) -> None:
        """Raise ``InputError`` if the lock is not the one that was taken: another run may be writing here."""
        if _lock_of(self.folder) != self.lock:
            raise InputError(
                f"{_LOCK} has been removed while a run was writing to this folder, so that another one may write to "
                "it too: see that none does, and start again",
                path=self.folder,
            )

    def finish(self) -> None:
        """Enter that there are no more.

        Raises:
            InputError: If the folder is no longer locked.
            StorageError: If the manifest cannot be written.
        """
        if not self.complete:
            self.check_lock()
            self.complete = True
            self.write()

    def write(self) -> None:
        """Write the manifest.

        Raises:
            StorageError: If that is not possible.
        """
        state = {"rows_done": self.rows, "complete": self.complete, "shards": self.shards}
        run_manifest.write(self.folder, self.run, state)


def read_errors(folder: Path) -> Iterator[RowError]:
    """Yield the rows of a folder's run that have no results.

    Raises:
        StorageError: If the file of errors cannot be read, or is damaged; it names the line.
    """
    path = folder / ERRORS
    with storage_errors(path, IN_OUTPUT):
        found = path.exists()
    if found:
        yield from read_side_file(path)


@contextlib.contextmanager
def open_checkpoint(folder: str | Path, run: Mapping[str, Any]) -> Iterator[Checkpoint]:
    """Open a folder for a run: a new one, or one that the same run has begun.

    Args:
        folder: The folder; its parent must be there.
        run: What the result depends on, as JSON has it: sections of named values.

    Raises:
        InputError: If the folder holds something else, belongs to another run (the message names what differs), or
            is being written to.
        StorageError: If it cannot be used, or a finished shard is not what it was.
    """
    # Here, because every pipeline imports this module, and few of them write into a folder.
    import filelock

    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file; a run that can be resumed writes a folder", path=folder)
    if not folder.absolute().parent.is_dir():
        raise InputError(f"there is no folder {str(folder.absolute().parent)!r}; create it first", path=folder)
    with storage_errors(folder, IN_OUTPUT):
        _check_ours(folder)
        folder.mkdir(exist_ok=True)
        lock = filelock.FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise InputError("another run is writing to this folder; wait for it, or end it", path=folder) from error
    try:
        yield _opened(folder, run)
    finally:
        lock.release()


def paths_of(folder: Path) -> list[Path]:
    """Return the shards of a folder, in order, as its manifest lists them.

    Raises:
        StorageError: If the manifest is missing or damaged.
    """
    found = run_manifest.read(folder)
    if found is None:
        raise StorageError(f"{folder} has no {MANIFEST}: run it again, or restore the file")
    return [folder / shard["file"] for shard in found["shards"]]


def _opened(folder: Path, run: Mapping[str, Any]) -> Checkpoint:
    found = run_manifest.read(folder)
    if found is not None and found["shards"]:
        run_manifest.check_same(folder, found["run"], run)
    else:
        found = None  # of a run that has done nothing, nothing is lost: what it was refused for may have been mended
    shards = [] if found is None else found["shards"]
    checkpoint = Checkpoint(folder, run, _lock_of(folder), shards, found is not None and found["complete"])
    _check_shards(checkpoint)
    _check_strays(checkpoint)
    _check_errors(checkpoint)
    with storage_errors(folder, IN_OUTPUT):
        for left_over in folder.glob(".*.partial"):
            left_over.unlink()
        if found is None:
            # What is synced in a folder is lost with the folder if that is not in its own.
            sync_folder(folder.absolute().parent)
    if found is None:
        checkpoint.write()
    return checkpoint


def _lock_of(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder's lock from another file of its name; ``None`` if there is none.

    Whoever holds it has it open, so that its number is given to no other file.
    """
    with storage_errors(folder, IN_OUTPUT):
        try:
            status = (folder / _LOCK).stat()
        except FileNotFoundError:
            return None
    return status.st_dev, status.st_ino


def _check_ours(folder: Path) -> None:
    """Raise unless a folder is new, empty, or a run's; before anything in it is touched."""
    if not folder.is_dir() or (folder / MANIFEST).exists():
        return
    others = sorted(path.name for path in folder.iterdir() if not path.name.startswith(_LOCK))
    if others:
        reason = f"holds {others[0]!r}, and no {MANIFEST} of a run: name a new or an empty folder"
        raise InputError(reason, path=folder)


def _check_shards(checkpoint: Checkpoint) -> None:
    """Raise ``StorageError`` unless every shard that is done is what was written."""
    for path, shard in zip(checkpoint.paths, checkpoint.shards, strict=True):
        with storage_errors(path, IN_OUTPUT):
            whole = path.is_file() and path.stat().st_size == shard["size"] and sha256_file(path) == shard["sha256"]
        if not whole:
            raise StorageError(
                f"{path} is missing or has been changed since the run wrote it: restore it, or delete the folder"
            )


def _check_strays(checkpoint: Checkpoint) -> None:
    """Raise ``InputError`` if there are rows in the folder that are not the run's.

    A shard that was published and not entered any more is; it is written again.
    """
    known = {*checkpoint.paths, *(() if checkpoint.complete else (checkpoint.next_path(),))}
    with storage_errors(checkpoint.folder, IN_OUTPUT):
        strays = sorted(path for path in checkpoint.folder.rglob("*.parquet") if path not in known)
    # Readers pass over these, and macOS leaves some.
    strays = [path for path in strays if not _is_hidden(path.relative_to(checkpoint.folder))]
    if strays:
        raise InputError(
            f"holds {str(strays[0].relative_to(checkpoint.folder))!r}, which this run has not written: whoever reads "
            "the folder would take it for rows of it. Move it elsewhere",
            path=checkpoint.folder,
        )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _check_errors(checkpoint: Checkpoint) -> None:
    """Raise ``StorageError`` unless the file of errors is what was written.

    If the run is not complete there may be more, of a shard that was not entered any more; it is cut off later.
    """
    path = checkpoint.folder / ERRORS
    with storage_errors(path, IN_OUTPUT), path.open("rb") if path.exists() else io.BytesIO() as stream:
        found = [sha256_bytes(stream.read(shard["errors_size"])) for shard in checkpoint.shards]
        more = checkpoint.complete and stream.read(1) != b""
    if more or found != [shard["errors_sha256"] for shard in checkpoint.shards]:
        raise StorageError(f"{path} has been changed since the run wrote it: restore it, or delete the folder")
