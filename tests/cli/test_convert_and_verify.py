"""``vnlp-colab convert`` and ``vnlp-colab verify`` as a user meets them, on upstream's weights."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from vnlp_colab.cli import convert, verify  # noqa: F401  they add the commands to the application
from vnlp_colab.cli.app import app
from vnlp_colab.convert import keras
from vnlp_colab.errors import StorageError
from vnlp_colab.store import folders
from vnlp_colab.store.manifest import encode

SENTENCES = "Ali eve geldi.\n\nAnkara'da kar yağıyor, yollar kapandı.\n"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def npy(path: Path, array: np.ndarray) -> Path:
    np.save(path.with_suffix(".npy"), array)
    return path.with_suffix(".npy")


class Hostile:
    def __reduce__(self):
        return (open, ("written-by-a-pickle", "w"))


def write_pickle(path: Path, value: object, cut: int | None = None) -> Path:
    path.write_bytes(pickle.dumps(value)[:cut])
    return path


# What needs no vocabulary from the package index: every one of these ends before that.


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([np.zeros((3, 3), np.float32)] * 30, "18 arrays, not 30"),
        ([np.zeros((3, 3), np.float32)] * 18, "array 0 has shape"),
        ([Hostile()], "weights"),
        ("no list", "weights"),
    ],
    ids=["other architecture", "other shapes", "hostile", "no arrays"],
)
def test_bad_weights_write_nothing(tmp_path, monkeypatch, arrays, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    weights = write_pickle(tmp_path / "some.weights", arrays)
    embedding = npy(tmp_path / "embedding", np.zeros((16_000, 128), np.float32))
    before = sorted(path.name for path in tmp_path.iterdir())
    result = call("convert", "SPUContextPoS", "--weights", weights, "--embedding", embedding, "-o", "made/model")
    assert result.exit_code == 1
    assert message in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_truncated_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    weights = write_pickle(tmp_path / "some.weights", [np.zeros((30, 30), np.float32)] * 18, cut=-100)
    embedding = npy(tmp_path / "embedding", np.zeros((16_000, 128), np.float32))
    result = call("convert", "SPUContextPoS", "--weights", weights, "--embedding", embedding, "-o", tmp_path / "made")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert not (tmp_path / "made").exists()


def test_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    result = call("convert", "SPUContextPoS", "-o", tmp_path)
    assert result.exit_code == 1
    assert "'thesis.txt', which is no part of a converted model" in result.stderr
    assert content(tmp_path) == {"thesis.txt": b"years of work"}


def test_what_cannot_be_done_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    assert "there is no model" in call("convert", "NoSuchModel", "-o", tmp_path / "made").stderr
    result = call("convert", "CharNER", "--embedding", tmp_path / "e", "-o", tmp_path / "made")
    assert "is not made from 'embedding'" in result.stderr
    result = call("convert", "CharNER", "--via", "tf2onnx", "-o", tmp_path / "made")
    assert "there is no Keras model of CharNER" in result.stderr
    result = call(
        "convert", "SPUContextPoS", "--weights", tmp_path / "none", "--embedding", "e", "-o", tmp_path / "made"
    )
    assert f"{tmp_path / 'none'}: cannot be read" in result.stderr
    assert "has no manifest.json" in call("verify", tmp_path).stderr
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n")
    assert "holds no sentence" in call("verify", "CharNER", "--sentences", empty).stderr
    assert call("verify", "CharNER", "--against", "luck").exit_code == 2


@pytest.mark.skipif(keras.available(), reason="the extra 'tf' is installed")
def test_without_tensorflow_the_keras_way_names_the_extra(tmp_path):
    result = call("verify", "SPUContextPoS", "--against", "keras")
    assert result.exit_code == 1
    assert "pip install 'vnlp-colab[tf]'" in result.stderr


class Upstream:
    """Upstream's weights, and a folder to convert them into."""

    def __init__(self, shared: Path, folder: Path) -> None:
        self.weights = shared / "golden" / "spucontext" / "weights"
        self.sentences = folder / "sentences.txt"
        self.sentences.write_text(SENTENCES, encoding="utf-8")
        self.folder = folder

    def files(self, stem: str) -> list[object]:
        embedding = self.weights / "SPUTokenized_word_embedding_16k.matrix"
        return ["--weights", self.weights / f"{stem}.weights", "--embedding", embedding]

    def convert(self, model: str, stem: str, to: str, *options: object) -> Path:
        result = call("convert", model, *self.files(stem), "-o", self.folder / to, *options)
        assert result.exit_code == 0, result.output
        return self.folder / to

    def verify(self, target: object, stem: str, *options: object) -> Result:
        return call("verify", target, *self.files(stem), "--sentences", self.sentences, *options)


@pytest.fixture
def upstream(shared_dir: Path, tmp_path: Path) -> Upstream:
    return Upstream(shared_dir, tmp_path)


