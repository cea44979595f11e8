"""Runs the stepwise graph that tf2onnx makes of the Keras model: the blueprint to the letter.

The engine that calls it is this project's stepwise one, 64 sentences together, on two threads; the graph alone differs.
"""

from __future__ import annotations

import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.runners.keras import EMBEDDING, FILES, name_labels
from benchmarks.runners.protocol import Bench, Labels, Subject, serve
from vnlp_colab.convert import CONVERTER_VERSION
from vnlp_colab.convert.offline import Via, convert, given_sources
from vnlp_colab.models.spu_context.network import Network
from vnlp_colab.store.folders import write_folder
from vnlp_colab.text.tokenise import TreebankWordTokenize

_THREADS = 2
_FOLDER: list[Path] = []


class _Tagger:
    def __init__(self, name: str) -> None:
        sources = given_sources(name, _FOLDER[0] / FILES[name][1], _FOLDER[0] / EMBEDDING)
        files = convert(name, sources, Via.TF2ONNX)
        with tempfile.TemporaryDirectory() as folder:
            bundle = write_folder(Path(folder, name), name, sources.sha256, CONVERTER_VERSION, files)
            self._network = Network(bundle, "cpu", "stepwise")

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        found = self._network.label([TreebankWordTokenize(text) for text in work], _THREADS)
        return [name_labels(item.labels, self._network.labels) for item in found]


def make(name: str) -> Subject:
    """Make the model of that name."""
    return _Tagger(name)


def setup(weights: str) -> str:
    """Take upstream's weight files from a folder; returns what makes the graph and what runs it."""
    _FOLDER[:] = [Path(weights)]
    return f"tf2onnx {metadata.version('tf2onnx')}, onnxruntime {metadata.version('onnxruntime')}, two threads"


if __name__ == "__main__":
    serve({**Bench(make).operations(), "setup": setup})
