"""Folders of results that grow shard by shard, so that a run which was killed goes on where it was.

A folder holds ::

    part-00000.parquet ...   the annotated rows, in order; each file complete or absent
    _manifest.json           what the run is made of, and which shards are done
    _errors.jsonl            the rows that have no results, and why; missing if there are none
    .lock                    held while a run writes

A shard is written under a temporary name, synced, renamed, and only then entered in the manifest, which is replaced
in the same way. So at any moment the manifest tells the truth about the shards that it names, and what it does not
name is made again. Readers of Parquet data sets pass over names that begin with ``_`` or a dot.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.pipeline.side_file import RowError, read_side_file
from vnlp_colab.pipeline.sink import Written
from vnlp_colab.store.atomic import publish_file, sha256_file, storage_errors, write_synced

MANIFEST = "_manifest.json"
ERRORS = "_errors.jsonl"
FORMAT = 1
_LOCK = ".lock"
_COUNTS = ("rows", "tokens", "size", "failed", "errors_size")

# Rows of a shard: those of a row group of a single file, a minute's work of a slow machine.
ROWS_PER_SHARD = 8192


@dataclass(slots=True)
class Checkpoint:
    """An open folder. Whoever holds one is the only writer.

    Attributes:
        folder: The folder.
        run: What the run is made of.
        shards: The shards that are done, in order.
        complete: Whether all of them are.
    """

    folder: Path
    run: Mapping[str, Any]
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
        return self.folder / f"part-{len(self.shards):05d}.parquet"

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
            StorageError: If the manifest cannot be written.
        """
        shard = {"file": self.next_path().name, "rows": rows, "tokens": tokens, **written._asdict()}
        self.shards.append({**shard, "failed": len(errors), "errors_size": self._append(errors)})
        self._write()

    def _append(self, errors: Sequence[RowError]) -> int:
        """Append to the file of errors, after what the manifest knows of; returns how many bytes.

        What a run wrote that was killed before it got to the manifest is cut off.
        """
        path = self.folder / ERRORS
        data = "".join(error.line() for error in errors).encode()
        if data or path.exists():
            with storage_errors(path), path.open("r+b" if path.exists() else "xb") as stream:
                stream.truncate(_errors_size(self.shards))
                stream.seek(0, os.SEEK_END)
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        return len(data)

    def finish(self) -> None:
        """Enter that there are no more.

        Raises:
            StorageError: If the manifest cannot be written.
        """
        if not self.complete:
            self.complete = True
            self._write()

    def _write(self) -> None:
        state = {"rows_done": self.rows, "complete": self.complete, "shards": self.shards}
        content = json.dumps({"format": FORMAT, "run": self.run, **state}, ensure_ascii=False, indent=1) + "\n"
        partial = self.folder / f"{_LOCK}-manifest.partial"
        with storage_errors(partial):
            write_synced(partial, content.encode())
            publish_file(partial, self.folder / MANIFEST)


def read_errors(folder: Path) -> Iterator[RowError]:
    """Yield the rows of a folder's run that have no results.

    Raises:
        StorageError: If the file of errors cannot be read, or is damaged; it names the line.
    """
    path = folder / ERRORS
    with storage_errors(path):
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
    with storage_errors(folder):
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


def _opened(folder: Path, run: Mapping[str, Any]) -> Checkpoint:
    found = _read(folder)
    if found is not None:
        _check_same(folder, found["run"], run)
    shards = [] if found is None else found["shards"]
    checkpoint = Checkpoint(folder, run, shards, found is not None and found["complete"])
    _check_shards(checkpoint)
    with storage_errors(folder):
        for left_over in folder.glob(".*.partial"):
            left_over.unlink()
    if found is None:
        checkpoint._write()
    return checkpoint


def _check_ours(folder: Path) -> None:
    """Raise unless a folder is new, empty, or a run's; before anything in it is touched."""
    if not folder.is_dir() or (folder / MANIFEST).exists():
        return
    others = sorted(path.name for path in folder.iterdir() if not path.name.startswith(_LOCK))
    if others:
        raise InputError(
            f"holds {others[0]!r}, and no {MANIFEST} of a run: name a new or an empty folder",
            path=folder,
        )


def _read(folder: Path) -> dict[str, Any] | None:
    path = folder / MANIFEST
    try:
        with storage_errors(path):
            found = json.loads(path.read_bytes()) if path.exists() else None
    except ValueError as error:
        raise StorageError(f"{path} is damaged ({error}): delete the folder, or restore the file") from error
    if found is None:
        return None
    if not _is_valid(found):
        raise StorageError(f"{path} is not the manifest of a run, or of another version: name another folder")
    manifest: dict[str, Any] = found
    return manifest


def _is_valid(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and found.get("format") == FORMAT
        and isinstance(found.get("run"), dict)
        and isinstance(found.get("complete"), bool)
        and isinstance(found.get("shards"), list)
        and all(map(_is_valid_shard, range(len(found["shards"])), found["shards"]))
    )


def _is_valid_shard(number: int, shard: Any) -> bool:
    # The name is fixed by the number: a manifest from elsewhere cannot point out of its folder.
    return (
        isinstance(shard, dict)
        and shard.get("file") == f"part-{number:05d}.parquet"
        and all(type(shard.get(name)) is int and shard[name] >= 0 for name in _COUNTS)
        and isinstance(shard.get("sha256"), str)
    )


def _check_same(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise ``InputError`` that names what differs between the run of a folder and this one."""
    # As JSON gives it back: tuples are lists there.
    now = json.loads(json.dumps(now))
    for section in dict.fromkeys((*before, *now)):
        old, new = before.get(section), now.get(section)
        if old == new:
            continue
        if not isinstance(old, dict) or not isinstance(new, dict):
            old, new = {section: old}, {section: new}
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        what = "; ".join(f"{name} was {_short(old.get(name))} and is {_short(new.get(name))}" for name in names[:4])
        raise InputError(
            f"belongs to another run: not the same {section} ({what}): name another folder, or run as before",
            path=folder,
        )


def _check_shards(checkpoint: Checkpoint) -> None:
    """Raise ``StorageError`` unless every shard that is done is what was written."""
    for path, shard in zip(checkpoint.paths, checkpoint.shards, strict=True):
        with storage_errors(path):
            whole = path.is_file() and path.stat().st_size == shard["size"] and sha256_file(path) == shard["sha256"]
        if not whole:
            raise StorageError(
                f"{path} is missing or has been changed since the run wrote it: restore it, or delete the folder"
            )
    path = checkpoint.folder / ERRORS
    with storage_errors(path):
        found = path.stat().st_size if path.exists() else 0
    if found < _errors_size(checkpoint.shards):
        raise StorageError(f"{path} has been cut since the run wrote it: restore it, or delete the folder")


def _errors_size(shards: Iterable[Mapping[str, Any]]) -> int:
    return sum(shard["errors_size"] for shard in shards)


def _short(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:28]}...{text[-28:]}"
