"""The file beside an output that says which rows have no results, and why: JSON Lines."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from vnlp_colab.errors import StorageError
from vnlp_colab.results import Sentence
from vnlp_colab.store.atomic import publish_file, storage_errors

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
    with storage_errors(path), path.open("rb") as lines:
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


@contextmanager
def open_side_file(output: str | Path) -> Iterator[SideFile]:
    """Open the side file of an output. It appears when the block ends well, and only if a row failed.

    One that an earlier run left there goes then.
    """
    written = Path(os.path.realpath(output))
    target = written.with_name(written.name + SUFFIX)
    side = SideFile(target.with_name(f".vnlp-colab-{secrets.token_hex(6)}.partial"))
    try:
        yield side
        with storage_errors(target):
            side.close()
            if side.used:
                publish_file(side.partial, target)
            else:
                target.unlink(missing_ok=True)
    finally:
        side.close()
        side.partial.unlink(missing_ok=True)


class SideFile:
    """An open side file.

    Attributes:
        partial: Where it is written.
        used: Whether there is anything in it.
    """

    def __init__(self, partial: Path) -> None:
        self.partial = partial
        self.used = False
        self._stream: IO[str] | None = None

    def write(self, errors: Iterable[RowError]) -> None:
        """Write some rows that failed.

        Raises:
            StorageError: If that is not possible.
        """
        for error in errors:
            with storage_errors(self.partial):
                if self._stream is None:
                    self._stream = self.partial.open("x", encoding="utf-8", newline="")
                    self.used = True
                self._stream.write(error.line())

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.close()
