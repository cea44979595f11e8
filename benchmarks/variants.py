"""What storing weights in fewer bits costs and brings: labels, probabilities, bytes and speed beside the default.

    python -m benchmarks.variants --sentences 300

Every variant runs the default's sentences: UD BOUN and Kenet test sets, sentences of up to 40 tokens, spread evenly.
Models that read others' output are given the default's, so that only the variant's own changes count. Speed is
processor time of this process on one thread, default and variant taking turns, caches warm. The table goes into
``docs/performance.md`` between markers of its own, the figures beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
import onnx

from benchmarks import machine
from benchmarks.children import ROOT
from benchmarks.corpus import corpora
from benchmarks.int8 import quantise
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.render.variants import write
from benchmarks.settings import environment, weights_folder
from vnlp_colab.models import loading
from vnlp_colab.models.registry import create
from vnlp_colab.store import Bundle, bundle
from vnlp_colab.text.tokenise import TreebankWordTokenize

INT8 = "int8"
VARIANTS = ("fp16", INT8)
SUBJECTS = (
    "StemmerAnalyzer",
    "TreeStackPoS",
    "TreeStackDP",
    "CharNER",
    "GRUSentimentAnalyzer",
    "SPUContextPoS",
    "SPUContextNER",
    "SPUContextDP",
    "SPUCBiGRUSentimentAnalyzer",
)
UNTRAINED = {
    "SPUContextPoS": "embedding",
    "SPUContextNER": "embedding and weights",
    "SPUContextDP": "embedding and weights",
    "SPUCBiGRUSentimentAnalyzer": "embedding",
}
"""What is a stand-in of the right shapes where no place of the real weights is configured."""

_LONGEST = 40
_LONG = ("TreeStackDP", "fp16")
_TIMED = 60

Found = tuple[list[list[str]], list[npt.NDArray[np.float64]] | None]
"""Labels of every unit of every text, and the probabilities that they were chosen from."""


class Inputs:
    """The texts, and what the default models make of them for others to read."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.tokens = [TreebankWordTokenize(text) for text in texts]
        stemmer = create("StemmerAnalyzer", device="cpu", threads=1)
        self.morph = stemmer.predict_batch(self.tokens)
        tagger = create("TreeStackPoS", device="cpu", threads=1, stemmer=stemmer)
        self.pos = [[tag for _, tag in row] for row in tagger.predict_batch(self.tokens, morph=self.morph)]

    def given(self, name: str, count: int | None = None) -> dict[str, Any]:
        """The keywords of a model's ``predict_batch`` besides the batch."""
        keywords = {"TreeStackPoS": {"morph": self.morph}, "TreeStackDP": {"morph": self.morph, "pos": self.pos}}
        return {key: rows[:count] for key, rows in keywords.get(name, {}).items()}


def run(name: str, model: Any, inputs: Inputs) -> Found:
    """Labels and probabilities of all texts."""
    given = inputs.given(name)
    if "Sentiment" in name:
        found = model.predict_proba_batch(inputs.texts)
        return [[str(int(value > 0.5))] for value in found], [np.array([[value]]) for value in found]
    if name == "StemmerAnalyzer":
        return model.predict_batch(inputs.tokens), None
    batch = inputs.texts if name == "CharNER" else inputs.tokens
    labels = [["/".join(map(str, entry[-1 if len(entry) == 2 else 2 :])) for entry in row]
              for row in model.predict_batch(batch, **given)]  # fmt: skip
    return labels, model.predict_proba_batch(batch, **given)


def compare(expected: Found, found: Found) -> dict[str, Any]:
    """Agreement of labels, and the largest difference of a probability.

    Probabilities are compared up to a text's first label that differs: beyond it a tagger reads other labels.
    """
    pairs = [pair for rows in zip(expected[0], found[0], strict=True) for pair in zip(*rows, strict=True)]
    largest = 0.0
    for i, (ours, theirs) in enumerate(zip(expected[1] or [], found[1] or [], strict=True)):
        differ = [a != b for a, b in zip(expected[0][i], found[0][i], strict=True)]
        # CharNER's rows are characters, which read no labels.
        end = differ.index(True) + 1 if True in differ and len(differ) == len(ours) else len(ours)
        if end:
            largest = max(largest, float(np.abs(ours[:end] - theirs[:end]).max()))
    return {
        "labels": len(pairs),
        "agreeing": sum(a == b for a, b in pairs),
        "largest_difference": largest if expected[1] is not None else None,
    }


@contextlib.contextmanager
def quantised(folder: Path) -> Iterator[dict[str, int]]:
    """Let models be opened from 8-bit copies of their bundles; yields how many products that are in each."""
    counts: dict[str, int] = {}

    def rewritten(name: str, progress: bool = False) -> Bundle:
        source, root = bundle(name, progress=progress), folder / name
        root.mkdir(exist_ok=True)
        for file in source.files:
            content = source.path(file).read_bytes()
            if file.endswith(".onnx"):
                model, count = quantise(onnx.load_model_from_string(content))
                counts[name] = counts.get(name, 0) + count
                content = model.SerializeToString(deterministic=True)
            (root / file).write_bytes(content)
        return Bundle(name, root, source.manifest)

    with mock.patch.object(loading, "bundle", rewritten), mock.patch.object(loading, "_shared", {}):
        yield counts


