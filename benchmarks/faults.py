"""Injects faults and feeds bad inputs, and counts what came of it: the measurements of benchmarks/reliability.py.

Faults and inputs are counted by the tests that make them (``record_property``), test cases by pytest.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks import pairing

ROOT = Path(__file__).resolve().parents[1]
FUZZ = "tests/faults/test_fuzz.py"
MAIN = "from vnlp_colab.cli import main; main()"
# How often the run of which the cost is measured is killed: each time after one more shard.
KILLS = 2


def ran(tests: Iterable[str], *options: str, environment: dict[str, str] | None = None) -> tuple[list[Any], str]:
    """Run tests in a process of their own.

    Returns:
        The elements of JUnit's XML, one a test case, none if the process did not come to its end; and what it said.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1"]
        done = subprocess.run(
            [*command, f"--junitxml={report}", *options, *tests],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
        )
        # 0: all passed, 1: some failed; else some are missing, which could not be imported or were cut off.
        ended = report.exists() and done.returncode in (0, 1)
        found = list(ElementTree.parse(report).iter("testcase")) if ended else []
    return found, done.stdout + done.stderr


def properties(case: Any) -> dict[str, float]:
    """Return what a test case has counted."""
    return {item.get("name"): float(item.get("value")) for item in case.iter("property")}


def fails(case: Any) -> bool:
    """Whether a test case failed."""
    return any(child.tag in ("failure", "error") for child in case)


def tested(paths: Iterable[str]) -> dict[str, int]:
    """Run tests of faults.

    Returns:
        ``cases`` that injected faults (by their own count: a test that counts none is not among them), the ``faults``,
        and those ``survived``, of tests that passed; test cases that ``failed`` and were ``skipped``, of all; and where
        tests compared rows, how many (``rows``), and how many of these were ``lost`` and ``wrong``, whether the tests
        passed or not.

    Raises:
        RuntimeError: The tests did not come to their end.
    """
    cases, said = ran(paths, "-m", "not nightly")
    if not cases:
        raise RuntimeError(said)
    skipped = [case for case in cases if case.find("skipped") is not None]
    run = [(properties(case), fails(case)) for case in cases if case not in skipped]
    found = {
        "cases": sum(counts.get("faults", 0) > 0 for counts, _ in run),
        "faults": sum(int(counts.get("faults", 0)) for counts, _ in run),
        "survived": sum(int(counts.get("faults", 0)) for counts, failed in run if not failed),
        "failed": sum(failed for _, failed in run),
        "skipped": len(skipped),
    }
    if any("rows" in counts for counts, _ in run):
        found |= {name: sum(int(counts.get(name, 0)) for counts, _ in run) for name in ("rows", "lost", "wrong")}
    if found["failed"]:
        print(said, file=sys.stderr)
    return found


def targets() -> list[str]:
    """Return the names of the targets of fuzzing."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", f"{FUZZ}::test_for_long"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line.partition("[")[2].partition("]")[0] for line in said.splitlines() if "[" in line]


def fuzzed(seconds: float, jobs: int, done: Callable[[str, dict[str, float]], None], names: Iterable[str] = ()) -> None:
    """Feed targets for so long each, ``jobs`` at a time, each in a process of its own.

    Args:
        seconds: How long each is fed.
        jobs: How many at a time.
        done: Is told each target's name and what came of it: ``inputs``, ``refused`` (those with an error that says
            why), ``seconds``, ``crashes``, ``hangs``.
        names: The targets; all of them, if there are none.
    """
    with ThreadPoolExecutor(jobs) as pool:
        runs = {pool.submit(_fuzzed, name, seconds): name for name in names or targets()}
        for run, name in runs.items():
            done(name, run.result())


def _fuzzed(name: str, seconds: float) -> dict[str, float]:
    cases, said = ran([f"{FUZZ}::test_for_long[{name}]"], environment={"VNLP_COLAB_FUZZ_SECONDS": str(seconds)})
    counted = properties(cases[0]) if cases else {}
    failed = not cases or fails(cases[0])
    hung = failed and ("Hung" in said or "Timeout" in said)
    if failed:
        print(f"{name} failed:\n{said}", file=sys.stderr)
    return {**counted, "crashes": int(failed and not hung), "hangs": int(hung)}


def kills(count: int) -> dict[str, float]:
    """Kill runs; returns what tests/faults/kills.py found."""
    command = [sys.executable, str(ROOT / "tests" / "faults" / "kills.py"), str(count)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def resumed(rows: int, rounds: int) -> dict[str, list[float]]:
    """Measure what it costs to be killed and started again, with the bundled tagger, from the start of the process.

    Args:
        rows: How many rows; more than two shards.
        rounds: How often both are measured, by turns.

    Returns:
        The seconds of the runs in one go (``whole``), and of all parts together of the killed ones (``killed``).
    """
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch, "in.csv")
        lines = (f"Bugün {i} kişi Ankara'ya gitti.\n" for i in range(rows))
        table.write_text("sentence\n" + "".join(lines), encoding="utf-8")
        runs = iter(range(2 * rounds))

        def timed(kills: int) -> float:
            folder = Path(scratch, f"out{next(runs)}")
            begin = time.perf_counter()
            _run(table, folder, kills)
            return time.perf_counter() - begin

        return pairing.interleave({"whole": lambda: timed(0), "killed": lambda: timed(KILLS)}, rounds)


def _run(table: Path, folder: Path, kills: int) -> None:
    command = [sys.executable, "-c", MAIN, "run", str(table), "--resume", "--models", "pos:ContextPoS", "-o"]
    for shard in range(kills + 1):
        process = subprocess.Popen([*command, str(folder)], stderr=subprocess.DEVNULL)
        if shard < kills:
            while process.poll() is None and not Path(folder, f"part-{shard:05d}.parquet").exists():
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        if (process.wait() == 0) != (shard == kills):
            raise RuntimeError(f"a run ended with {process.returncode}")
