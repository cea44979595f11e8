"""What the program of docs/reliability.md counts, and how it says it."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import counting
from benchmarks import faults, reliability

TESTS = Path(__file__).resolve().parents[1]
COUNTING = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
import pytest
from conftest import counted, one_fault
def test_one(record_property): record_property("faults", 40)
def test_two(): pass
def test_three(record_property):
    record_property("faults", 7)
    assert False
def test_four():
    pytest.skip("no disk")
def test_seven(one_fault): pass
"""
COMPARING = """
def test_five(counted):
    counted.fault(2)
    counted.same("abcd", "abcd")
def test_six(counted):
    counted.fault()
    counted.same("abcd", "axc")
"""


def test_faults_are_counted_by_the_tests(tmp_path: Path) -> None:
    """Nothing but what they say: a test that counts none injects none, passed or failed."""
    (tmp_path / "test_counting.py").write_text(COUNTING)
    found = faults.tested([str(tmp_path / "test_counting.py")])
    assert found == {"cases": 3, "faults": 48, "survived": 41, "failed": 1, "skipped": 1}


def test_rows_are_counted_by_tests_that_fail_too(tmp_path: Path) -> None:
    (tmp_path / "test_counting.py").write_text(COUNTING + COMPARING)
    found = faults.tested([str(tmp_path / "test_counting.py")])
    assert found["rows"] == 8 and (found["lost"], found["wrong"]) == (1, 1)
    assert (found["faults"], found["survived"], found["failed"]) == (51, 43, 2)


@pytest.mark.parametrize(
    ("expected", "found", "lost_and_wrong"),
    [("abc", "abc", (0, 0)), ("abc", "ab", (1, 0)), ("abc", "bc", (1, 2)), ("abc", "abcd", (0, 1)), ("", "", (0, 0))],
)
def test_rows_are_told_apart_by_their_places(expected: str, found: str, lost_and_wrong: tuple[int, int]) -> None:
    assert counting.differences(expected, found) == lost_and_wrong


def shard(*rows: str) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"sentence": rows}), stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("change", "lost_and_wrong"),
    [
        ({}, (0, 0)),
        ({"part-1": shard("d", "e")}, (1, 0)),
        ({"part-1": shard("d", "x", "f")}, (0, 1)),
        ({"part-1": b""}, (3, 0)),
        ({"part-1": b"PAR1"}, (3, 0)),
        ({"part-2": shard("g")}, (0, 1)),
        ({"_errors.jsonl": b"{}\n"}, (0, 2)),
        ({"_manifest.json": b""}, (0, 0)),
    ],
)
def test_rows_of_folders(change: dict[str, bytes], lost_and_wrong: tuple[int, int]) -> None:
    good = {
        "part-0": shard("a", "b", "c"),
        "part-1": shard("d", "e", "f"),
        "_errors.jsonl": b"{a}\n{b}\n",
        "_manifest.json": b"{}",
    }
    assert counting.row_count(good) == 6
    assert counting.folder_differences(good, good | change) == lost_and_wrong
    counts = counting.Counted()
    if change:
        with pytest.raises(AssertionError):
            counts.same_folder(good, good | change)
    else:
        counts.same_folder(good, good)
    assert (counts.rows, counts.lost, counts.wrong) == (6, *lost_and_wrong)


def test_tests_that_do_not_run_are_no_result(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no_such_test"):
        faults.tested([str(tmp_path / "no_such_test.py")])
    (tmp_path / "test_good.py").write_text("def test_one(): pass")
    (tmp_path / "test_bad.py").write_text("import no_such_module")
    with pytest.raises(RuntimeError, match="no_such_module"):
        faults.tested([str(tmp_path / "test_good.py"), str(tmp_path / "test_bad.py")])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("record_property('inputs', 5)", {"inputs": 5.0, "crashes": 0, "hangs": 0}),
        ("record_property('inputs', 5); 1 // 0", {"inputs": 5.0, "crashes": 1, "hangs": 0}),
        ("import os; os.abort()", {"crashes": 1, "hangs": 0}),
        ("class Hung(Exception): pass\n    raise Hung", {"crashes": 0, "hangs": 1}),
    ],
)
def test_crashes_and_hangs_of_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, expected: dict[str, float]
) -> None:
    path = tmp_path / "test_fed.py"
    path.write_text(
        "import pytest\n@pytest.mark.parametrize('target', ['a'])\n"
        f"def test_for_long(target, record_property):\n    {body}\n"
    )
    monkeypatch.setattr(faults, "FUZZ", str(path))
    told = {}
    faults.fuzzed(1, 1, told.__setitem__)
    assert told == {"a": expected}


@pytest.mark.slow
def test_every_target_is_fed() -> None:
    assert {"tokenizers", "splitter", "deasciifier", "analyser", "csv", "conllu", "manifest", "pickle"} <= set(
        faults.targets()
    )


def test_the_tables() -> None:
    measured = {
        "kills": {
            "kills": 201,
            "survived": 190,
            "runs": 2,
            "rows": 4000,
            "rows_failed": 18,
            "rows_lost": 64,
            "rows_wrong": 3,
        },
        "runs": {"cases": 3, "faults": 1500, "survived": 1500, "failed": 0, "skipped": 0, "rows": 9000}
        | {"lost": 0, "wrong": 0},
        "rows": {
            "cases": 3,
            "faults": 48,
            "survived": 41,
            "failed": 1,
            "skipped": 1,
            "rows": 80,
            "lost": 2,
            "wrong": 1,
        },
        "stores": {"cases": 9, "faults": 9, "survived": 9, "failed": 0, "skipped": 0},
        "fuzzing": {
            "csv": {"inputs": 1000.0, "refused": 900.0, "seconds": 600.0, "crashes": 0, "hangs": 0},
            "npy": {"crashes": 1, "hangs": 0},
        },
        "resumed": {"rows": 20, "whole": [1.0, 2.0, 3.0], "killed": [1.5, 4.0, 3.0]},
    }
    said = reliability.tables(measured)
    assert "| SIGKILL at random moments (2 runs of 2,000 rows; " in said
    assert "fail and are skipped, 18 in all) | 201 | 190 | 4,000 | 64 | 3 |" in said
    assert "(3 tests) | 1,500 | 1,500 | 9,000 | 0 | 0 |" in said
    assert "(3 tests) | 48 | 41 | 80 | 2 | 1 |" in said
    assert "(9 tests) | 9 | 9 | - | - | - |" in said
    assert "Tests that failed, whose faults are not survived: 1." in said
    assert "Tests that this machine could not run: 1." in said
    assert "| csv | 1,000 | 900 | 10.0 | 0 | 0 |" in said
    assert "| npy | 0 | 0 | 0.0 | 1 | 0 |" in said and "| all | 1,000 | 900 | 10.0 | 1 | 0 |" in said
    assert "took 2.0 s" in said and "started again 3.0 s (medians of 3, by turns): 1.50 times" in said
    assert "(1.00 to 2.00)" in said