def graph_bytes(root: Path) -> int:
    """Bytes of a bundle's graphs."""
    return sum(path.stat().st_size for path in root.glob("*.onnx"))


def measure(name: str, inputs: Inputs, folder: Path, rounds: int) -> list[dict[str, Any]]:
    """All figures of the variants of one model."""
    options = {"device": "cpu", "threads": 1}
    default = create(name, **options)
    root = bundle(name).root
    expected = run(name, default, inputs)
    found: list[dict[str, Any]] = []
    for variant in VARIANTS:
        entry: dict[str, Any] = {"model": name, "variant": variant}
        if variant == INT8:
            with quantised(folder) as counts:
                other = create(name, **options)
            other_root = folder / name
            if not counts.get(name):
                found.append(entry)
                continue
        else:
            other = create(f"{name}-{variant}", **options)
            other_root = bundle(f"{name}-{variant}").root
        entry |= compare(expected, run(name, other, inputs))
        entry |= {"bytes": graph_bytes(root), "variant_bytes": graph_bytes(other_root)}
        found.append(entry | {"speed": speed(name, default, other, inputs, rounds)})
    return found


def measure_long(name: str, variant: str) -> dict[str, Any]:
    """Labels of all sentences of both test sets that are longer than the others, which are parsed in windows."""
    texts = [text for corpus in corpora()[0][:2] for text in corpus.texts if len(TreebankWordTokenize(text)) > _LONGEST]
    inputs = Inputs(texts)
    given = inputs.given(name)
    expected, found = (
        create(wanted, device="cpu", threads=1).predict_batch(inputs.tokens, **given)
        for wanted in (name, f"{name}-{variant}")
    )
    same = [[a == b for a, b in zip(*rows, strict=True)] for rows in zip(expected, found, strict=True)]
    return {
        "model": f"{name}-{variant}",
        "texts": len(texts),
        "same_texts": sum(map(all, same)),
        "labels": sum(map(len, same)),
        "agreeing": sum(map(sum, same)),
    }


def speed(name: str, default: Any, other: Any, inputs: Inputs, rounds: int) -> dict[str, float]:
    """How many times the default's speed the variant has, by processor time."""
    batch = inputs.texts[:_TIMED] if name == "CharNER" or "Sentiment" in name else inputs.tokens[:_TIMED]
    given = inputs.given(name, _TIMED)

    def timed(model: Any) -> Callable[[], float]:
        def once() -> float:
            begin = time.process_time()
            model.predict_batch(batch, **given)
            return time.process_time() - begin

        once()
        return once

    taken = interleave({"default": timed(default), "variant": timed(other)}, rounds)
    return ratios(taken["default"], taken["variant"]) | {"seconds": spread(taken["default"])["median"]}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.variants", description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=300, help="sentences of each test set (300)")
    parser.add_argument("--rounds", type=int, default=5, help="paired runs of each measurement (5)")
    parser.add_argument("--only", default=",".join(SUBJECTS), help="models, separated by commas; the others are kept")
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="folder of performance.md (docs)")
    parser.add_argument("--render", action="store_true", help="write the page from the kept figures")
    parser.add_argument("--long", action="store_true", help="measure the long sentences alone, and keep the rest")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page; returns the exit status."""
    options = _options(arguments)
    path = options.output / "performance" / "variants.json"
    before: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"found": []}
    if options.render or options.long:
        if options.long:
            before["long"] = measure_long(*_LONG)
        write(before, options.output)
    else:
        _measure_all(options, before)
    return 0


def _measure_all(options: argparse.Namespace, before: dict[str, Any]) -> None:
    """Measure one model after the other; the figures of those that are not asked for are kept."""
    configured = "VNLP_COLAB_WEIGHTS" in os.environ
    os.environ.update(environment())
    data = [corpus.some(options.sentences, _LONGEST) for corpus in corpora()[0]][:2]
    # Dealt in turns, so that the timed ones are of both.
    inputs = Inputs([text for texts in zip(*(corpus.texts for corpus in data), strict=False) for text in texts])
    subjects = [name for name in options.only.split(",") if "SPU" not in name or weights_folder() or configured]
    found = [row for row in before["found"] if row["model"] not in subjects]
    facts = {
        "texts": len(inputs.texts),
        "longest": _LONGEST,
        "timed": _TIMED,
        "corpora": [corpus.name for corpus in data],
        "rounds": options.rounds,
        **({"long": before["long"]} if "long" in before else {}),
    }
    for name in subjects:
        print(name, file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found.extend(measure(name, inputs, Path(folder), options.rounds))
        found.sort(key=lambda row: (SUBJECTS.index(row["model"]), row["variant"] == INT8))
        names = {row["model"] for row in found}
        untrained = {} if configured else {key: what for key, what in UNTRAINED.items() if key in names}
        # After each model: a run takes long, and what is done is done.
        write({**machine.describe(), **facts, "untrained": untrained, "found": found}, options.output)


if __name__ == "__main__":
    sys.exit(main())
