"""Injects faults, feeds bad inputs, and writes the table of docs/reliability.md.

    python -m benchmarks.reliability [--kills N] [--rows N] [--part NAME]...

The kills are those of tests/faults/kills.py; the other faults and the bad inputs are tests, whose outcomes are counted.
The cost of being resumed is measured with the bundled tagger: a run in one go against one that is killed twice,
both from the same start of the process.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.render import marked
from benchmarks.render.marked import Marks

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "docs" / "reliability.json"
MARKS = Marks("<!-- measured: begin -->", "<!-- measured: end -->")
HEADING = "## Measured\n\nMade by `python -m benchmarks.reliability`."

# What each group of tests injects.
TESTS = {
    "power cuts, full disks, failing models, jumping clocks in resumable runs": ["tests/faults/test_resume.py"],
    "rows that break a model or kill a worker, rows beyond the limits": ["tests/faults/test_rows.py"],
    "damaged, full and read-only caches, stores that lie": [
        "tests/store/test_damaged_files.py",
        "tests/store/test_hostile_store.py",
    ],
    "many threads, forked and spawned processes": ["tests/faults/test_threads.py"],
    "bad inputs (fuzzing), targets": ["tests/faults/test_fuzz.py"],
}
MAIN = "from vnlp_colab.cli import main; main()"


def tested(paths: list[str]) -> tuple[int, int]:
    """Run tests; returns how many passed and how many did not."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not nightly", "-p", "no:cacheprovider", *paths]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout

    def count(word: str) -> int:
        found = re.search(rf"(\d+) {word}", said)
        return int(found[1]) if found else 0

    return count("passed"), count("failed") + count("errors?")


def kills(count: int) -> dict[str, float]:
    """Kill runs; returns what tests/faults/kills.py found."""
    command = [sys.executable, str(ROOT / "tests" / "faults" / "kills.py"), str(count)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def resumed(rows: int) -> tuple[float, float]:
    """Return the seconds of a run in one go, and of all parts of one that is killed twice."""
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch, "in.csv")
        table.write_text(
            "sentence\n" + "".join(f"Bugün {i} kişi Ankara'ya gitti.\n" for i in range(rows)), encoding="utf-8"
        )
        command = [sys.executable, "-c", MAIN, "run", str(table), "--resume", "--models", "pos:ContextPoS", "-o"]

        def start(folder: str) -> subprocess.Popen[bytes]:
            return subprocess.Popen([*command, str(Path(scratch, folder))], stderr=subprocess.DEVNULL)

        begin = time.perf_counter()
        if start("one").wait():
            raise RuntimeError("the undisturbed run failed")
        whole = time.perf_counter() - begin
        begin = time.perf_counter()
        for shard in range(2):
            process = start("two")
            while process.poll() is None and not Path(scratch, "two", f"part-{shard:05d}.parquet").exists():
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        if start("two").wait():
            raise RuntimeError("the resumed run failed")
        return whole, time.perf_counter() - begin


def measure(part: str, count: int, rows: int) -> object:
    """Measure one part of the table."""
    if part == "kills":
        return kills(count)
    if part == "resumed":
        return [rows, *resumed(rows)]
    return tested(TESTS[part])


def table(measured: dict[str, Any]) -> str:
    """Return the table of what has been measured, and what is to be said with it."""
    lines = ["| faults | injected | survived | rows lost | wrong rows |", "|---|---:|---:|---:|---:|"]
    if "kills" in measured:
        found = measured["kills"]
        what = f"SIGKILL at random moments ({found['runs']} runs of {found['rows'] // found['runs']:,} rows)"
        numbers = (found["kills"], found["kills"], found["rows_lost"], found["rows_wrong"])
        lines.append(f"| {what} | {' | '.join(map(str, numbers))} |")
    for name in TESTS:
        if name in measured:
            passed, failed = measured[name]
            # Rows are compared in the tests: where one fails, how many rows are wrong is not known.
            wrong = "not known" if failed else "0"
            lines.append(f"| {name}: test cases | {passed + failed} | {passed} | {wrong} | {wrong} |")
    if "resumed" in measured:
        rows, whole, parts = measured["resumed"]
        lines += [
            "",
            f"A run of {rows:,} rows in one go took {whole:.1f} s, and one that was killed after each of its first "
            f"shards and started again {parts:.1f} s, {parts / whole:.2f} times as long: the starts of the process and "
            "the parts of shards that were lost. Other work ran on the machine meanwhile: trust the ratio alone.",
        ]
    return "\n".join(lines)


def write(measured: dict[str, Any]) -> None:
    """Write what was measured, and the page."""
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    marked.write(PAGE, {MARKS: table(measured)}, absent=HEADING)


def main() -> None:
    """Run the program."""
    parts = ["kills", "resumed", *TESTS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--part", choices=parts, action="append", help="measure this part anew, and keep the others")
    arguments = parser.parse_args()
    measured = json.loads(RESULTS.read_text(encoding="utf-8")) if arguments.part and RESULTS.exists() else {}
    for part in arguments.part or parts:
        measured[part] = measure(part, arguments.kills, arguments.rows)
        write(measured)
    print(table(measured))


if __name__ == "__main__":
    main()
