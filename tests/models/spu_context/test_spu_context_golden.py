"""SPUContextPoS, SPUContextNER and SPUContextDP beside upstream's, by both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vnlp_colab.convert import keras, offline
from vnlp_colab.convert.offline import Via
from vnlp_colab.models.displacy import entity_format
from vnlp_colab.models.spu_context.network import Network
from vnlp_colab.text.tokenise import TreebankWordTokenize, treebank_spans

pytestmark = [pytest.mark.models, pytest.mark.shared]

GOLDEN_OF = ("SPUContextPoS", "SPUContextNER", "SPUContextDP")

# By model: what its outputs are called, and the sizes of the parts of which each is an argmax.
RECORDED = {"SPUContextPoS": ("pos", (18,)), "SPUContextNER": ("ner", (5,)), "SPUContextDP": ("dp", (41, 49))}
MARGIN = 1e-4
"""A first and a second choice as close as this may change places, and with them all that follows."""

TOLERANCE = 1e-5  # recorded with 6 decimals, and 1e-6 is measured

Rows = list[dict[str, Any]]
Probabilities = Mapping[str, np.ndarray]


@pytest.fixture(params=RECORDED)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def rows(name: str, golden_spu: Rows) -> Rows:
    """The rows that upstream labelled: the parser's have at most 40 tokens."""
    found = [row for row in golden_spu if row[RECORDED[name][0]] is not None]
    assert sum(len(row["tokens"]) for row in found) == (391 if name == "SPUContextDP" else 594)
    return found


def few(rows: Rows) -> Rows:
    """Short rows, one without tokens, and one longer than the window where there is one."""
    short = [row for row in rows if len(row["tokens"]) < 8]
    return [*short[::2], *[row for row in rows if len(row["tokens"]) == 41][:1]]


def first_doubtful(probabilities: np.ndarray, heads: Sequence[int]) -> int:
    """The first token at which one choice is as good as another, or the number of tokens."""
    for token, row in enumerate(probabilities):
        for part in np.split(row, np.cumsum(heads)[:-1]):
            second, first = np.sort(part)[-2:]
            if first - second < MARGIN:
                return token
    return len(probabilities)


def compare(name: str, rows: Rows, labelled: Any, found: Sequence[np.ndarray], recorded: Probabilities) -> int:
    """Compare labels and probabilities, and return how many tokens were compared."""
    key, heads = RECORDED[name]
    compared = 0
    for row, labels, own in zip(rows, labelled, found, strict=True):
        assert own.dtype == np.float32 and own.shape == (len(row["tokens"]), sum(heads))
        assert len(labels) == len(row[key])
        expected = recorded.get(f"{row['id']}/{key}", np.empty((0, sum(heads))))
        theirs = [tuple(item) for item in row[key]]
        end = len(theirs)
        if labels != theirs:
            end = first_doubtful(expected, heads)
            assert labels[:end] == theirs[:end], row["id"]
        np.testing.assert_allclose(own[:end], expected[:end], rtol=0, atol=TOLERANCE, err_msg=row["id"])
        compared += end
    return compared


def check(model: Any, name: str, rows: Rows, recorded: Probabilities) -> None:
    texts = [row["text"] for row in rows]
    assert [TreebankWordTokenize(text) for text in texts] == [row["tokens"] for row in rows]
    compared = compare(name, rows, model.predict_batch(texts), model.predict_proba_batch(texts), recorded)
    assert compared > 0.9 * sum(len(row["tokens"]) for row in rows)


def test_incremental(name: str, rows: Rows, golden_spu_probabilities: Probabilities, stand_ins: Any) -> None:
    check(stand_ins(name), name, rows, golden_spu_probabilities)


def test_stepwise(name: str, rows: Rows, golden_spu_probabilities: Probabilities, stand_ins: Any) -> None:
    check(stand_ins(name, engine="stepwise", threads=2), name, few(rows), golden_spu_probabilities)


@pytest.mark.slow
def test_stepwise_on_all(name: str, rows: Rows, golden_spu_probabilities: Probabilities, stand_ins: Any) -> None:
    check(stand_ins(name, engine="stepwise", threads=2), name, rows, golden_spu_probabilities)


