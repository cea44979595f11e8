"""Inputs made up at random, of all of Unicode: every one is answered or refused, in time, and nothing crashes.

In ``make test`` each target gets a few dozen; with ``VNLP_COLAB_FUZZ_SECONDS`` it is fed for so long (``make nightly``:
ten minutes each), and hypothesis keeps what it found worth keeping in ``.hypothesis``.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnlp_colab.errors import VNLPError
from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store import safetensors, weights
from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize, treebank_spans
from vnlp_colab.tools.normalizer import Normalizer
from vnlp_colab.tools.splitter import SentenceSplitter

SECONDS = float(os.environ.get("VNLP_COLAB_FUZZ_SECONDS", 0))
# That one input may take; a hang is what takes longer.
LIMIT = timedelta(seconds=20)

# Halves of surrogate pairs too, and what Turkish text and the formats are made of more often than chance has it.
USUAL = "iıİIşğçöü'’\"“”.,;:!?()[]{}+-0123456789 \t\r\n\0\ufeff"
LETTERS = st.one_of(st.characters(exclude_categories=()), st.sampled_from(USUAL))
TEXTS = st.text(LETTERS, max_size=200)


def by_bytes(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """Anything, and good files with a piece of them replaced."""

    def spoiled(seed: bytes, place: float, length: int, piece: bytes) -> bytes:
        start = int(place * len(seed))
        return seed[:start] + piece + seed[start + length :]

    pieces = (st.sampled_from(seeds), st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40))
    return st.one_of(st.binary(max_size=300), st.builds(spoiled, *pieces))


def check_tokens(text: str) -> None:
    assert "".join(WordPunctTokenize(text)) == "".join(text.split())
    spans = treebank_spans(text)
    assert [span.token for span in spans] == TreebankWordTokenize(text)
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)


def check_sentences(text: str) -> None:
    found = SentenceSplitter().split_sentences(text)
    assert all(isinstance(sentence, str) for sentence in found)


def check_deasciifier(text: str) -> None:
    words = text.split()
    found = Normalizer.deasciify(words)
    assert [len(word) for word in found] == [len(word) for word in words]


@cache
def pipeline() -> VNLPipeline:
    return VNLPipeline(("pos:ContextPoS", "dep:ContextDP", "lemma:ContextLemma"), progress=False, threads=1)


def check_models(text: str) -> None:
    (found,) = pipeline().annotate([text])
    assert list(found.tokens) == TreebankWordTokenize(text)
    assert found.pos is not None and len(found.pos) == len(found.tokens)


@cache
def stemmer() -> Any:
    from vnlp_colab import StemmerAnalyzer

    return StemmerAnalyzer()


def check_analyser(text: str) -> None:
    for token in TreebankWordTokenize(text):
        assert stemmer().candidates(token)


def source_of(suffix: str) -> Callable[[bytes, Path], None]:
    def check(data: bytes, folder: Path) -> None:
        path = folder / f"in{suffix}"
        path.write_bytes(data)
        rows = sum(len(chunk.texts) for chunk in open_source(path).chunks(7))
        assert rows >= 0

    return check


def check_manifest(data: bytes, folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(data)
    found = manifests.read(path)
    if found is not None:
        assert all("/" not in entry["name"] and ".." not in entry["name"] for entry in found["files"])


def reader(read: Callable[[bytes], object]) -> Callable[[bytes, Path], None]:
    return lambda data, folder: void(read(data))


def void(found: object) -> None:
    assert found is not None


TEXT_TARGETS: Mapping[str, Callable[[str], None]] = {
    "tokenizers": check_tokens,
    "splitter": check_sentences,
    "deasciifier": check_deasciifier,
    "models": check_models,
}
MANIFEST = b'{"format": 1, "name": "x", "files": [{"name": "a.onnx", "size": 3, "sha256": "' + b"0" * 64 + b'"}]}'
BLOCK = "# text = Ali geldi.\n1\tAli\tAli\tPROPN\t_\tCase=Nom\t2\tnsubj\t_\t_\n"
BLOCK += "2\tgeldi\tgel\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No\n"
NPY = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".ljust(128) + bytes(8)
BYTE_TARGETS: Mapping[str, tuple[Callable[[bytes, Path], None], st.SearchStrategy[bytes]]] = {
    "csv": (source_of(".csv"), by_bytes('id,sentence\n1,"a, ""b"""\n2,ş\n'.encode(), b"sentence;x\na;b\n")),
    "tsv": (source_of(".tsv"), by_bytes(b"k\t1\t2\t3\tAli geldi\n" * 3)),
    "jsonl": (source_of(".jsonl"), by_bytes(b'{"sentence": "a"}\n{"sentence": null, "x": [1, {"y": 2.5}]}\n')),
    "conllu": (source_of(".conllu"), by_bytes((BLOCK + "\n").encode() * 2)),
    "parquet": (source_of(".parquet"), by_bytes(b"PAR1" + bytes(40) + b"PAR1")),
    "manifest": (check_manifest, by_bytes(MANIFEST)),
    "pickle": (reader(weights.read_pickled_arrays), by_bytes(b"\x80\x04]\x94.", b"(lp0\n.")),
    "npy": (reader(weights.read_npy), by_bytes(NPY)),
    "hdf5": (reader(weights.read_hdf5), by_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))),
    "safetensors": (
        reader(lambda data: safetensors.read_safetensors(data, "x")),
        by_bytes(b"\x40" + bytes(7) + b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}  ' + bytes(4)),
    ),
}


def fed(check: Callable[[Any], None], inputs: st.SearchStrategy[Any], examples: int) -> None:
    """Feed a target: some examples, or for as long as the environment says."""

    def one(value: Any) -> None:
        begin = time.monotonic()
        with contextlib.suppress(VNLPError):  # a refusal that says what is wrong
            check(value)
        assert time.monotonic() - begin < LIMIT.total_seconds()

    options = settings(
        max_examples=examples, deadline=None, derandomize=not SECONDS, suppress_health_check=list(HealthCheck)
    )
    deadline = time.monotonic() + SECONDS
    while True:
        options(given(inputs)(one))()
        if time.monotonic() >= deadline:
            return


def examples(few: int) -> int:
    return 20 * few if SECONDS else few


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_texts(target: str) -> None:
    fed(TEXT_TARGETS[target], TEXTS, examples(15 if target == "models" else 60))


@pytest.mark.models
def test_the_analyser() -> None:
    fed(check_analyser, TEXTS, examples(30))


@pytest.mark.parametrize("target", BYTE_TARGETS)
def test_bytes(target: str, tmp_path: Path) -> None:
    check, inputs = BYTE_TARGETS[target]
    fed(lambda data: check(data, tmp_path), inputs, examples(60))


@pytest.mark.nightly
@pytest.mark.timeout(0)
@pytest.mark.skipif(not SECONDS, reason="VNLP_COLAB_FUZZ_SECONDS is not set")
@pytest.mark.parametrize("target", [*TEXT_TARGETS, "analyser", *BYTE_TARGETS])
def test_for_long(target: str, tmp_path: Path) -> None:
    """The same targets under the mark of the nightly tests."""
    if target in TEXT_TARGETS:
        test_texts(target)
    elif target == "analyser":
        test_the_analyser()
    else:
        test_bytes(target, tmp_path)
