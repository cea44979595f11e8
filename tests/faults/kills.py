"""Kills runs at random moments, starts them again, and compares what they wrote with what one in one go writes.

    python tests/faults/kills.py KILLS [--seed N] [--rows N]

prints one JSON object. Every run is a process of its own that is killed with SIGKILL; it is forked from one that has
imported everything, so that most of its life is the run itself. The models are stand-ins: what is tested is what
stands around them. In every second run some rows break a model, and are skipped.

A kill is survived if the folder of its run comes out as that of an undisturbed one, byte for byte.
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

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "faults"), str(TESTS / "pipeline"), str(TESTS)]

from crash import content  # noqa: E402
from worker_fakes import Buggy  # noqa: E402

from counting import ERRORS, folder_differences, row_count  # noqa: E402
from model_fakes import ALL, Factory  # noqa: E402
from vnlp_colab import VNLPipeline  # noqa: E402
from vnlp_colab.pipeline import frame, resumable  # noqa: E402, F401  (imported here, so that children need not)

SHARD = 64


def run(table: Path, folder: Path, skips: bool) -> None:
    """Annotate, as the command does with --resume; with ``skips``, rows that say ``hata`` break a model."""
    options = {"model_factory": Buggy(), "on_error": "skip"} if skips else {"model_factory": Factory()}
    pipe = VNLPipeline(ALL, progress=False, **options)
    pipe._rows_per_shard = SHARD
    pipe.annotate_file(table, folder, 16, resume=True)


def child(table: Path, folder: Path, skips: bool) -> int:
    """Start a run; returns its process."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            run(table, folder, skips)
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


def timed(table: Path, folder: Path, skips: bool) -> float:
    """Run in one go; returns the seconds."""
    begin = time.monotonic()
    if not finished(child(table, folder, skips), 120):
        raise RuntimeError("the undisturbed run took over two minutes")
    return time.monotonic() - begin


def kill(table: Path, scratch: Path, kills: int, chance: random.Random) -> dict[str, float]:
    """Kill runs until there were enough; returns what was found.

    Returns:
        ``kills`` and how many of them were ``survived``; ``runs`` and their ``rows``, of which ``rows_failed`` were to
        break a model; ``rows_lost``, ``rows_wrong``; ``seconds_in_one_go``.
    """
    seconds, expected = {}, {}
    for skips in (False, True):
        folders = [scratch / f"one{int(skips)}{i}" for i in range(2)]
        seconds[skips] = min(timed(table, folder, skips) for folder in folders)
        expected[skips] = content(folders[0])
    names = ("kills", "survived", "runs", "rows", "rows_failed", "rows_lost", "rows_wrong")
    found: dict[str, float] = dict.fromkeys(names, 0)
    while found["kills"] < kills:
        skips = found["runs"] % 2 == 1
        folder = scratch / f"killed{found['runs']}"
        times = 0
        while not finished(child(table, folder, skips), chance.uniform(0, seconds[skips])):
            times += 1
        got = content(folder)
        lost, wrong = folder_differences(expected[skips], got)
        found["kills"] += times
        found["survived"] += times if got == expected[skips] else 0
        found["runs"] += 1
        found["rows"] += row_count(expected[skips])
        found["rows_failed"] += len(expected[skips].get(ERRORS, b"").splitlines())
        found["rows_lost"] += lost
        found["rows_wrong"] += wrong
    return {**found, "seconds_in_one_go": seconds[False]}


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
        texts = [
            f"{'hata' if i % 97 == 5 else 'Metin'} {i} " + "çok " * (i % 13) + "güzel ." if i % 7 else None
            for i in range(arguments.rows)
        ]
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
