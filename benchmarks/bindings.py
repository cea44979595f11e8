"""What bound memory brings the engine's steps on the CPU: outputs that are given, and states that stay in place.

    python -m benchmarks.bindings

Runs the step graphs of SPUContextPoS and SPUContextDP as the engine does (``session.run``), and through onnxruntime's
IOBinding, in turns; and all of SPUContextDP with the loops bound that can be. One thread, processor time. The table
goes into ``docs/performance.md`` between markers of its own, the figures beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.children import ROOT, Child
from benchmarks.corpus import of_length
from benchmarks.pairing import ratios, spread
from benchmarks.render import bindings as rendered
from benchmarks.settings import environment, read_data, weights_folder

GRAPHS = (
    ("SPUContextPoS", "left_step"),
    ("SPUContextPoS", "decode"),
    ("SPUContextDP", "left_step"),
    ("SPUContextDP", "right2_step"),
    ("SPUContextDP", "decode"),
)
"""The other step graphs have the shapes of one of these."""
ROWS = (16, 64, 256, 1024)
LENGTH = 12
"""Tokens of the sentences of the whole model."""
_WHOLE = (1, 64)


def steps(child: Child, rows: Sequence[int], rounds: int, seconds: float) -> list[dict[str, Any]]:
    """The step graphs, each at every number of rows.

    Args:
        child: Runs them.
        rows: How many rows the steps have.
        rounds: Runs of each way.
        seconds: How long one lasts at least, about.
    """
    found = []
    for subject, graph in GRAPHS:
        for count in rows:
            print(f"{subject} {graph}, {count} rows", file=sys.stderr, flush=True)
            what: dict[str, Any] = {"subject": subject, "graph": graph, "rows": count}
            answer = child.ask("compare", **what, device="cpu", rounds=rounds, seconds=seconds, clock="processor")
            found.append({**what, **_step(answer)})
    return found


def whole(child: Child, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """All of SPUContextDP; arguments are those of ``steps``."""
    texts = of_length(read_data("spu", quick=False)[0][0], LENGTH, max(_WHOLE)).texts
    found = []
    for count in _WHOLE:
        print(f"SPUContextDP, sentences at a time: {count}", file=sys.stderr, flush=True)
        answer = child.ask("whole", subject="SPUContextDP", texts=texts[:count], rounds=rounds, seconds=seconds)
        taken = answer["milliseconds"]
        found.append({
            "subject": "SPUContextDP",
            "sentences": count,
            "milliseconds": spread(taken["run"]),
            "in place": ratios(taken["run"], taken["in place"]),
            "equal": answer["equal"],
        })  # fmt: skip
    return found


def _step(found: dict[str, Any]) -> dict[str, Any]:
    taken = found["microseconds"]
    times = {name: ratios(taken["run"], values) for name, values in taken.items() if name != "run"}
    return {"microseconds": spread(taken["run"]), "times": times, "equal": not any(found["apart"].values())}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bindings", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS), help="rows of a step (16 64 256 1024)")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each way, in turns (9)")
    parser.add_argument("--seconds", type=float, default=0.03, help="how long a run lasts at least, about (0.03)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="folder of performance.md (docs)")
    parser.add_argument("--render", action="store_true", help="write the page from the kept figures")
    options = parser.parse_args(arguments)
    path = options.output / "performance" / "bindings.json"
    if options.render:
        kept = json.loads(path.read_text(encoding="utf-8"))
    elif weights_folder() is None:
        print("the SPUContext weights are not here; VNLP_COLAB_WEIGHTS names their folder", file=sys.stderr)
        return 2
    else:
        kept = _measure(options)
    rendered.write(kept, options.output)
    return 0


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    with Child("benchmarks.runners.stepping", env=environment()) as child:
        return {
            **machine.describe(),
            "tokens": LENGTH,
            "rounds": options.rounds,
            "steps": steps(child, options.rows, options.rounds, options.seconds),
            # The gain to be seen is less than that of the steps, so it takes more runs to be seen.
            "whole": whole(child, 3 * options.rounds, 10 * options.seconds),
        }


if __name__ == "__main__":
    sys.exit(main())
