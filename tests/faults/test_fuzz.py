"""Inputs made up at random, of all of Unicode: every one is answered or refused, in time, and nothing crashes.

In ``make test`` each target gets a few dozen and its corpus; with ``VNLP_COLAB_FUZZ_SECONDS`` it is fed for so long
(``make nightly``: ten minutes each), and what reaches code that nothing reached before joins the corpus (fuzzing.py).
Hypothesis keeps the inputs that failed in ``.hypothesis``.
"""

from __future__ import annotations

import contextlib
import io
import json
import pickle
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fuzzing import SECONDS, Check, Corpus, Feeder, Hung, limited
from hypothesis import strategies as st

from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store import safetensors, weights
from vnlp_colab.text.compose import compose
from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize, treebank_spans
from vnlp_colab.tools.normalizer import Normalizer
from vnlp_colab.tools.splitter import SentenceSplitter

# Halves of surrogate pairs too, and what Turkish text and the formats are made of more often than chance has it.
USUAL = "iıİIşğçöü'’\"“”.,;:!?()[]{}+-0123456789 \t\r\n\0\ufeff"
LETTERS = st.one_of(st.characters(exclude_categories=()), st.sampled_from(USUAL))
# What tables, JSON and CoNLL-U are held together by.
SIGNS = [bytes([sign]) for sign in b"\"',;:|=#-_\t\n\r {}[]\\0123\x00\xff"] + [
    b"null",
    b"1e999",
    b"1-2",
    b"1.1",
    b"\n\n",
]
WORDS = "Ali Ankara'ya 3'te 12.05.2024 %50 geldi. Dr. T.C. dedi: « » “gel” ” ... ?! https://a.b/c?d=1 a@b.tr göz-lük"
PIECES = st.one_of(st.sampled_from(WORDS.split()), LETTERS, st.just(" "))
# Not st.text(LETTERS), which draws from the union of both evenly, that is next to nothing of the usual.
TEXTS = st.one_of(st.lists(LETTERS, max_size=200), st.lists(PIECES, min_size=10, max_size=100)).map("".join)


def by_bytes(*seeds: bytes) -> st.SearchStrategy[bytes]:
    """Anything, and good files with a piece of them replaced."""

    def spoiled(seed: bytes, place: float, length: int, piece: bytes) -> bytes:
        start = int(place * len(seed))
        return seed[:start] + piece + seed[start + length :]

    # Text more often than bytes: a file of text with a byte that is none is refused before anything else is read.
    letters = st.lists(LETTERS, max_size=20).map(lambda found: "".join(found).encode("utf-8", "surrogatepass"))
    signs = st.lists(st.sampled_from(SIGNS), max_size=3).map(b"".join)
    pieces = (st.sampled_from(seeds), st.floats(0, 1), st.integers(0, 40), st.one_of(signs, letters, st.binary()))
    return st.one_of(st.builds(spoiled, *pieces), st.builds(spoiled, *pieces), st.binary(max_size=300))


def check_tokens(text: str) -> None:
    assert "".join(WordPunctTokenize(text)) == "".join(text.split())
    spans = treebank_spans(text)
    assert [span.token for span in spans] == TreebankWordTokenize(text)
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)


def check_sentences(text: str) -> None:
    found = SentenceSplitter().split_sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())


def check_deasciifier(text: str) -> None:
    words = text.split()
    found = Normalizer.deasciify(words)
    assert [len(word) for word in found] == [len(compose(word)) for word in words]


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
    """As it came, and with the hash that whoever can write a manifest can also compute."""
    path = folder / "manifest.json"
    path.write_bytes(data)
    found = manifests.read(path)
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(data)
        if found is None and isinstance(content, dict):
            path.write_bytes(manifests.encode(content))
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
MANIFEST = b'{"format": 2, "name": "x", "files": [{"name": "a.onnx", "size": 3, "sha256": "' + b"0" * 64 + b'"}]}'
BLOCK = "# text = Ali geldi.\n1\tAli\tAli\tPROPN\t_\tCase=Nom\t2\tnsubj\t_\t_\n"
BLOCK += "2\tgeldi\tgel\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No\n"
NPY = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".ljust(128) + bytes(8)
ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros((1, 4))}


def good_parquet() -> bytes:
    stream = io.BytesIO()
    rows = {"id": [1, 2, 3], "sentence": ["Ali geldi.", None, "ş"], "more": [["a"], [], None]}
    pq.write_table(pa.table(rows), stream, compression="snappy")
    return stream.getvalue()


def good_hdf5(**options: object) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for name, array in ARRAYS.items():
            file.create_dataset(f"layer/{name}", data=array, **options)
    return stream.getvalue()