@pytest.mark.slow
@pytest.mark.tf
@pytest.mark.skipif(not keras.available(), reason="TensorFlow and tf2onnx (the extra 'tf') are not installed")
def test_stepwise_graph_of_tf2onnx(
    name: str, rows: Rows, golden_spu_probabilities: Probabilities, stand_ins: Any, tmp_path: Path
) -> None:
    """The whole way: upstream's weights, a Keras model, tf2onnx, the stepwise engine, upstream's labels."""
    own = stand_ins.bundle(name)
    with stand_ins.in_place():
        files = offline.convert(name, offline.given_sources(name, None, None), Via.TF2ONNX)
    assert set(files) == set(own.files)
    # What no Keras model corresponds to is our builder's, whichever way was taken.
    assert {file for file in files if files[file] != own.path(file).read_bytes()} == {"stepwise.onnx"}
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    network = Network(replace(own, root=tmp_path), "cpu", "stepwise")
    assert [item.name for item in network.inference_session.get_inputs()] == network.input_names
    short = few(rows)
    found = network.label([row["tokens"] for row in short], threads=2)
    labelled = [
        [_named(network, name, i, *pair) for i, pair in enumerate(zip(row["tokens"], item.labels, strict=True), 1)]
        for row, item in zip(short, found, strict=True)
    ]
    compare(name, short, labelled, [item.probabilities for item in found], golden_spu_probabilities)


def _named(network: Network, name: str, index: int, token: str, labels: np.ndarray) -> tuple[Any, ...]:
    if name == "SPUContextDP":
        return index, token, int(labels[0]), network.labels[labels[1]]
    return token, network.labels[labels[0]]


def test_displacy_of_arcs(golden_spu: Rows, stand_ins: Any) -> None:
    parser = stand_ins("SPUContextDP")
    rows = [row for row in golden_spu if row.get("dp_displacy")]
    assert len(rows) > 40
    for row in rows:
        found = parser.predict(row["text"], displacy_format=True, pos_result=[tuple(pair) for pair in row["pos"]])
        assert found == row["dp_displacy"]
        found = parser.predict(row["text"], displacy_format=True)
        assert found["arcs"] == row["dp_displacy"]["arcs"]
        assert found["words"] == [{"text": token, "tag": ""} for token in row["tokens"]]


def test_displacy_of_entities(golden_spu: Rows, stand_ins: Any) -> None:
    """As upstream's, where tokens without a letter do not lead it astray.

    Upstream goes on with an entity where the next token has its label. If that one has no letter, it takes whatever
    letters come next into the entity, though their label be another; or forgets the entity, if none come.
    """
    recogniser = stand_ins("SPUContextNER")
    compared = forgotten = 0
    for row in golden_spu:
        if row.get("ner_displacy") is None:
            continue
        labels = [label for _, label in row["ner"]]
        spans = [(span.start, span.end) for span in treebank_spans(row["text"])]
        found = recogniser.predict(row["text"], displacy_format=True)
        assert found == entity_format(row["text"], spans, labels)
        plain = [i for i, token in enumerate(row["tokens"]) if not any(map(str.isalpha, token))]
        inside = [i for i in plain if 0 < i < len(labels) - 1 and labels[i] == labels[i - 1]]
        if "" in labels or any(labels[i] != labels[i + 1] for i in inside):
            continue
        theirs = row["ner_displacy"]
        last = max(set(range(len(labels))) - set(plain))
        lost = labels[last + 1 : last + 2] == [labels[last]]
        assert found["ents"][: len(found["ents"]) - lost] == theirs["ents"], row["id"]
        assert (found["text"], found["title"]) == (theirs["text"], theirs["title"])
        compared += 1
        forgotten += lost
    assert (compared, forgotten) == (31, 18)


def test_too_long_where_upstream_says_so(golden_spu: Rows, stand_ins: Any) -> None:
    rows = [row for row in golden_spu if (row.get("errors") or {}).get("dp")]
    assert len(rows) == 3
    strict = stand_ins("SPUContextDP", on_long="error")
    for row in rows:
        with pytest.raises(ValueError, match="Sentence is too long") as raised:
            strict.predict(row["text"])
        assert row["errors"]["dp"]["type"] == "ValueError"
        (start,) = set(row["errors"]["dp"]["message"].split(".")[:1])
        assert start in str(raised.value)
