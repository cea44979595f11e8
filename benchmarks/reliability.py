"""Injects faults, feeds bad inputs, and writes the table of docs/reliability.md.

    python -m benchmarks.reliability [--kills N] [--rows N]

The kills are those of tests/faults/kills.py; the other faults and the bad inputs are tests, whose outcomes are counted.
The cost of being resumed is measured with the bundled tagger: a run in one go against one that is killed three times,
both from the same start of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

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
    """Return the seconds of a run in one go, and of all parts of one that is killed three times."""
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
        for shard in range(3):
            process = start("two")
            while process.poll() is None and not Path(scratch, "two", f"part-{shard:05d}.parquet").exists():
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        if start("two").wait():
            raise RuntimeError("the resumed run failed")
        return whole, time.perf_counter() - begin


def table(count: int, rows: int) -> str:
    """Measure everything; returns the table and what is to be said with it."""
    found = kills(count)
    lines = ["| faults | injected | survived | rows lost | wrong rows |", "|---|---:|---:|---:|---:|"]
    survived = int(found["kills"])
    lines.append(
        f"| SIGKILL at random moments ({int(found['runs'])} runs of {int(found['rows'] // found['runs']):,} rows) | "
        f"{survived} | {survived} | {int(found['rows_lost'])} | {int(found['rows_wrong'])} |"
    )
    for name, paths in TESTS.items():
        passed, failed = tested(paths)
        # Rows are compared in the tests: where one fails, how many rows are wrong is not known.
        wrong = "not known" if failed else "0"
        lines.append(f"| {name}: test cases | {passed + failed} | {passed} | {wrong} | {wrong} |")
    whole, parts = resumed(rows)
    lines += [
        "",
        f"A run of {rows:,} rows in one go took {whole:.1f} s, and one that was killed three times and started again "
        f"{parts:.1f} s, {parts / whole:.2f} times as long: three more starts of the process and the parts of shards "
        f"that were lost. Measured on {os.cpu_count()} processors that did other work too: trust the ratio alone.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=40_000)
    arguments = parser.parse_args()
    measured = table(arguments.kills, arguments.rows)
    page = PAGE.read_text(encoding="utf-8")
    if BEGIN not in page:
        page += f"\n## Measured\n\nMade by `python -m benchmarks.reliability`.\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{measured}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(measured)


if __name__ == "__main__":
    main()