@pytest.mark.shared
@pytest.mark.models
class TestRealWeights:
    def test_from_weights_to_a_report_beside_the_model(self, upstream):
        folder = upstream.convert("SPUContextPoS", "PoS_SPUContext_prod", "model")
        manifest = json.loads((folder / "manifest.json").read_bytes())
        listed = {entry["name"] for entry in manifest["files"]}
        assert set(content(folder)) == listed | {"manifest.json"}
        assert "stepwise.onnx" in listed
        result = upstream.verify(folder, "PoS_SPUContext_prod", "--against", "reference")
        assert result.exit_code == 0, result.output
        report = json.loads((folder / "verification.json").read_bytes())
        assert report["passed"]
        assert report["against"]["kind"] == "reference"
        assert (report["sentences"], report["tokens"]) == (2, 11)
        assert {each["engine"]: each["compared"] for each in report["results"]} == {"stepwise": 11, "incremental": 11}
        assert all(each["max_difference"] < 1e-5 for each in report["results"])
        assert report["results"][0]["sha256"] in {entry["sha256"] for entry in manifest["files"]}
        assert set(report["sources"].values()) <= {entry["sha256"] for entry in manifest["sources"]}

    def test_same_weights_give_the_same_bytes_and_replace_an_older_model(self, upstream):
        first = content(upstream.convert("SPUContextPoS", "PoS_SPUContext_prod", "model"))
        (upstream.folder / "model" / "verification.json").write_text("{}")
        assert content(upstream.convert("SPUContextPoS", "PoS_SPUContext_prod", "model")) == first

    def test_a_wrong_graph_fails(self, upstream):
        """The graph of other weights, with a manifest that fits it."""
        folder = upstream.convert("SPUCBiGRUSentimentAnalyzer", "Sentiment_SPUCBiGRU_eval", "model")
        other = upstream.convert("SPUCBiGRUSentimentAnalyzer", "Sentiment_SPUCBiGRU_prod", "other")
        manifests = [json.loads((each / "manifest.json").read_bytes()) for each in (folder, other)]
        manifests[1]["sources"] = manifests[0]["sources"]
        (other / "manifest.json").write_bytes(encode(manifests[1]))
        result = upstream.verify(other, "Sentiment_SPUCBiGRU_eval", "--against", "builder")
        assert result.exit_code == 1
        assert "FAILED" in result.stdout
        assert not json.loads((other / "verification.json").read_bytes())["passed"]

    def test_other_weights_than_the_model_was_made_of(self, upstream):
        folder = upstream.convert("SPUCBiGRUSentimentAnalyzer", "Sentiment_SPUCBiGRU_prod", "model")
        result = upstream.verify(folder, "Sentiment_SPUCBiGRU_eval", "--against", "reference")
        assert result.exit_code == 1
        assert "was not made of" in result.stderr
        assert not (folder / "verification.json").exists()

    def test_damaged_folder(self, upstream):
        folder = upstream.convert("SPUCBiGRUSentimentAnalyzer", "Sentiment_SPUCBiGRU_prod", "model")
        damaged = bytearray((folder / "network.onnx").read_bytes())
        damaged[len(damaged) // 2] ^= 1
        (folder / "network.onnx").write_bytes(damaged)
        result = upstream.verify(folder, "Sentiment_SPUCBiGRU_prod")
        assert result.exit_code == 1
        assert "sha256" in result.stderr

    @pytest.mark.parametrize("against", ["reference", "builder"])
    def test_sentiment(self, upstream, against):
        folder = upstream.convert("SPUCBiGRUSentimentAnalyzer", "Sentiment_SPUCBiGRU_eval", "model")
        report = upstream.folder / "reports" / "report.json"
        result = upstream.verify(folder, "Sentiment_SPUCBiGRU_eval", "--against", against, "-o", report)
        assert result.exit_code == 0, result.output
        (found,) = json.loads(report.read_bytes())["results"]
        assert (found["compared"], found["labels_agreeing"], found["tolerance"]) == (2, 2, 1e-4)

    def test_classic_model_is_compared_with_a_new_conversion(self, tmp_path):
        result = call("verify", "CharNER", "-o", tmp_path / "report.json")
        assert result.exit_code == 0, result.output
        report = json.loads((tmp_path / "report.json").read_bytes())
        assert report["passed"]
        assert all(each["equal"] for each in report["results"])
        assert "nothing was run" in report["checked"]

    @pytest.mark.tf
    @pytest.mark.skipif(not keras.available(), reason="TensorFlow and tf2onnx (the extra 'tf') are not installed")
    def test_by_way_of_keras(self, upstream):
        folder = upstream.convert("SPUContextPoS", "PoS_SPUContext_prod", "model", "--via", "tf2onnx")
        result = upstream.verify(folder, "PoS_SPUContext_prod")
        assert result.exit_code == 0, result.output
        report = json.loads((folder / "verification.json").read_bytes())
        assert report["against"]["kind"] == "keras"
        assert all(each["max_difference"] < 1e-5 for each in report["results"])
        assert upstream.verify(folder, "PoS_SPUContext_prod", "--against", "builder").exit_code == 0


def test_report_goes_where_it_can_or_says_why_not(tmp_path):
    folders.write_report(tmp_path / "new" / "report.json", b"first")
    folders.write_report(tmp_path / "new" / "report.json", b"second")
    assert content(tmp_path / "new") == {"report.json": b"second"}
    with pytest.raises(StorageError, match="which is a folder"):
        folders.write_report(tmp_path / "new", b"")
    with pytest.raises(StorageError):
        folders.write_report(tmp_path / "new" / "report.json" / "below", b"")
    assert content(tmp_path / "new") == {"report.json": b"second"}
