"""What the scale measurement makes of the times of its runs."""

import pyarrow as pa
import pytest

from benchmarks import scale, scale_page

COUNTS = {"few": 100, "many": 1100}
ABOUT = {
    "machine": {"cpu": "a CPU", "cores": 2, "load_before": [0.1]},
    "date": "2026-01-02T03:04:05+00:00",
    "commit": "c0ffee",
    "rows": 1100,
    "corpus": "a corpus",
}


def run(engine, workers, rate, **more):
    found = {"engine": engine, "workers": workers, "rows_per_second": rate, "once": 3.0, "start": 2.0, "other_rows": 0}
    return {**found, **ABOUT, **more}


def test_what_a_row_costs_is_parted_from_what_a_run_costs():
    found = scale.costs({"start": 1.0, "first": 9.0, "few": 3.0, "many": 8.0, "plan": None}, COUNTS)
    assert found["rows_per_second"] == pytest.approx(200)
    assert found["once"] == pytest.approx(8.5)
    assert "plan" not in found


def test_times_that_contradict_each_other_give_no_rate():
    assert scale.costs({"first": 9.0, "few": 5.0, "many": 4.0}, COUNTS)["rows_per_second"] is None


@pytest.mark.parametrize(
    ("rows", "other"),
    [([0, 1, 2], 0), ([0, 1], 1), ([0, 1, 2, 2], 1), ([0, 1, 5], 1)],
)
def test_rows_that_are_missing_doubled_or_wrong_are_counted(rows, other):
    wanted = pa.table({"id": [0, 1, 2], "pos": [["A"], ["B"], ["C"]]})
    found = pa.table({"id": rows, "pos": [[{0: "A", 1: "B", 2: "C"}.get(row, "X")] for row in rows]})
    assert scale.other_rows(found, wanted) == other


def test_the_plan_follows_from_the_rates():
    cores = {
        "context": {
            **ABOUT,
            "rows_per_second": 500.0,
            "start": 2.0,
            "peak_mb": 200.0,
            "bytes": {"in": 70.0, "out": 300.0},
        }
    }
    clusters = {"ray 1": run("ray", 1, 400.0, plan="Operator 1"), "ray 2": run("ray", 2, 750.0, plan="Operator 2")}
    assert scale_page.efficiencies(cores, clusters) == {"ray": 0.75}
    found = scale_page.blocks({"cores": cores, "clusters": clusters})
    assert set(found) == {"scale", "plan", "ray plan"}
    assert "| Ray | 2 | 750 | 1.88 × | 75 % |" in found["scale"]
    # 100 million at 500 a second: 55.6 core-hours; at three quarters of that 74.1, 4.63 hours on a node of 16 cores.
    assert "| `context` | 500 | 55.6 | 2.00 | 200 | 7.00 | 30.0 |" in found["plan"]
    assert "| `context` | 74.1 | 4.63 | 1.16 |" in found["plan"]
    assert "Operator 2" in found["ray plan"]


def test_engines_without_a_rate_leave_the_plan_without_hours():
    cores = {"pos": {**ABOUT, "rows_per_second": None, "start": 2.0, "peak_mb": 1.0, "bytes": {"in": 1.0, "out": 1.0}}}
    found = scale_page.blocks({"cores": cores, "clusters": {"ray 1": run("ray", 1, None)}})
    assert "not measurable" in found["scale"] and "h on" not in found["plan"]
