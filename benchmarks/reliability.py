"""Injects faults, feeds bad inputs, and writes the tables of docs/reliability.md.

    python -m benchmarks.reliability [--part NAME]... [--kills N] [--rows N] [--rounds N] [--seconds N] [--jobs N]

``kills`` kills runs at random moments (tests/faults/kills.py). ``resumed`` measures a run in one go against one that is
killed twice. ``fuzzing`` feeds each target of tests/faults/test_fuzz.py for ten minutes: over three hours, or with
``--jobs 2`` half as long. The other parts are tests; they count the faults that they inject and the rows that they
compare: what does not count itself is in no table.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import faults, pairing
from benchmarks.render import marked
from benchmarks.render.marked import Marks

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "docs" / "reliability.json"
MARKS = Marks("<!-- measured: begin -->", "<!-- measured: end -->")
HEADING = "## Measured\n\nMade by `python -m benchmarks.reliability`."

# What each group of tests injects: its name as a part, what the table calls it, and the tests.
TESTS = {
    "runs": (
        "power cuts, full disks, refused writes, failing models, jumping clocks, changed inputs and folders",
        [
            "tests/faults/test_resume.py",
            "tests/faults/test_errors_survive.py",
            "tests/faults/test_file_limits.py",
            "tests/faults/test_clock.py",
            "tests/faults/test_changed_inputs.py",
            "tests/faults/test_run_identity.py",
            "tests/faults/test_published_together.py",
            "tests/faults/test_side_file.py",
        ],
    ),
    "rows": (
        "rows that break a model, kill a worker or lack memory, rows beyond the limits, models that break over all",
        ["tests/faults/test_rows.py", "tests/faults/test_memory.py", "tests/faults/test_blame.py"],
    ),
    "caches": (
        "flipped bits and cuts in cached models and wheels, full and read-only caches, processes on one cache",
        ["tests/store/test_damaged_files.py", "tests/store/test_bundles.py", "tests/store/test_wheels.py"],
    ),
    "stores": (
        "stores that lie, break off, are silent or lead elsewhere",
        [
            "tests/store/test_hostile_store.py",
            "tests/store/test_shelf.py",
            "tests/store/test_transport.py",
            "tests/store/test_records.py",
        ],
    ),
    "threads": (
        "many threads, forked and spawned processes",
        ["tests/faults/test_threads.py", "tests/faults/test_forks.py"],
    ),
}


def measure(part: str, options: argparse.Namespace, measured: dict[str, Any]) -> None:
    """Measure one part, and write it."""
    if part == "kills":
        measured[part] = faults.kills(options.kills)
    elif part == "resumed":
        measured[part] = {"rows": options.rows, **faults.resumed(options.rows, options.rounds)}
    elif part == "fuzzing":

        def done(name: str, found: Mapping[str, float]) -> None:
            measured.setdefault(part, {})[name] = found
            write(measured)

        faults.fuzzed(options.seconds, options.jobs, done, options.target or ())
    else:
        measured[part] = faults.tested(TESTS[part][1])
    write(measured)


def tables(measured: Mapping[str, Any]) -> str:
    """Return the tables of what has been measured, and what is to be said with them."""
    parts = [fault_table(measured)]
    if "fuzzing" in measured:
        parts.append(input_table(measured["fuzzing"]))
    if "resumed" in measured:
        parts.append(cost(measured["resumed"]))
    return "\n\n".join(parts)


def fault_table(measured: Mapping[str, Any]) -> str:
    """Return the table of faults; a dash where no rows were compared."""
    lines = [
        "| faults | injected | survived | rows compared | rows lost | wrong rows |",
        "|---|---:|---:|---:|---:|---:|",
    ]

    def add(what: str, *numbers: int | None) -> None:
        lines.append(f"| {what} | {' | '.join('-' if number is None else f'{number:,}' for number in numbers)} |")

    if "kills" in measured:
        found = measured["kills"]
        what = (
            f"SIGKILL at random moments ({found['runs']} runs of {found['rows'] // found['runs']:,} rows; in every "
            f"second one some rows fail and are skipped, {found['rows_failed']:,} in all)"
        )
        add(what, *(found[name] for name in ("kills", "survived", "rows", "rows_lost", "rows_wrong")))
    skipped = failed = 0
    for name, (what, _) in TESTS.items():
        if name in measured:
            found = measured[name]
            skipped += found["skipped"]
            failed += found["failed"]
            numbers = [found.get(key) for key in ("faults", "survived", "rows", "lost", "wrong")]
            add(f"{what} ({found['cases']} tests)", *numbers)
    for count, what in ((failed, "failed, whose faults are not survived"), (skipped, "this machine could not run")):
        if count:
            lines += ["", f"Tests that {what}: {count}."]
    return "\n".join(lines)


def input_table(targets: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table of inputs that were made up, with its sum."""
    names = ("inputs", "refused", "crashes", "hangs")
    lines = ["| bad inputs, by target | tried | refused | minutes | crashes | hangs |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    total = {name: sum(found.get(name, 0) for found in targets.values()) for name in (*names, "seconds")}
    for what, found in [*sorted(targets.items()), ("all", total)]:
        tried, refused, crashes, hangs = (f"{int(found.get(name, 0)):,}" for name in names)
        minutes = f"{found.get('seconds', 0) / 60:.1f}"
        lines.append(f"| {what} | {tried} | {refused} | {minutes} | {crashes} | {hangs} |")
    return "\n".join(lines)


def cost(found: Mapping[str, Any]) -> str:
    """Say what it costs to be killed and started again."""
    whole, killed = (statistics.median(found[name]) for name in ("whole", "killed"))
    ratio = pairing.ratios(found["killed"], found["whole"])
    return (
        f"A run of {found['rows']:,} rows in one go took {whole:.1f} s, and one that was killed after each of its "
        f"first {faults.KILLS} shards and started again {killed:.1f} s (medians of {ratio['runs']}, by turns): "
        f"{ratio['median']:.2f} times as long ({ratio['min']:.2f} to {ratio['max']:.2f}). That is the starts of the "
        "process, and the rows of unfinished shards that are annotated twice."
    )


def write(measured: Mapping[str, Any]) -> None:
    """Write what was measured, and the page."""
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    marked.write(PAGE, {MARKS: tables(measured)}, absent=HEADING)


def main() -> None:
    """Run the program."""
    parts = ["kills", "resumed", *TESTS, "fuzzing"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs that are timed")
    parser.add_argument("--seconds", type=float, default=600, help="how long each target is fed")
    parser.add_argument("--jobs", type=int, default=1, help="targets that are fed at the same time")
    parser.add_argument("--target", action="append", help="feed this target alone")
    parser.add_argument("--part", choices=parts, action="append", help="measure this part anew, and keep the others")
    options = parser.parse_args()
    measured = json.loads(RESULTS.read_text(encoding="utf-8")) if options.part and RESULTS.exists() else {}
    for part in options.part or parts:
        measure(part, options, measured)
    print(tables(measured))


if __name__ == "__main__":
    main()
