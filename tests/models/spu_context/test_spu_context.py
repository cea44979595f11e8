"""The SPUContext models: two engines of one result, sentences of any length, trees, and what may be given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from network_reference import context_outputs, stack_state
from vnlp_colab.convert.context import ContextWeights
from vnlp_colab.convert.spu_weights import PIECES_A_WORD, WINDOW, split_weights
from vnlp_colab.encoding.pieces import PieceTokenizer
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.models.facades import DependencyParser, NamedEntityRecognizer, PoSTagger
from vnlp_colab.models.parsing import JOINED
from vnlp_colab.store.weights import read_npy, read_pickled_arrays

pytestmark = [pytest.mark.models, pytest.mark.shared]

NAMES = ["SPUContextPoS", "SPUContextNER", "SPUContextDP"]
HISTORY = {"SPUContextPoS": 18, "SPUContextNER": 5, "SPUContextDP": 90}
HISTORY_NAMES = {
    "SPUContextPoS": "lc_pos_input",
    "SPUContextNER": "lc_entity_input",
    "SPUContextDP": "lc_arc_label_input",
}
WORDS = [
    "Ali", "dün", "Ankara'dan", "gelen", "eski", "arkadaşıyla", "kütüphanede", ",", "çok", "güzel", "bir", "kitap",
    "okudu", ";", "sonra", "eve", "döndü", ".",
]  # fmt: skip


def sentence(length: int) -> list[str]:
    """Words of our own, no stretch of which comes again soon."""
    return [WORDS[(i + i // len(WORDS) * 5) % len(WORDS)] for i in range(length)]


def is_one_tree(arcs: list[tuple[int, str, int, str]]) -> bool:
    heads = [head for _, _, head, _ in arcs]
    reached = {0}
    for _ in heads:
        reached |= {node for node, head in enumerate(heads, 1) if head in reached}
    roots = [relation == "root" for _, _, _, relation in arcs]
    return heads.count(0) == 1 and len(reached) == len(heads) + 1 and roots == [head == 0 for head in heads]


class Slow:
    """A network as it is defined: each word's whole padded context, one step after the other, in double precision."""

    def __init__(self, folder: Path, stem: str, kind: str, pieces: bytes) -> None:
        arrays = read_pickled_arrays((folder / f"{stem}.weights").read_bytes())
        embedding = read_npy((folder / "SPUTokenized_word_embedding_16k.matrix").read_bytes())
        self.weights = split_weights(arrays, embedding, kind)
        self.tokenizer = PieceTokenizer(pieces)

    def word(self, pieces: tuple[int, ...]) -> np.ndarray:
        padded = [0] * (PIECES_A_WORD - len(pieces)) + list(pieces)
        return stack_state(self.weights.word, self.weights.embedding[padded])

    def __call__(self, tokens: list[str]) -> np.ndarray:
        weights = self.weights
        vectors = {token: self.word(self.tokenizer.word(token, PIECES_A_WORD)) for token in set(tokens)}
        context = ContextWeights(
            left=weights.left,
            right=weights.right,
            history=weights.history,
            dense=weights.dense,
            dense_order=("word", "left", "right", "history"),
            padding_word=self.word(()),
            heads=weights.heads,
            activation=weights.activation,
            window=WINDOW,
        )
        probabilities, _ = context_outputs(context, np.array([vectors[token] for token in tokens]))
        return probabilities


@pytest.mark.parametrize(
    ("name", "stem", "kind", "length"),
    [("SPUContextPoS", "PoS_SPUContext_prod", "pos", 90), ("SPUContextNER", "NER_SPUContext_prod", "ner", 44)],
)
def test_windows_slide_over_long_sentences(name: str, stem: str, kind: str, length: int, stand_ins: Any) -> None:
    """With more than 40 words before, more than 40 behind, and more than 40 labels."""
    slow = Slow(stand_ins.weights, stem, kind, stand_ins.bundle(name).path("pieces.model").read_bytes())
    tokens = sentence(length)
    expected = slow(tokens)
    for engine in ("incremental", "stepwise"):
        (found,) = stand_ins(name, engine=engine).predict_proba_batch([tokens])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_engines_agree(name: str, stand_ins: Any) -> None:
    """Batched together: long and short, empty and strange, up to beyond the window for those that slide."""
    lengths = [3, 0, 12, 1] if name == "SPUContextDP" else [3, 41, 0, 1, 55 if name == "SPUContextPoS" else 7]
    batch = [sentence(length) for length in lengths] + [["😀", "", " ", "\ud800", "a" * 300, "İSTANBUL'DA"]]
    one, other = (stand_ins(name, engine=engine, threads=2) for engine in ("incremental", "stepwise"))
    for own, expected in zip(one.predict_proba_batch(batch), other.predict_proba_batch(batch), strict=True):
        np.testing.assert_allclose(own, expected, rtol=0, atol=1e-5)
    assert one.predict_batch(batch) == other.predict_batch(batch)


