"""Neighbours by the definition, files by their formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from vnlp_colab.cli import embeddings as commands  # noqa: F401  adds the commands to the application
from vnlp_colab.cli.app import app
from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.tools.embeddings import WordEmbeddings

WORDS = ["ve", "kral", "kraliçe", "şah", "00'da", "boş"]
VECTORS = np.array([[1, 0], [0.8, 0.7], [0.9, 0.8], [0.1, 3], [-1, 0.25], [-0.5, -0.5]], np.float32)


@pytest.fixture
def small() -> WordEmbeddings:
    return WordEmbeddings(WORDS, VECTORS)


def cosine(one: int, other: int) -> float:
    a, b = VECTORS[one].astype(float), VECTORS[other].astype(float)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_neighbours_are_sorted_by_cosine(small: WordEmbeddings) -> None:
    found = small.most_similar("kral", topn=3)
    assert [word for word, _ in found] == ["kraliçe", "ve", "şah"]
    assert [value for _, value in found] == pytest.approx([cosine(1, 2), cosine(1, 0), cosine(1, 3)], abs=1e-6)
    assert small.similarity("kral", "şah") == pytest.approx(cosine(1, 3), abs=1e-6)
    assert len(small.most_similar("kral", topn=99)) == len(WORDS) - 1


def test_words_are_brought_to_the_vocabularys_form(small: WordEmbeddings) -> None:
    assert "KRAL" in small and "17’da" in small and "İL" not in small
    assert (small.vector("17'da") == VECTORS[4]).all()
    assert small.most_similar("ŞAH") == small.most_similar(["şah"])


def test_several_words(small: WordEmbeddings) -> None:
    (nearest, _), *_ = small.most_similar(["kral", "şah"], ["ve"], topn=1)
    assert nearest == "kraliçe"
    assert {word for word, _ in small.most_similar(["kral", "kral"], ["ve"])}.isdisjoint({"kral", "ve"})


def test_faults(small: WordEmbeddings) -> None:
    with pytest.raises(InputError, match="no vector for 'yok'"):
        small.most_similar("yok")
    with pytest.raises(InputError, match="at least one word"):
        small.most_similar([])
    with pytest.raises(InputError, match="topn"):
        small.most_similar("ve", topn=0)
    with pytest.raises(InputError, match="one row"):
        WordEmbeddings(WORDS[1:], VECTORS)


@pytest.mark.parametrize("suffix", [".txt", ".vec"])
def test_text_format(small: WordEmbeddings, tmp_path: Path, suffix: str) -> None:
    (path,) = small.export(tmp_path / f"words{suffix}")
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    assert header == "6 2"
    assert [line.split(" ")[0] for line in lines] == WORDS
    read = np.array([line.split(" ")[1:] for line in lines], np.float32)
    assert (read == VECTORS).all()


def test_binary_format(small: WordEmbeddings, tmp_path: Path) -> None:
    (path,) = small.export(tmp_path / "words.bin")
    header, _, rest = path.read_bytes().partition(b"\n")
    assert header == b"6 2"
    for word, row in zip(WORDS, VECTORS, strict=True):
        name, _, rest = rest.partition(b" ")
        assert name.decode() == word and (np.frombuffer(rest[:8], "<f4") == row).all()
        rest = rest[8:]
    assert rest == b""


def test_matrix(small: WordEmbeddings, tmp_path: Path) -> None:
    matrix, names = small.export(tmp_path / "words.npy")
    assert (np.load(matrix) == VECTORS).all()
    assert names.name == "words.words.txt" and names.read_text(encoding="utf-8").splitlines() == WORDS


def test_export_leaves_nothing_behind(small: WordEmbeddings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="suffix"):
        small.export(tmp_path / "words.csv")
    with pytest.raises(StorageError):
        small.export(tmp_path / "missing" / "words.txt")
    assert not list(tmp_path.iterdir())


def test_gensim_reads_the_files(small: WordEmbeddings, tmp_path: Path) -> None:
    gensim = pytest.importorskip("gensim")
    for suffix, binary in ((".txt", False), (".bin", True)):
        (path,) = small.export(tmp_path / f"words{suffix}")
        read = gensim.models.KeyedVectors.load_word2vec_format(str(path), binary=binary)
        assert read.index_to_key == WORDS and (read.vectors == VECTORS).all()
        (expected,) = read.most_similar(positive=["kral", "şah"], negative=["ve"], topn=1)
        assert small.most_similar(["kral", "şah"], ["ve"], 1) == [(expected[0], pytest.approx(expected[1], abs=1e-6))]


@pytest.mark.models
def test_the_published_vectors() -> None:
    published = WordEmbeddings.load()
    assert (len(published), published.vectors.shape) == (63_990, (63_990, 128))
    assert published is WordEmbeddings.load() and "<OOV>" not in published.words
    assert {word for word, _ in published.most_similar("ankara")} & {"istanbul", "izmir", "konya"}


@pytest.mark.models
def test_the_commands(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["embeddings", "neighbours", "Kitap", "--top", "3"])
    assert run.exit_code == 0 and len(run.stdout.splitlines()) == 3
    assert all(float(line.split("\t")[1]) > 0.4 for line in run.stdout.splitlines())
    run = CliRunner().invoke(app, ["embeddings", "export", str(tmp_path / "words.npy")])
    assert run.exit_code == 0 and np.load(tmp_path / "words.npy").shape == (63_990, 128)
    run = CliRunner().invoke(app, ["embeddings", "neighbours", "yokböylebirsözcük"])
    assert run.exit_code == 1 and "no vector" in run.output
