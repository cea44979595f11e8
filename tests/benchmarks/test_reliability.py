"""What the program of docs/reliability.md counts, and how it says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import faults, reliability

COUNTING = """
def test_one(record_property): record_property("faults", 40)
def test_two(): pass
def test_three(record_property):
    record_property("faults", 7)
    assert False
def test_four():
    import pytest
    pytest.skip("no disk")
"""


def test_faults_are_counted_by_the_tests(tmp_path: Path) -> None:
    (tmp_path / "test_counting.py").write_text(COUNTING)
    found = faults.tested([str(tmp_path / "test_counting.py")])
    assert found == {"cases": 3, "faults": 48, "survived": 41, "skipped": 1}


def test_tests_that_do_not_run_are_no_result(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no_such_test"):
        faults.tested([str(tmp_path / "no_such_test.py")])


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
        "kills": {"kills": 201, "runs": 2, "rows": 4000, "rows_lost": 0, "rows_wrong": 0},
        "runs": {"cases": 3, "faults": 1500, "survived": 1500, "skipped": 0},
        "rows": {"cases": 3, "faults": 48, "survived": 41, "skipped": 1},
        "fuzzing": {
            "csv": {"inputs": 1000.0, "refused": 900.0, "seconds": 600.0, "crashes": 0, "hangs": 0},
            "npy": {"crashes": 1, "hangs": 0},
        },
        "resumed": {"rows": 20, "whole": [1.0, 2.0, 3.0], "killed": [1.5, 4.0, 3.0]},
    }
    said = reliability.tables(measured)
    assert "| SIGKILL at random moments (2 runs of 2,000 rows) | 201 | 201 | 0 | 0 |" in said
    assert "(3 tests) | 1,500 | 1,500 | 0 | 0 |" in said
    assert "(3 tests) | 48 | 41 | not known | not known |" in said
    assert "could not run, and that are not counted: 1." in said
    assert "| csv | 1,000 | 900 | 10.0 | 0 | 0 |" in said
    assert "| npy | 0 | 0 | 0.0 | 1 | 0 |" in said and "| all | 1,000 | 900 | 10.0 | 1 | 0 |" in said
    assert "took 2.0 s" in said and "started again 3.0 s (medians of 3, by turns): 1.50 times" in said
    assert "(1.00 to 2.00)" in said
