"""What tests of faults count for docs/reliability.md: faults that they bring about, and rows that they compare."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ERRORS = "_errors.jsonl"


class Counted:
    """The counts of one test, which become its properties at its end, however it ends.

    Attributes:
        faults: How many faults were brought about.
        rows: How many rows there should have been after them.
        lost: How many of these were not there.
        wrong: How many were there and not as they should have been, or too many.
    """

    def __init__(self) -> None:
        self.faults = self.rows = self.lost = self.wrong = 0

    def fault(self, count: int = 1) -> None:
        """Count faults."""
        self.faults += count

    def same(self, expected: Sequence[Any], found: Sequence[Any]) -> None:
        """Count and compare rows, each by its place, before anything is asserted of them."""
        self._add(len(expected), *differences(expected, found))

    def same_folder(self, expected: Mapping[str, bytes], found: Mapping[str, bytes]) -> None:
        """Count and compare the rows of folders of shards (``crash.content``), and then each byte of them."""
        self._add(row_count(expected), *folder_differences(expected, found))
        assert found == expected

    def _add(self, rows: int, lost: int, wrong: int) -> None:
        self.rows += rows
        self.lost += lost
        self.wrong += wrong
        assert (lost, wrong) == (0, 0), f"of {rows} rows {lost} are lost and {wrong} wrong"


def differences(expected: Sequence[Any], found: Sequence[Any]) -> tuple[int, int]:
    """Return how many rows are lost, and how many are wrong or too many.

    A row's place tells which one it is. Where one is left out, those after it have other places and are wrong, too.
    """
    wrong = sum(one != other for one, other in zip(expected, found, strict=False))
    return max(0, len(expected) - len(found)), wrong + max(0, len(found) - len(expected))


def folder_differences(expected: Mapping[str, bytes], found: Mapping[str, bytes]) -> tuple[int, int]:
    """Return how many rows of a folder of shards are lost and wrong: in each shard, and in the list of errors."""
    lost = wrong = 0
    for name in sorted({*expected, *found}):
        one, other = expected.get(name, b""), found.get(name, b"")
        if one != other and name.startswith("part"):
            changed = differences(_shard(one), _shard(other))
        elif one != other and name == ERRORS:
            changed = (0, sum(differences(one.splitlines(), other.splitlines())))
        else:
            continue
        lost, wrong = lost + changed[0], wrong + changed[1]
    return lost, wrong


def row_count(files: Mapping[str, bytes]) -> int:
    """Return how many rows a folder of shards has."""
    return sum(pq.read_metadata(io.BytesIO(data)).num_rows for name, data in files.items() if name.startswith("part"))


def _shard(data: bytes) -> list[Any]:
    """Return the rows of a shard; of one that is missing or cannot be read, none."""
    try:
        rows: list[Any] = pq.read_table(io.BytesIO(data)).to_pylist() if data else []
    except (pa.ArrowException, OSError):
        return []
    return rows
