"""Kills runs at random moments, starts them again, and compares what they wrote with what one in one go writes.

    python tests/faults/kills.py KILLS [--seed N] [--rows N]

prints one JSON object. Every run is a process of its own that is killed with SIGKILL; it is forked from one that has
imported everything, so that most of its life is the run itself. The models are stand-ins: what is tested is what
stands around them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import pyarrow.parquet as pq  # noqa: E402
from crash import content  # noqa: E402

from model_fakes import ALL, Factory  # noqa: E402
from vnlp_colab import VNLPipeline  # noqa: E402
from vnlp_colab.pipeline import frame, resumable  # noqa: E402, F401  (imported here, so that children need not)

SHARD = 64


def run(table: Path, folder: Path) -> None:
    """Annotate, as the command does with --resume."""
    pipe = VNLPipeline(ALL, progress=False, model_factory=Factory())
    pipe._rows_per_shard = SHARD
    pipe.annotate_file(table, folder, 16, resume=True)


def child(table: Path, folder: Path) -> int:
    """Start a run; returns its process."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            run(table, folder)
            code = 0
        finally:
            os._exit(code)
    return process


def finished(process: int, seconds: float) -> bool:
    """Wait for a run, and kill it after some time; tells whether it was faster."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            if status:
                raise RuntimeError(f"a run that was not killed failed with status {status}")
            return True
        time.sleep(0.0005)
    os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def timed(table: Path, folder: Path) -> float:
    """Run in one go; returns the seconds."""
    begin = time.monotonic()
    if not finished(child(table, folder), 120):
        raise RuntimeError("the undisturbed run took over two minutes")
    return time.monotonic() - begin


def kill(table: Path, scratch: Path, kills: int, chance: random.Random) -> dict[str, float]:
    """Kill runs until there were enough; returns what was found."""
    expected_seconds = min(timed(table, scratch / f"one{i}") for i in range(2))
    expected = content(scratch / "one0")
    rows = pq.ParquetFile(table).metadata.num_rows
    found = {"kills": 0, "runs": 0, "rows": 0, "rows_lost": 0, "rows_wrong": 0}
    while found["kills"] < kills:
        folder = scratch / f"killed{found['runs']}"
        while not finished(child(table, folder), chance.uniform(0, expected_seconds)):
            found["kills"] += 1
        found["runs"] += 1
        found["rows"] += rows
        got = content(folder)
        if got != expected:
            compare(expected, got, found)
    return {**found, "seconds_in_one_go": expected_seconds}


def compare(expected: dict[str, bytes], got: dict[str, bytes], found: dict[str, float]) -> None:
    """Count rows that are lost and wrong, shard by shard."""
    for name in expected:
        if not name.startswith("part"):
            continue
        if name not in got:
            found["rows_lost"] += SHARD
        elif got[name] != expected[name]:
            found["rows_wrong"] += SHARD
    if not found["rows_lost"] and not found["rows_wrong"]:
        raise RuntimeError("the manifests differ")


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=2000)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as scratch:
        # Written without Arrow, whose threads would not survive the forks.
        table = Path(scratch, "in.jsonl")
        texts = [f"Metin {i} " + "çok " * (i % 13) + "güzel ." if i % 7 else None for i in range(arguments.rows)]
        table.write_text("".join(json.dumps({"id": i, "sentence": text}) + "\n" for i, text in enumerate(texts)))
        convert = os.fork()
        if convert == 0:
            import pandas as pd

            pd.read_json(table, lines=True).to_parquet(table.with_suffix(".parquet"))
            os._exit(0)
        os.waitpid(convert, 0)
        print(json.dumps(kill(table.with_suffix(".parquet"), Path(scratch), arguments.kills, chance)))


if __name__ == "__main__":
    main()
