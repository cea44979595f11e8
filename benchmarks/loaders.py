"""The two loaders side by side: what each costs alone, and what is left of that when models run.

    python -m benchmarks.loaders --rows 2000 --models pos:TreeStackPoS

Needs the extra ``tf``. The loaders take turns, so that neither has the warmer machine; the first round is not
counted. ``loader="auto"`` is the faster one by these figures.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from vnlp_colab.pipeline.delimited import sentence_table
from vnlp_colab.pipeline.loaders import loader
from vnlp_colab.pipeline.pipeline import VNLPipeline

LOADERS = ("threads", "tf.data")
_SAMPLE = Path(__file__).resolve().parents[1] / "examples" / "sample.tsv"
_BATCHES_IN_WINDOW = 8


def texts(rows: int) -> list[str]:
    """The sample's sentences, over and over; numbered, so that no cache knows them."""
    sample = [text or "" for chunk in sentence_table(_SAMPLE).chunks(4096) for text in chunk.texts]
    return [f"{row} {sample[row % len(sample)]}" for row in range(rows)]


def seconds(run: Callable[[], object]) -> float:
    """How long a call takes."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def measure(rounds: int, runs: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Time each run ``rounds`` times in turn, after one that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            found = seconds(run)
            if turn:
                taken[name].append(found)
    return taken


def show(title: str, taken: dict[str, list[float]], rows: int) -> None:
    """Print the medians and the spread."""
    print(title)
    for name, found in taken.items():
        median = statistics.median(found)
        print(f"  {name:8} {median:7.3f} s  ({min(found):.3f} to {max(found):.3f})  {rows / median:10,.0f} rows/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--models", default="pos:TreeStackPoS")
    options = parser.parse_args()
    rows = texts(options.rows)
    size = options.batch_size

    def alone(name: str) -> Callable[[], object]:
        load = loader(name)
        return lambda: sum(len(window.texts) for window in load(rows, size * _BATCHES_IN_WINDOW, size))

    def whole(name: str) -> Callable[[], object]:
        pipeline = VNLPipeline(options.models, loader=name, progress=False)
        return lambda: sum(len(sentence.tokens) for sentence in pipeline.annotate(rows, size))

    show("loader alone", measure(options.rounds, {name: alone(name) for name in LOADERS}), len(rows))
    with_models = measure(options.rounds, {name: whole(name) for name in LOADERS})
    show(f"with {options.models}", with_models, len(rows))


if __name__ == "__main__":
    main()
