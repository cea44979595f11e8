"""What is fed with made-up inputs: each target takes one, checks what comes of it, and may refuse it in words."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fuzzing import Refused
from hypothesis import strategies as st

from vnlp_colab.errors import StorageError
from vnlp_colab.pipeline import checkpoint as checkpoints
from vnlp_colab.pipeline import run_manifest
from vnlp_colab.pipeline.conllu import conllu_block
from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.formats import FORMATS, Format
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.pipeline.source import Source
from vnlp_colab.pipeline.treebank import read_conllu
from vnlp_colab.results import Sentence
from vnlp_colab.store import manifest as manifests
from vnlp_colab.store import records, safetensors, weights
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
# Brackets that no parser follows to their end, and some that it does, but whoever goes through what comes of it.
NESTED = [b"[" * 5000, b'{"a":' * 5000, *(b"[" * depth + b"]" * depth for depth in (300, 900, 5000))]
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
    rubbish = st.one_of(signs, letters, st.binary(), signs, letters, st.sampled_from(NESTED))
    pieces = (st.sampled_from(seeds), st.floats(0, 1), st.integers(0, 40), rubbish)
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


def source_of(
    suffix: str, text_column: str | None = None, written: Sequence[str] = (".jsonl", ".csv", ".parquet", ".conllu")
) -> Callable[[bytes, Path], None]:
    def check(data: bytes, folder: Path) -> None:
        path = folder / f"in{suffix}"
        path.write_bytes(data)
        source = open_source(path, text_column)
        assert sum(len(chunk.texts) for chunk in source.chunks(7)) == source.length
        for name in written:
            copied(source, FORMATS[name])

    return check


def copied(source: Source, made: Callable[[IO[bytes], Source, Sequence[str]], Format]) -> None:
    """Write a table as it is, without a file: each row is written, or a value that the format has not is named."""
    output = made(stream := io.BytesIO(), source, ("pos",))
    try:
        for chunk in source.chunks(7):
            output.write(chunk, [Sentence(text or "", (), pos=()) for text in chunk.texts])
        output.close()
    finally:
        output.discard()
    assert stream.getvalue() or not source.length


def check_conllu(data: bytes, folder: Path) -> None:
    path = folder / "in.conllu"
    path.write_bytes(data)
    found = list(read_conllu(path))
    path.write_text("".join(conllu_block(one, str(place)) for place, one in enumerate(found) if one.tokens), "utf-8")
    assert [one.tokens for one in read_conllu(path)] == [one.tokens for one in found if one.tokens]


def sealed(data: bytes) -> bytes | None:
    """Return a manifest with the hash that whoever can write one can also compute; ``None`` if it is no JSON object."""
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(data)
        return manifests.encode(content) if isinstance(content, dict) else None
    return None


def check_manifest(data: bytes, folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(data)
    found = manifests.read(path)
    if found is None and (right := sealed(data)) is not None:
        path.write_bytes(right)
        found = manifests.read(path)
    if found is None:
        raise Refused  # a damaged one counts as missing, and is made again
    assert all("/" not in entry["name"] and ".." not in entry["name"] for entry in found["files"])


def check_run(data: bytes, folder: Path) -> None:
    path = folder / run_manifest.MANIFEST
    path.write_bytes(data)
    try:
        found = run_manifest.read(folder)
    except StorageError:
        if (right := sealed(data)) is None:
            raise
        path.write_bytes(right)
        found = run_manifest.read(folder)
    assert found is not None
    for place, shard in enumerate(found["shards"]):
        assert shard["file"] == f"part-{place:05d}.parquet"


def check_errors(data: bytes, folder: Path) -> None:
    (folder / checkpoints.ERRORS).write_bytes(data)
    for row in checkpoints.read_errors(folder):
        assert (type(row.index), type(row.error), type(row.message)) == (int, str, str)
        row.line()


def check_record(data: bytes, folder: Path) -> None:
    (folder / "record.json").write_bytes(data)
    digest = records.read_record(folder / "record.json")
    assert digest is not None and len(bytes.fromhex(digest)) == 32


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
RUN = {
    "format": run_manifest.FORMAT,
    "run": {"input": {"rows": 16}},
    "rows_done": 16,
    "complete": False,
    "shards": [
        {
            "file": "part-00000.parquet",
            "rows": 16,
            "tokens": 60,
            "size": 9,
            "sha256": "0" * 64,
            "failed": 1,
            "errors_size": 9,
            "errors_sha256": "0" * 64,
        }
    ],
}
ERRORS = b'{"index": 4, "error": "ValueError", "message": "\\u015f"}\n{"index": 7, "error": "E", "message": ""}\n'
RECORD = b'{"source": "x", "sha256": "' + b"0" * 64 + b'", "size": 9}\n'
HEADER = b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
MANIFEST = b'{"format": 2, "name": "x", "files": [{"name": "a.onnx", "size": 3, "sha256": "' + b"0" * 64 + b'"}]}'
BLOCK = "# text = Ali geldi.\n1\tAli\tAli\tPROPN\t_\tCase=Nom\t2\tnsubj\t_\t_\n"
BLOCK += "2\tgeldi\tgel\tVERB\t_\t_\t0\troot\t_\tMorph=gel+Verb|NER=O|SpaceAfter=No\n"
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
    "tsv_with_header": (
        source_of(".tsv", "sentence"),
        by_bytes(b'id\tsentence\n1\t"a\t""b"""\n2\tc\n', b'sentence\tx\n"Gel" dedi\t3\n'),
    ),
    "jsonl": (source_of(".jsonl"), by_bytes(b'{"sentence": "a"}\n{"sentence": null, "x": [1, {"y": 2.5}]}\n')),
    "conllu": (source_of(".conllu"), by_bytes((BLOCK + "\n").encode() * 2)),
    "parquet": (source_of(".parquet"), by_bytes(good_parquet())),
    "conllu_tokens": (check_conllu, by_bytes((BLOCK + "\n").encode() * 2)),
    "manifest": (check_manifest, by_bytes(MANIFEST)),
    "run_manifest": (check_run, by_bytes(json.dumps(RUN).encode())),
    "errors": (check_errors, by_bytes(ERRORS)),
    "record": (check_record, by_bytes(RECORD)),
    "pickle": (
        reader(weights.read_pickled_arrays),
        by_bytes(*(pickle.dumps([*ARRAYS.values()], version) for version in (0, 2, 4, 5))),
    ),
    "npy": (reader(weights.read_npy), by_bytes(NPY)),
    "hdf5": (reader(weights.read_hdf5), by_bytes(good_hdf5(), good_hdf5(compression="gzip"))),
    "safetensors": (
        reader(lambda data: safetensors.read_safetensors(data, "x")),
        # A header with room for more, too: what is put into it is read with it.
        by_bytes(*(size.to_bytes(8, "little") + HEADER.ljust(size) + bytes(4) for size in (64, 1 << 14))),
    ),
}
