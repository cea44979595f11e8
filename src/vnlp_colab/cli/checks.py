"""What ``vnlp-colab verify`` does for each sort of model."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vnlp_colab import __version__, catalog
from vnlp_colab.convert import offline, reference
from vnlp_colab.convert import verify as comparing
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, TEXT_PIECES, WINDOW, SentimentWeights, SpuWeights
from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.errors import InputError, MissingExtra
from vnlp_colab.runtime.session import Graph, available_threads, open_session
from vnlp_colab.store import Bundle
from vnlp_colab.text.tokenise import TreebankWordTokenize

AGAINST = ("keras", "builder", "reference")

Report = dict[str, Any]
Ids = npt.NDArray[np.int32]

_PACKAGES = ("numpy", "onnx", "onnxruntime", "onnxruntime-gpu", "tensorflow", "tensorflow-cpu", "keras", "tf2onnx")


def verify(bundle: Bundle, sources: offline.GivenSources, against: str | None, texts: Sequence[str]) -> Report:
    """Compare a converted model with what it was made of.

    Args:
        bundle: The converted model.
        sources: What it was made of.
        against: ``"keras"``, ``"reference"`` (NumPy) or ``"builder"`` (the graph that our builder makes of the
            weights); Keras if it is installed and NumPy if not, where ``None``.
        texts: Sentences to run.

    Raises:
        InputError: The sources are not those that the model was made of, or there are no sentences.
        MissingExtra: Keras was asked for and is not installed.
    """
    report: Report = {"format": 1, "model": bundle.name, "versions": _versions()}
    if catalog.model(bundle.name).architecture not in offline.WHOLE_NETWORK:
        report |= _rebuilt(bundle, sources)
    else:
        weights = offline.read_weights(bundle.name, sources)
        _check_sources(bundle, sources)
        tokenizer = PieceTokenizer(bundle.path("pieces.model").read_bytes())
        texts = [text for text in texts if text.strip()]
        if isinstance(weights, SpuWeights):
            report |= _spu_context(bundle, weights, against, texts, tokenizer)
        else:
            report |= _sentiment(bundle, weights, against, texts, tokenizer)
    return report | {"sources": dict(sorted(sources.sha256.items()))}


def _spu_context(
    bundle: Bundle, weights: SpuWeights, against: str | None, texts: Sequence[str], tokenizer: PieceTokenizer
) -> Report:
    from vnlp_colab.models.spu_context.network import Network

    sentences = [TreebankWordTokenize(text) for text in texts]
    # The parser knows no heads beyond its window, so upstream refuses such sentences, and so their labels mean nothing.
    short = [words for words in sentences if words and (len(weights.heads) == 1 or len(words) <= WINDOW)]
    pieces = [_padded([tokenizer.word(word, PIECES_A_WORD) for word in words], PIECES_A_WORD) for words in short]
    source, described = _source(weights, against)
    expected = comparing.decode(source, pieces, weights.heads)
    stepwise = _graph(bundle.path("stepwise.onnx"))
    step_by_step = comparing.compare_stepwise(stepwise, pieces, expected, weights.heads)
    labelled = Network(bundle, "cpu", "incremental").label(short, available_threads())
    found = [item.probabilities for item in labelled]
    decoded = comparing.compare_decoded(expected, found, weights.heads)
    return {
        "checked": "probabilities of every position, given the labels of the source as history (stepwise) or up to "
        "the first label that differs (incremental)",
        "against": described,
        "passed": step_by_step.passed and decoded.passed,
        "sentences": len(short),
        "tokens": sum(map(len, short)),
        "left_out": len(texts) - len(short),
        "results": [
            {"engine": "stepwise", **_file(bundle, "stepwise.onnx"), **step_by_step.report()},
            {"engine": "incremental", **decoded.report()},
        ],
    }


def _sentiment(
    bundle: Bundle, weights: SentimentWeights, against: str | None, texts: Sequence[str], tokenizer: PieceTokenizer
) -> Report:
    if not texts:
        raise InputError("there are no sentences to compare on")
    ids = _padded([tokenizer.text(text)[:TEXT_PIECES] for text in texts], TEXT_PIECES)
    source, described = _source(weights, against)
    graph = _graph(bundle.path("network.onnx"))
    expected, found = ([np.asarray(run(ids), np.float32).reshape(-1, 1)] for run in (source, graph))
    compared = comparing.compare(expected, found, (1,), comparing.TEXT_TOLERANCE)
    return {
        "checked": "the probability of every text",
        "against": described,
        "passed": compared.passed,
        "sentences": len(texts),
        "results": [{**_file(bundle, "network.onnx"), **compared.report()}],
    }


def _rebuilt(bundle: Bundle, sources: offline.GivenSources) -> Report:
    rebuilt = offline.convert(bundle.name, sources)
    _check_sources(bundle, sources)
    results = [
        {"file": name, "equal": rebuilt.get(name) == bundle.path(name).read_bytes()}
        for name in sorted({*bundle.files, *rebuilt})
        if name in bundle.files
    ]
    return {
        "checked": "every file, byte for byte, against a new conversion of the sources; nothing was run",
        "against": {"kind": "builder"},
        "passed": set(bundle.files) == set(rebuilt) and all(result["equal"] for result in results),
        "results": results,
    }


def _source(weights: SpuWeights | SentimentWeights, against: str | None) -> tuple[comparing.Network, Report]:
    """The source as something to be run, and what the report says of it."""
    from vnlp_colab.convert import keras

    if against is None:
        against = "keras" if keras.available() else "reference"
    if against == "keras":
        return keras.runner(keras.keras_model(weights)), {"kind": against, "versions": keras.versions()}
    if against == "builder":
        return _graph(_built(weights)), {"kind": against}
    if isinstance(weights, SpuWeights):
        return lambda *arrays: reference.spu_context(weights, *arrays), {"kind": against, "precision": "float64"}
    return lambda ids: reference.sentiment(weights, ids), {"kind": against, "precision": "float64"}


def _built(weights: SpuWeights | SentimentWeights) -> bytes:
    from vnlp_colab.convert.spu_bigru import sentiment_model
    from vnlp_colab.convert.stepwise import stepwise_model

    model = stepwise_model(weights) if isinstance(weights, SpuWeights) else sentiment_model(weights)
    return bytes(model.SerializeToString(deterministic=True))


def _graph(model: Path | bytes) -> comparing.Network:
    graph = Graph(open_session(model, "cpu"))
    return lambda *arrays: graph(*arrays)[0]


def _padded(rows: Sequence[Sequence[int]], length: int) -> Ids:
    """Numbers padded in front with 0: ``(rows, length)``."""
    padded = np.zeros((len(rows), length), np.int32)
    for row, numbers in zip(padded, rows, strict=True):
        row[length - len(numbers) :] = numbers
    return padded


def _check_sources(bundle: Bundle, sources: offline.GivenSources) -> None:
    """Raise ``InputError`` unless the bundle was made of these very files."""
    made_of = {source["sha256"] for source in bundle.manifest["sources"]}
    for name, digest in sources.sha256.items():
        if digest not in made_of:
            raise InputError(
                f"{bundle.root} was not made of {name} (sha256 {digest}): name the files that it was converted from "
                "with --weights and --embedding"
            )


def _file(bundle: Bundle, filename: str) -> Report:
    entry = next(entry for entry in bundle.manifest["files"] if entry["name"] == filename)
    return {"file": filename, "sha256": entry["sha256"]}


def _versions() -> dict[str, str]:
    found = {"vnlp-colab": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def read_lines(path: Path) -> list[str]:
    """Read sentences, one a line.

    Raises:
        InputError: The file cannot be read, is not UTF-8, or holds no sentence.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8: {error}", path=path) from error
    if not any(line.strip() for line in lines):
        raise InputError("holds no sentence", path=path)
    return lines


def summary(result: Report) -> str:
    """A result of a report in a line for people."""
    name = result.get("engine") or result["file"]
    if "equal" in result:
        return f"{name}: {'equal' if result['equal'] else 'different'}"
    return (
        f"{name}: largest difference {result['max_difference']:.1e} over {result['compared']} outputs, "
        f"{result['labels_agreeing']} labels agree"
    )


def check_against(against: str | None) -> None:
    """Raise unless there can be a comparison with that.

    Raises:
        InputError: It is not known.
        MissingExtra: It is Keras, which is not installed.
    """
    from vnlp_colab.convert import keras

    if against is not None and against not in AGAINST:
        raise InputError(f"--against is one of {', '.join(AGAINST)}, not {against!r}")
    if against == "keras" and not keras.available():
        raise MissingExtra("tensorflow and tf2onnx", "tf", "a comparison with Keras")
