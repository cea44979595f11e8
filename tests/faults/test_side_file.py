"""The file of rows that failed, when it is damaged: the line is named, and nothing is read out of it that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vnlp_colab import StorageError
from vnlp_colab.pipeline.checkpoint import read_errors
from vnlp_colab.pipeline.side_file import RowError

ROWS = [RowError(4, "ValueError", "ş\n\ud800"), RowError(7, "WorkerError", "")]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert list(read_errors(tmp_path)) == []
    (tmp_path / "_errors.jsonl").write_text("".join(row.line() for row in ROWS), "ascii")
    assert list(read_errors(tmp_path)) == ROWS


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b'{"index": 4, "error": \n',
        b'{"index": 4, "error": "X", "messagf": "y"}\n',
        b'{"index": 4, "error": "X"}\n',
        b'{"index": "4", "error": "X", "message": "y"}\n',
        b'{"index": true, "error": "X", "message": "y"}\n',
        b'{"index": 4, "error": null, "message": "y"}\n',
        b'{"index": 4, "error": "X", "message": ["y"]}\n',
        b"[4]\n",
        b"null\n",
        b"\xff\n",
        b"\n",
        b"[" * 100_000,
        ROWS[0].line().encode()[:20],
    ],
)
def test_damage_is_named(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "_errors.jsonl").write_bytes(ROWS[1].line().encode() + (line or b"\0"))
    found = read_errors(tmp_path)
    assert next(found) == ROWS[1]
    with pytest.raises(StorageError, match=r"_errors\.jsonl, line 2: is damaged \(.*restore the file, or delete"):
        next(found)


def test_a_line_is_what_json_says(tmp_path: Path) -> None:
    """No line end within a line: of a file that was cut, the last line alone is damaged."""
    for row in ROWS:
        assert row.line().count("\n") == 1 and json.loads(row.line())["index"] == row.index
