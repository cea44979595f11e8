"""Weights that are not what they should be, on the whole way from ``VNLP_COLAB_WEIGHTS`` to a bundle.

What is wrong with them is said, and nothing of them is kept: no bundle, and no record of their hash.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vnlp_colab import catalog
from vnlp_colab.errors import ConversionError
from vnlp_colab.store import bundle, paths, wheels

MATRIX = "SPUTokenized_word_embedding_16k.matrix"
FILES = {
    "SPUContextPoS": "PoS_SPUContext_prod.weights",
    "SPUContextNER": "NER_SPUContext_prod.weights",
    "SPUContextDP": "DP_SPUContext_prod.weights",
    "SPUCBiGRUSentimentAnalyzer": "Sentiment_SPUCBiGRU_prod.weights",
}

pytestmark = [pytest.mark.models, pytest.mark.shared]


@pytest.fixture(scope="module")
def good(shared_dir: Path) -> Path:
    return shared_dir / "golden" / "spucontext" / "weights"


@pytest.fixture
def folder(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own with links to good weights, and a cache with nothing but the small wheel."""
    wheel = catalog.wheel("0.2.4")
    fetched = wheels.fetch_wheel(wheel)
    linked = tmp_path / "weights"
    linked.mkdir()
    for path in good.iterdir():
        (linked / path.name).symlink_to(path)
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(linked))
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    paths.wheels_dir().mkdir(parents=True)
    shutil.copy(fetched, paths.wheels_dir())
    return linked


def put(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def refused(name: str, reason: str) -> None:
    with pytest.raises(ConversionError, match=reason):
        bundle(name)
    written = {path.relative_to(paths.home()).parts[0] for path in paths.home().rglob("*") if path.is_file()}
    assert written <= {"wheels", "locks"}
    assert not list(paths.models_dir().glob("*"))


def changed(good: Path, name: str, change: Callable[[list[np.ndarray]], list[np.ndarray]]) -> bytes:
    return pickle.dumps(change(pickle.loads((good / FILES[name]).read_bytes())))


@pytest.mark.parametrize("name", FILES)
def test_weights_of_another_model(folder: Path, good: Path, name: str) -> None:
    for other, filename in FILES.items():
        if other != name:
            put(folder / FILES[name], (good / filename).read_bytes())
            refused(name, "arrays|shape")


@pytest.mark.parametrize("name", ["SPUContextPoS", "SPUCBiGRUSentimentAnalyzer"])
@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays[:-1],
        lambda arrays: [*arrays, arrays[-1]],
        lambda arrays: [],
        lambda arrays: [arrays[0].T.copy() if arrays[0].shape[0] != arrays[0].shape[1] else arrays[0][1:], *arrays[1:]],
        lambda arrays: [*arrays[:-1], arrays[-1][:-1]],
        lambda arrays: [*arrays[:-1], np.full_like(arrays[-1], np.nan)],
        lambda arrays: arrays[::-1],
    ],
    ids=["one less", "one more", "none", "transposed", "shorter", "not a number", "reversed"],
)
def test_wrong_arrays(folder: Path, good: Path, name: str, change: Callable[..., list[np.ndarray]]) -> None:
    put(folder / FILES[name], changed(good, name, change))
    refused(name, "array|shape|finite")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999999])
def test_a_truncated_pickle(folder: Path, good: Path, share: float) -> None:
    content = (good / FILES["SPUContextPoS"]).read_bytes()
    put(folder / FILES["SPUContextPoS"], content[: int(len(content) * share)])
    refused("SPUContextPoS", "PoS|SPUContext|pickle")


def test_a_login_page(folder: Path) -> None:
    put(folder / FILES["SPUContextPoS"], b"<!DOCTYPE html><html><body>Please log in</body></html>")
    refused("SPUContextPoS", "PoS|SPUContext|pickle")


def test_a_hostile_pickle_does_nothing(folder: Path, tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "owned"),)

    for content in (Hostile(), [Hostile()], [np.zeros(3, np.float32), Hostile()]):
        put(folder / FILES["SPUContextPoS"], pickle.dumps(content))
        refused("SPUContextPoS", "SPUContext|pickle")
        put(folder / FILES["SPUCBiGRUSentimentAnalyzer"], pickle.dumps(content))
        refused("SPUCBiGRUSentimentAnalyzer", "SPUC|pickle")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("shape", [(15_999, 128), (63_992, 128), (16_000, 64), (16_000 * 128,)])
def test_the_embedding_of_another_vocabulary(folder: Path, name: str, shape: tuple[int, ...]) -> None:
    stream = io.BytesIO()
    np.save(stream, np.zeros(shape, np.float32))
    put(folder / MATRIX, stream.getvalue())
    refused(name, "vocabulary|embedding")


def test_a_matrix_that_is_a_pickle(folder: Path, tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([{}], dtype=object), allow_pickle=True)
    put(folder / MATRIX, stream.getvalue())
    refused("SPUContextPoS", "embedding|float")


def test_good_weights_after_bad_ones(folder: Path, good: Path) -> None:
    put(folder / FILES["SPUContextPoS"], b"")
    refused("SPUContextPoS", "SPUContext|pickle")
    put(folder / FILES["SPUContextPoS"], (good / FILES["SPUContextPoS"]).read_bytes())
    assert "stepwise.onnx" in bundle("SPUContextPoS").files
