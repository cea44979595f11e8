"""The file beside an output that says which rows have no results, and why: JSON Lines."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.results import Sentence
from vnlp_colab.store.atomic import IN_OUTPUT, publish_file, remove_quietly, storage_errors

SUFFIX = ".errors.jsonl"

# What a summary holds of them.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class RowError:
    """A row without results.

    Attributes:
        index: Its number, as the input counts rows.
        error: The type of the error.
        message: What it said.
    """

    index: int
    error: str
    message: str

    def line(self) -> str:
        """Return it as a line of the side file."""
        # Escaped: a message may quote what is no valid text.
        return json.dumps(asdict(self)) + "\n"


def row_errors(numbers: Sequence[int], sentences: Iterable[Sentence]) -> list[RowError]:
    """Return those of some rows that failed."""
    rows = zip(numbers, sentences, strict=True)
    return [RowError(number, row.failure.type, row.failure.message) for number, row in rows if row.failure is not None]


@dataclass(slots=True)
class Tally:
    """Counts rows and tokens, and keeps the first errors.

    Attributes:
        rows: How many rows there were.
        tokens: How many tokens these have.
        failed: How many of the rows have no results.
        errors: The first of those.
    """

    rows: int = 0
    tokens: int = 0
    failed: int = 0
    errors: list[RowError] = field(default_factory=list)

    def add(self, numbers: Sequence[int], sentences: Sequence[Sentence]) -> list[RowError]:
        """Take in some rows, and return those that failed."""
        found = row_errors(numbers, sentences)
        self.rows += len(sentences)
        self.tokens += sum(len(sentence.tokens) for sentence in sentences)
        self.failed += len(found)
        self.errors += found[: SHOWN - len(self.errors)]
        return found


def read_side_file(path: Path) -> Iterator[RowError]:
    """Yield the rows of a side file.

    Raises:
        StorageError: If the file cannot be read, or is none; it names the line.
    """
    with storage_errors(path, IN_OUTPUT), path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield _parsed(line, path, number)


def _parsed(line: bytes, path: Path, number: int) -> RowError:
    try:
        row = RowError(**json.loads(line))
        if type(row.index) is int and isinstance(row.error, str) and isinstance(row.message, str):
            return row
        reason = "not a row's number, error and message"
    except (ValueError, TypeError, RecursionError) as error:
        reason = str(error)
    raise StorageError(f"{path}, line {number}: is damaged ({reason}): restore the file, or delete the folder")


def list_of_errors(output: Path) -> Path:
    """Return where the side file of an output lies, beside the file itself where that is a link."""
    written = Path(os.path.realpath(output))
    return written.with_name(written.name + SUFFIX)


@contextmanager
def open_side_file(output: str | Path) -> Iterator[SideFile]:
    """Open the side file of an output. It appears when the block ends well, and only if a row failed.

    One that an earlier run left there goes then. The output itself is published in the block, so that a side file is
    never that of another output than the one it stands beside, but for the moment between the two.

    Raises:
        StorageError: If it cannot be published; the message says that the output is there, and what of it is not.
    """
    written = Path(os.path.realpath(output))
    target = list_of_errors(written)
    side = SideFile(target.with_name(f".vnlp-colab-{secrets.token_hex(6)}.partial"))
    try:
        yield side
        side.close()
        try:
            if side.count:
                publish_file(side.partial, target)
            else:
                target.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(_half_published(written, target, side.count, error)) from error
    finally:
        # On a full disk closing fails once more, and would hide the first error.
        with suppress(StorageError):
            side.close()
        remove_quietly(side.partial)


def check_list_of_errors(output: Path) -> None:
    """Look, before any work is done for an output, whether its side file can be written and replaces no other file.

    Raises:
        InputError: If a file of its name is there that is none.
        StorageError: If there can be no file of its name, as where names are too long.
    """
    target = list_of_errors(output)
    try:
        os.lstat(target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(
            f"a list of rows that fail could not stand beside the output, as {target.name}: {error.strerror or error}. "
            "Give the output another name"
        ) from error
    try:
        next(read_side_file(target), None)
    except StorageError as error:
        raise InputError(
            "is no list of rows that failed, and one would replace it: move it, or give the output another name",
            path=target,
        ) from error


def _half_published(output: Path, target: Path, count: int, error: OSError) -> str:
    """Return what to say when an output is there, and its side file is not."""
    reason = error.strerror or error
    there = "; the file of that name that is there is an earlier run's" if target.exists() else ""
    if not count:
        return f"{output} is written, and all its rows have results, but {target} cannot be deleted: {reason}{there}"
    return (
        f"{output} is written, but the list of its {count} rows without results cannot be: {target}: {reason}{there}. "
        "Grant access there, and run it again for the list"
    )


class SideFile:
    """An open side file.

    Attributes:
        partial: Where it is written.
        count: How many rows are in it.
    """

    def __init__(self, partial: Path) -> None:
        self.partial = partial
        self.count = 0
        self._stream: IO[str] | None = None

    def write(self, errors: Iterable[RowError]) -> None:
        """Write some rows that failed.

        Raises:
            StorageError: If that is not possible.
        """
        for error in errors:
            with storage_errors(self.partial, IN_OUTPUT):
                if self._stream is None:
                    self._stream = self.partial.open("x", encoding="utf-8", newline="")
                self._stream.write(error.line())
                self.count += 1

    def close(self) -> None:
        """Close the file, if it is open.

        Raises:
            StorageError: If what is left of it cannot be written.
        """
        if self._stream is not None:
            stream, self._stream = self._stream, None
            with storage_errors(self.partial, IN_OUTPUT):
                stream.close()