BYTE_TARGETS: Mapping[str, tuple[Callable[[bytes, Path], None], st.SearchStrategy[bytes]]] = {
    "csv": (source_of(".csv"), by_bytes('id,sentence\n1,"a, ""b"""\n2,ş\n'.encode(), b"sentence;x\na;b\n")),
    "tsv": (source_of(".tsv"), by_bytes(b"k\t1\t2\t3\tAli geldi\n" * 3)),
    "jsonl": (source_of(".jsonl"), by_bytes(b'{"sentence": "a"}\n{"sentence": null, "x": [1, {"y": 2.5}]}\n')),
    "conllu": (source_of(".conllu"), by_bytes((BLOCK + "\n").encode() * 2)),
    "parquet": (source_of(".parquet"), by_bytes(good_parquet())),
    "manifest": (check_manifest, by_bytes(MANIFEST)),
    "pickle": (
        reader(weights.read_pickled_arrays),
        by_bytes(*(pickle.dumps([*ARRAYS.values()], version) for version in (0, 2, 4, 5))),
    ),
    "npy": (reader(weights.read_npy), by_bytes(NPY)),
    "hdf5": (reader(weights.read_hdf5), by_bytes(good_hdf5(), good_hdf5(compression="gzip"))),
    "safetensors": (
        reader(lambda data: safetensors.read_safetensors(data, "x")),
        by_bytes(b"\x40" + bytes(7) + b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}  ' + bytes(4)),
    ),
}


# How many made-up inputs in ``make test``: a model takes its time over each.
FEW = {"models": 15, "analyser": 30}

Report = Callable[[str, object], None]


def fed(target: str, check: Check, made_up: st.SearchStrategy[Any], report: Report) -> None:
    """Feed a target, and report how much."""
    feeder = Feeder(check, Corpus(target, target in BYTE_TARGETS))
    try:
        feeder.feed(made_up, FEW.get(target, 60))
    finally:
        for name in ("inputs", "refused", "seconds"):
            report(name, getattr(feeder, name))


@pytest.mark.parametrize("target", TEXT_TARGETS)
def test_texts(target: str, record_property: Report) -> None:
    fed(target, TEXT_TARGETS[target], TEXTS, record_property)


@pytest.mark.models
def test_the_analyser(record_property: Report) -> None:
    fed("analyser", check_analyser, TEXTS, record_property)


@pytest.mark.parametrize("target", BYTE_TARGETS)
def test_bytes(target: str, tmp_path: Path, record_property: Report) -> None:
    check, inputs = BYTE_TARGETS[target]
    fed(target, lambda data: check(data, tmp_path), inputs, record_property)


@pytest.mark.nightly
@pytest.mark.timeout(4 * SECONDS + 900)
@pytest.mark.skipif(not SECONDS, reason="VNLP_COLAB_FUZZ_SECONDS is not set")
@pytest.mark.parametrize("target", [*TEXT_TARGETS, "analyser", *BYTE_TARGETS])
def test_for_long(target: str, tmp_path: Path, record_property: Report) -> None:
    """The same targets under the mark of the nightly tests."""
    if target in TEXT_TARGETS:
        test_texts(target, record_property)
    elif target == "analyser":
        test_the_analyser(record_property)
    else:
        test_bytes(target, tmp_path, record_property)


class TestTheFeeding:
    def test_a_hang_is_seen(self) -> None:
        def forever() -> None:
            while True:
                pass

        with pytest.raises(Hung), limited(0.05):
            forever()

    def test_a_crash_is_seen(self, tmp_path: Path) -> None:
        feeder = Feeder(lambda text: "ş" in text and 1 // 0, Corpus("x", False, tmp_path))
        with pytest.raises(ZeroDivisionError):
            feeder.feed(TEXTS, 200)

    @pytest.mark.parametrize("value", ["\ud800 ş\n\0", b"\0\xff\n"])
    def test_the_corpus_is_kept(self, tmp_path: Path, value: str | bytes) -> None:
        binary = isinstance(value, bytes)
        corpus = Corpus("x", binary, tmp_path)
        corpus.add(value)
        corpus.add(value)
        assert Corpus("x", binary, tmp_path).inputs == [value]
        fed: list[object] = []
        Feeder(fed.append, Corpus("x", binary, tmp_path)).feed(st.just(value), 1)
        assert fed[0] == value

    def test_what_reaches_new_code_joins_the_corpus(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fuzzing.SECONDS", 0.001)
        corpus = Corpus("x", False, tmp_path)
        feeder = Feeder(check_tokens, corpus)
        feeder.one("Ali geldi.")
        feeder.one("Ali geldi.")
        feeder.one("Ali gitti.")
        feeder.one('"Ali" ...')
        assert corpus.inputs == ["Ali geldi.", '"Ali" ...']
        assert (feeder.inputs, feeder.refused) == (4, 0)
