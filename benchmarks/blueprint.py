"""The incremental engine beside the stepwise graph that tf2onnx makes, which is the blueprint to the letter.

Take folders that ``vnlp-colab convert MODEL --weights W --embedding E -o FOLDER --via tf2onnx`` wrote:

    python -m benchmarks.blueprint FOLDER [FOLDER ...]
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.corpus import corpora
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.render.page import write
from vnlp_colab.models.spu_context.network import Network
from vnlp_colab.store.folders import open_folder
from vnlp_colab.text.tokenise import TreebankWordTokenize

_WANTED = {"SPUContextPoS": 60, "SPUContextNER": 40, "SPUContextDP": 40}
_PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def main() -> None:
    """Measure every folder and write the table into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.blueprint", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sentences", type=int, default=200)
    options = parser.parse_args()
    data, _ = corpora()
    sentences = [TreebankWordTokenize(text) for text in data[0].some(options.sentences, 40).texts]
    rows = [_row(folder, sentences, options.rounds) for folder in options.folders]
    head = (
        "### The incremental engine beside the blueprint's graph\n\n"
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load {os.getloadavg()[0]:.2f}; {len(sentences)} sentences of "
        f"{data[0].name}, {sum(map(len, sentences))} tokens, two threads; the stepwise graph is the one that tf2onnx "
        "makes of the Keras model, called once a position for up to 64 sentences. Tokens/s, median (least to greatest) "
        "of paired runs.\n\n"
        "|  | incremental | stepwise, by tf2onnx | times | wanted | same labels |\n|---|---|---|---|---|---|\n"
    )
    write(_PAGE, {"blueprint": head + "\n".join(rows)})
    print("\n".join(rows))


def _row(folder: Path, sentences: list[list[str]], rounds: int) -> str:
    bundle = open_folder(folder)
    engines = {name: Network(bundle, "cpu", name) for name in ("incremental", "stepwise")}
    tokens = sum(map(len, sentences))
    labels = {name: [found.labels.tolist() for found in engine.label(sentences, 2)] for name, engine in engines.items()}
    same = sum(
        a == b
        for pair in zip(labels["incremental"], labels["stepwise"], strict=True)
        for a, b in zip(*pair, strict=True)
    )

    def rate(engine: Network) -> float:
        begin = time.perf_counter()
        engine.label(sentences, 2)
        return tokens / (time.perf_counter() - begin)

    rates = interleave({name: lambda engine=engine: rate(engine) for name, engine in engines.items()}, rounds)  # type: ignore[misc]
    cells = [_cell(spread(rates[name])) for name in engines]
    times = ratios(rates["incremental"], rates["stepwise"])
    wanted = _WANTED.get(bundle.name, "")
    return f"| {bundle.name} | {' | '.join(cells)} | **{_cell(times)}** | {wanted} | {same} of {tokens} |"


def _cell(values: dict[str, float]) -> str:
    return f"{values['median']:,.4g} ({values['min']:,.4g} to {values['max']:,.4g})"


if __name__ == "__main__":
    main()