@pytest.mark.parametrize("name", NAMES)
def test_the_stepwise_graph(name: str, stand_ins: Any) -> None:
    """Its four inputs by name, fed by hand as a user would."""
    model = stand_ins(name, engine="stepwise")
    assert model.input_names == ["word_input", "left_input", "right_input", HISTORY_NAMES[name]]
    assert model.output_name == "probabilities"
    described = {node.name: (node.type, node.shape[1:]) for node in model.inference_session.get_inputs()}
    assert described == {
        "word_input": ("tensor(int32)", [8]),
        "left_input": ("tensor(int32)", [40, 8]),
        "right_input": ("tensor(int32)", [40, 8]),
        HISTORY_NAMES[name]: ("tensor(float)", [40, HISTORY[name]]),
    }
    tokenizer = PieceTokenizer(stand_ins.bundle(name).path("pieces.model").read_bytes())
    pieces = tokenizer.word("Merhaba", PIECES_A_WORD)
    word = np.zeros((1, PIECES_A_WORD), np.int32)
    word[0, -len(pieces) :] = pieces
    nothing = np.zeros((1, WINDOW, PIECES_A_WORD), np.int32)
    arrays = (word, nothing, nothing, np.zeros((1, WINDOW, HISTORY[name]), np.float32))
    input_feed = dict(zip(model.input_names, arrays, strict=True))
    found = model.inference_session.run([model.output_name], input_feed)[0]
    np.testing.assert_allclose(found, model.predict_proba_batch([["Merhaba"]])[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", ["incremental", "stepwise"])
def test_session_and_its_names(name: str, engine: str, stand_ins: Any) -> None:
    model = stand_ins(name, engine=engine)
    assert model.input_names == [node.name for node in model.inference_session.get_inputs()]
    assert model.output_name == model.inference_session.get_outputs()[0].name == "probabilities"
    # The sessions are made once, whatever the number of threads.
    assert stand_ins(name, engine=engine, threads=3).inference_session is model.inference_session


@pytest.mark.parametrize("name", NAMES)
def test_wrong_options(name: str, stand_ins: Any) -> None:
    with pytest.raises(InputError, match="engine is 'incremental' or 'stepwise', not 'fast'"):
        stand_ins(name, engine="fast")
    with pytest.raises(InputError, match="not one string"):
        stand_ins(name).predict_batch("Ali geldi.")
    with pytest.raises(InputError, match="row 1"):
        stand_ins(name).predict_batch([["Ali"], 7])
    # There are no weights of that name, and the message says of which.
    with pytest.raises(ModelNotAvailable, match=rf"{name}-eval cannot be had(.|\n)*_eval\.weights"):
        stand_ins(name, evaluate=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_in_and_what_comes_out(name: str, stand_ins: Any) -> None:
    model = stand_ins(name)
    columns = HISTORY[name]
    text = "Ali, Ankara'ya gitti."
    tokens = ["Ali", ",", "Ankara'ya", "gitti", "."]
    (labelled,) = model.predict_batch([text])
    assert model.predict(text) == labelled and model.predict_batch([tokens]) == [labelled]
    if name == "SPUContextDP":
        assert [(index, token) for index, token, _, _ in labelled] == list(enumerate(tokens, 1))
        assert all(type(head) is int and 0 <= head <= 40 and relation for _, _, head, relation in labelled)
    else:
        assert [token for token, _ in labelled] == tokens
        assert all(type(label) is str for _, label in labelled)
    (probabilities,) = model.predict_proba_batch([text])
    assert probabilities.shape == (5, columns) and probabilities.dtype == np.float32
    if name != "SPUContextDP":
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert model.predict_batch([]) == model.predict_proba_batch([]) == []
    for empty in ("", "  \n", []):
        assert model.predict_batch([empty, text, empty]) == [[], labelled, []]
        found = model.predict_proba_batch([empty])
        assert [each.shape for each in found] == [(0, columns)] and found[0].dtype == np.float32
    assert model.predict("") == []


def test_empty_sentences_as_upstream(golden_spu: list[dict[str, Any]], stand_ins: Any) -> None:
    (row,) = (row for row in golden_spu if row["text"] == "")
    for name, key in zip(NAMES, ("pos", "ner", "dp"), strict=True):
        assert stand_ins(name).predict("") == row[key] == []


def test_labels_of_given_tokens(stand_ins: Any) -> None:
    recogniser = stand_ins("SPUContextNER")
    texts = ["Ali geldi.", "", "Van'da kar var."]
    tagged = recogniser.predict_batch(texts)
    tokens = [[token for token, _ in own] for own in tagged]
    assert recogniser.label_tokens(texts, tokens) == [[label for _, label in own] for own in tagged]
    with pytest.raises(InputError, match="tokens of 3 texts for 1 texts"):
        recogniser.label_tokens(texts[:1], tokens)


def test_facades(stand_ins: Any) -> None:
    text = "Ali dün Ankara'ya gitti."
    for facade, name in zip((PoSTagger, NamedEntityRecognizer, DependencyParser), NAMES, strict=True):
        for engine in ("incremental", "stepwise"):
            with stand_ins.in_place():
                made = facade(name, device="cpu", threads=1, engine=engine)
            model = stand_ins(name, engine=engine)
            assert type(made.instance) is type(model)
            assert made.inference_session is model.inference_session
            assert (made.input_names, made.output_name) == (model.input_names, model.output_name)
            assert made.predict(text) == model.predict(text)
            assert made.predict_batch([text, ""]) == model.predict_batch([text, ""])
            (found,), (own,) = made.predict_proba_batch([text]), model.predict_proba_batch([text])
            assert np.array_equal(found, own)
        if facade is not PoSTagger:
            assert made.predict(text, displacy_format=True) == model.predict(text, displacy_format=True)


class TestParserOnLongSentences:
    @pytest.mark.parametrize("engine", ["incremental", "stepwise"])
    def test_forty_tokens_are_one_run(self, engine: str, stand_ins: Any) -> None:
        tokens = sentence(40)
        strict = stand_ins("SPUContextDP", engine=engine, on_long="error")
        (raw,) = strict.predict_batch([tokens])
        assert stand_ins("SPUContextDP", engine=engine).predict_batch([tokens]) == [raw]
        (probabilities,) = strict.predict_proba_batch([tokens])
        assert [head for _, _, head, _ in raw] == probabilities[:, :41].argmax(axis=1).tolist()

    @pytest.mark.parametrize("length", [41, 42, 79, 80, 81, 130, 400])
    @pytest.mark.parametrize("tree", [False, True])
    def test_longer_ones_are_one_tree(self, length: int, tree: bool, stand_ins: Any) -> None:
        tokens = sentence(length)
        (arcs,) = stand_ins("SPUContextDP", tree=tree).predict_batch([tokens])
        assert [(index, token) for index, token, _, _ in arcs] == list(enumerate(tokens, 1))
        assert all(0 <= head <= length and head != index for index, _, head, _ in arcs)
        assert is_one_tree(arcs)
        assert any(relation == JOINED for _, _, _, relation in arcs)

    @pytest.mark.parametrize("word", ["ve", ".", "😀"])
    def test_wherever_there_is_punctuation(self, word: str, stand_ins: Any) -> None:
        (arcs,) = stand_ins("SPUContextDP").predict_batch([[word] * 95])
        assert len(arcs) == 95 and is_one_tree(arcs)

    def test_engines_agree(self, stand_ins: Any) -> None:
        batch = [sentence(43), sentence(5)]
        one, other = (stand_ins("SPUContextDP", engine=engine) for engine in ("incremental", "stepwise"))
        assert one.predict_batch(batch) == other.predict_batch(batch)

    def test_windows_are_parsed_as_sentences_of_their_own(self, stand_ins: Any) -> None:
        """Cut behind the last punctuation of the window's second half; heads count from the window's start."""
        tokens = sentence(60)
        parser = stand_ins("SPUContextDP", tree=True)
        end = max(i for i in range(21, 41) if tokens[i - 1] in {",", ";", "."})
        (arcs,) = parser.predict_batch([tokens])
        parts = parser.predict_batch([tokens[:end], tokens[end:]])
        root = end + next(index for index, _, head, _ in parts[1] if head == 0)
        expected = [(token, head or root, relation if head else JOINED) for _, token, head, relation in parts[0]]
        expected += [(token, head and head + end, relation) for _, token, head, relation in parts[1]]
        assert [arc[1:] for arc in arcs] == expected

    def test_error_names_the_row(self, stand_ins: Any) -> None:
        strict = stand_ins("SPUContextDP", on_long="error")
        with pytest.raises(InputError, match=r"row 1: Sentence is too long: 41 tokens") as raised:
            strict.predict_batch([["ev"], sentence(41), sentence(90)])
        assert isinstance(raised.value, ValueError) and raised.value.row == 1
        with pytest.raises(ValueError, match="Sentence is too long"):
            strict.predict(" ".join(["ev"] * 41))
        with pytest.raises(InputError, match="row 1: probabilities are defined for up to 40 tokens, not 41"):
            stand_ins("SPUContextDP").predict_proba_batch([["ev"], sentence(41)])
        with pytest.raises(InputError, match="'window' or 'error', not 'cut'"):
            stand_ins("SPUContextDP", on_long="cut")


@pytest.mark.parametrize("engine", ["incremental", "stepwise"])
def test_trees_where_asked_for(engine: str, golden_spu: list[dict[str, Any]], stand_ins: Any) -> None:
    rows = [row for row in golden_spu if row["dp"]]
    rows = rows if engine == "incremental" else [row for row in rows if len(row["tokens"]) < 5]
    texts = [row["text"] for row in rows]
    raw = stand_ins("SPUContextDP", engine=engine).predict_batch(texts)
    trees = stand_ins("SPUContextDP", engine=engine, tree=True).predict_batch(texts)
    assert all(map(is_one_tree, trees))
    # Stand-in weights hardly ever give a tree of themselves, and heads beyond the sentence.
    assert not all(map(is_one_tree, raw))
    for text, tree in zip(texts, trees, strict=True):
        drawn = stand_ins("SPUContextDP", engine=engine, tree=True).predict(text, displacy_format=True)
        assert len(drawn["arcs"]) == len(tree) - 1
        assert all(0 <= arc["start"] < arc["end"] < len(tree) for arc in drawn["arcs"])
