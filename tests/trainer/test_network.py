"""The training program itself: the network agrees with its graphs, learns, and goes on where it was stopped."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'train'")

from training import finish, pretrain, train  # noqa: E402
from training.batches import WordTable, collate  # noqa: E402
from training.config import Config  # noqa: E402
from training.data.corpora import Corpora, load  # noqa: E402
from training.export import export, load_rounded  # noqa: E402
from training.vocabulary import WordVectors  # noqa: E402

from vnlp_colab.convert import shared_context  # noqa: E402
from vnlp_colab.runtime.session import Graph, open_session  # noqa: E402

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.shared, pytest.mark.models]

SMALL = Config(
    name="small",
    pretrain_steps=20,
    pretrain_words=64,
    pieces=2000,
    steps=30,
    warmup=5,
    cooldown=10,
    tokens=150,
    units=32,
    word_units=32,
    piece_size=16,
    arc_size=32,
    label_size=16,
    hidden=32,
    entity_units=24,
    stems=True,
    evaluate_every=15,
)


def written(config: Config, folder: Path) -> str:
    """The settings as a file; returns its path."""
    path = folder / "config.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in asdict(config).items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def data(shared_dir: Path) -> Path:
    return shared_dir / "data"


@pytest.fixture(scope="module")
def corpora(data: Path) -> Corpora:
    found = load(data)
    found.trees = {name: trees[:60] for name, trees in found.trees.items()}
    found.dev_trees = {name: trees[:10] for name, trees in found.dev_trees.items()}
    found.entities = {name: sentences[:100] for name, sentences in found.entities.items()}
    found.dev_entities = {name: sentences[:10] for name, sentences in found.dev_entities.items()}
    return found


@pytest.fixture(scope="module")
def run(corpora: Corpora, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("runs") / "small"
    folder.mkdir()
    train.Run(SMALL, corpora, folder, data).train()
    return folder


def test_it_learns_and_leaves_its_curves(run: Path) -> None:
    history = train.state.load(run / "checkpoint.pt")["history"]
    assert [entry["step"] for entry in history] == [15, 30]
    assert history[1]["losses"]["tree"] < history[0]["losses"]["tree"]
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_it_goes_on_where_it_was_stopped(
    run: Path, corpora: Corpora, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = train.state.load(run / "checkpoint.pt")
    again = train.Run(SMALL, corpora, run, data)
    assert "goes on at step 30" in capsys.readouterr().out
    assert again.step == 30
    for name, value in again.network.state_dict().items():
        assert torch.equal(value, stored["network"][name])


def test_the_same_settings_give_the_same_bits(run: Path, corpora: Corpora, data: Path, tmp_path: Path) -> None:
    train.Run(SMALL, corpora, tmp_path, data).train()
    first, second = (train.state.load(folder / "final.pt")["network"] for folder in (run, tmp_path))
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


def test_a_run_can_be_closed_at_its_last_checkpoint(
    run: Path, corpora: Corpora, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = train.state.load(run / "final.pt")
    (tmp_path / "small").mkdir()
    shutil.copyfile(run / "checkpoint.pt", tmp_path / "small" / "checkpoint.pt")
    monkeypatch.setattr(finish, "load", lambda data, held_out: corpora)
    finish.main([written(SMALL, tmp_path), "--data", "unread", "--runs", str(tmp_path)])
    assert "closed at step 30 of 30" in capsys.readouterr().out
    found = train.state.load(tmp_path / "small" / "final.pt")
    for name, value in closed["network"].items():
        assert torch.equal(value, found["network"][name]), name
    assert found["inventory"] == closed["inventory"]
    assert found["card"] == {name: value for name, value in closed["card"].items() if name != "commit"} | {
        "stopped": 30
    }


@pytest.mark.parametrize("held_out", [True, False])
def test_the_encoder_learns_from_the_pieces_of_the_training_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_out: bool
) -> None:
    taken: dict[str, object] = {}
    monkeypatch.setattr(pretrain, "load", lambda data, held_out: f"{data}, held out: {held_out}")
    monkeypatch.setattr(pretrain, "train_pieces", lambda *asked: taken.update(corpora=asked[3]) or b"pieces")
    monkeypatch.setattr(pretrain, "pretrain", lambda config, words, pieces, folder: taken.update(folder=folder))
    config = replace(SMALL, held_out=held_out)
    pretrain.main([written(config, tmp_path), "--data", "data", "--runs", str(tmp_path / "runs")])
    assert taken == {"corpora": f"data, held out: {held_out}", "folder": tmp_path / "runs" / "small"}
    assert (tmp_path / "runs" / "small").is_dir()


def test_the_graphs_agree_with_pytorch(run: Path, tmp_path: Path) -> None:
    words = WordVectors.load()
    network, inventory, card = load_rounded(run, words)
    assert card["config"]["name"] == "small" and card["data"]
    export(run, tmp_path, words)
    roles = {"weights": "context.safetensors", "config": "config.json", "words": "words.txt", "pieces": "pieces.model"}
    files = shared_context.build(lambda role: (tmp_path / roles[role]).read_bytes())
    graphs = {
        name.removesuffix(".onnx"): Graph(open_session(model.SerializeToString(), "cpu"))
        for name, model in files.items()
        if name.endswith(".onnx")
    }
    table = WordTable((tmp_path / "pieces.model").read_bytes(), words.words, stems=True)
    sentences = [["Ankara'ya", "dün", "geldi", "."], ["Bilinmezleştirilemeyen", "Evet"]]
    items = [table.item(sentence) for sentence in sentences]
    for item in items:
        item.style, item.source = 3, 2
    batch = collate(items, table)
    with torch.no_grad():
        encoded = network.encode(batch)
        scores = network.parse(encoded, batch.lengths)
        upos = scores.upos.softmax(2).numpy()
        entities = network.label_entities(encoded, batch).numpy()
    ints = np.int32
    distinct = graphs["words"](
        batch.pieces.numpy().T.astype(ints), batch.piece_counts.numpy().astype(ints), batch.vectors.numpy().astype(ints)
    )[0]
    index, shapes = (np.ascontiguousarray(array.numpy().T.astype(ints)) for array in (batch.index, batch.shapes))
    lengths = batch.lengths.numpy().astype(ints)
    contexts = graphs["contexts"](distinct, index, shapes, np.array([3], ints), lengths)[0]
    arcs = graphs["arcs"](contexts)[0]
    labelled = graphs["ner"](contexts, distinct, index, shapes, lengths, np.array([2], ints))[0]
    for row, length in enumerate(batch.lengths.tolist()):
        own = contexts[row, 1:length]
        np.testing.assert_allclose(own, encoded.contexts[row, 1:length].numpy(), atol=1e-4)
        found = graphs["pos"](own, distinct, batch.index[row, 1:length].numpy().astype(ints))[0]
        np.testing.assert_allclose(found, upos[row, 1:length], atol=1e-4)
        np.testing.assert_allclose(labelled[row, 1:length], entities[row, 1:length], atol=1e-4)
        expected = scores.arcs[row, 1:length, :length].numpy()
        real = expected > -1e8
        np.testing.assert_allclose(arcs[row, 1:length, :length][real], expected[real], atol=1e-4)
    assert len(inventory.upos) == upos.shape[2]
