"""TreeStackPoS and TreeStackDP: what may be given, long sentences, trees, and who is asked for what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.models.parsing import JOINED
from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS

pytestmark = pytest.mark.models

TOKENS = [["Ali", "eve", "geldi", "."], ["Güzel"]]
MORPH = [["ali+Noun+Prop", "ev+Noun+A3sg+Pnon+Dat", "gel+Verb+Pos+Past+A3sg", ".+Punc"], ["güzel+Adj"]]
POS = [["PROPN", "NOUN", "VERB", "PUNCT"], ["ADJ"]]
LONG = ["elma", ",", "armut", "ve", "üzüm", "aldık", ",", "sonra"] * 12


def one_tree(arcs: list[tuple[int, str, int, str]]) -> bool:
    heads = [head for _, _, head, _ in arcs]
    reached = {0}
    for _ in heads:
        reached |= {node for node, head in enumerate(heads, 1) if head in reached}
    return heads.count(0) == 1 and len(reached) == len(heads) + 1


@pytest.mark.parametrize(
    ("morph", "message"),
    [
        (MORPH[:1], "morph has 1 items for 2 sentences"),
        ([MORPH[0], []], "row 1: morph has 0 items for 1 tokens"),
        ([MORPH[0][:-1], MORPH[1]], "row 0: morph has 3 items for 4 tokens"),
        ([*MORPH, []], "morph has 3 items for 2 sentences"),
    ],
)
def test_analyses_that_do_not_match(
    tagger: TreeStackPoS, parser: TreeStackDP, morph: list[list[str]], message: str
) -> None:
    for call in (tagger.predict_batch, tagger.predict_proba_batch, parser.predict_batch, parser.predict_proba_batch):
        with pytest.raises(InputError, match=message):
            call(TOKENS, morph=morph)


@pytest.mark.parametrize(
    ("pos", "message"),
    [
        (POS[:1], "pos has 1 items for 2 sentences"),
        ([POS[0], ["ADJ", "ADJ"]], "row 1: pos has 2 items for 1 tokens"),
        ([POS[0], ["QUUX"]], "row 1: unknown part of speech 'QUUX'; known are .*NOUN"),
    ],
)
def test_tags_that_do_not_match(parser: TreeStackDP, pos: list[list[str]], message: str) -> None:
    for call in (parser.predict_batch, parser.predict_proba_batch):
        with pytest.raises(InputError, match=message):
            call(TOKENS, morph=MORPH, pos=pos)


def test_analyses_of_any_form(tagger: TreeStackPoS) -> None:
    # Unknown tags are left out, of very many the last are read, an empty analysis has none.
    for analysis in ("", "+", "ev", "ev+Quux", "ev^DB", "ev" + "+Noun" * 50, "+++"):
        ((token, label),) = tagger.predict_batch([["ev"]], morph=[[analysis]])[0]
        assert token == "ev" and label
    same = [tagger.predict_proba_batch([["ev"]], morph=[["ev" + "+Noun" * n]])[0] for n in (15, 16, 40)]
    assert np.array_equal(same[0], same[1]) and np.array_equal(same[0], same[2])


def test_the_tag_of_padding_is_read_as_the_tagger_answers_it(parser: TreeStackDP) -> None:
    (parse, _) = parser.predict_batch(TOKENS, morph=MORPH, pos=[["", *POS[0][1:]], POS[1]])
    assert [token for _, token, _, _ in parse] == TOKENS[0]


def test_given_tags_are_read(parser: TreeStackDP) -> None:
    one = parser.predict_proba_batch(TOKENS, morph=MORPH, pos=POS)[0]
    other = parser.predict_proba_batch(TOKENS, morph=MORPH, pos=[["ADV"] * 4, ["ADV"]])[0]
    assert np.abs(one - other).max() > 0.01


class Counting:
    """Answers for a stemmer or a tagger, and counts."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[Any] = []

    def predict_batch(self, batch: Any, **given: Any) -> Any:
        self.calls.append((batch, given))
        return self.answer


def test_only_what_is_missing_is_predicted() -> None:
    stemmer = Counting(MORPH)
    tagged = [list(zip(words, tags, strict=True)) for words, tags in zip(TOKENS, POS, strict=True)]
    tagger = Counting(tagged)
    parser = TreeStackDP(device="cpu", stemmer=stemmer, tagger=tagger)
    expected = parser.predict_batch(TOKENS, morph=MORPH, pos=POS)
    assert stemmer.calls == tagger.calls == []
    assert parser.predict_batch(TOKENS, morph=MORPH) == expected
    assert stemmer.calls == [] and tagger.calls == [(TOKENS, {"morph": MORPH})]
    assert parser.predict_batch(TOKENS) == expected
    assert stemmer.calls == [(TOKENS, {})] and len(tagger.calls) == 2


def test_one_network_for_all_instances() -> None:
    assert TreeStackPoS(device="cpu").inference_session is TreeStackPoS(device="cpu", threads=3).inference_session


def test_session_and_its_names(tagger: TreeStackPoS, parser: TreeStackDP) -> None:
    for model in (tagger, parser):
        assert model.input_names == [node.name for node in model.inference_session.get_inputs()]
        assert model.output_name == model.inference_session.get_outputs()[0].name == "probabilities"


def test_forty_tokens_are_one_run(parser: TreeStackDP) -> None:
    short = LONG[:40]
    refusing = TreeStackDP(device="cpu", on_long="error", stemmer=parser._stemmer, tagger=parser._tagger)
    assert refusing.predict_batch([short]) == parser.predict_batch([short])
    assert parser.predict_proba_batch([short])[0].shape == (40, 90)


def test_too_long_is_an_error_where_asked_for(parser: TreeStackDP) -> None:
    refusing = TreeStackDP(device="cpu", on_long="error", stemmer=parser._stemmer, tagger=parser._tagger)
    with pytest.raises(InputError, match="row 1: Sentence is too long: 41 tokens") as caught:
        refusing.predict_batch([["ev"], LONG[:41]])
    assert isinstance(caught.value, ValueError)  # which is what upstream raises
    with pytest.raises(InputError, match="row 1: probabilities are defined for up to 40 tokens, not 41"):
        parser.predict_proba_batch([["ev"], LONG[:41]])
    with pytest.raises(InputError, match="'window' or 'error', not 'cut'"):
        TreeStackDP(device="cpu", on_long="cut")


@pytest.mark.parametrize("size", [41, 64, 96])
def test_long_sentences_are_one_tree(parser: TreeStackDP, size: int) -> None:
    (arcs,) = parser.predict_batch([LONG[:size]])
    assert [token for _, token, _, _ in arcs] == LONG[:size]
    assert [index for index, _, _, _ in arcs] == list(range(1, size + 1))
    assert one_tree(arcs)
    assert sum(relation == "root" for _, _, _, relation in arcs) == 1
    assert any(relation == JOINED for _, _, _, relation in arcs)


def test_trees_where_asked_for(parser: TreeStackDP, golden_tokens: list[dict[str, Any]]) -> None:
    texts = [[], *(row["tokens"] for row in golden_tokens)]
    # The recorded ones, so that neither stemmer nor tagger has to run.
    given = {
        "morph": [[], *(row["stemmer"] for row in golden_tokens)],
        "pos": [[], *([tag for _, tag in row["pos"]] for row in golden_tokens)],
    }
    trees = TreeStackDP(device="cpu", tree=True, stemmer=parser._stemmer, tagger=parser._tagger)
    found, raw = trees.predict_batch(texts, **given), parser.predict_batch(texts, **given)
    assert all(one_tree(arcs) for arcs in found if arcs)
    heads = [[head for _, _, head, _ in arcs] for arcs in raw]
    kept = [own for own, arcs, tree in zip(heads, raw, found, strict=True) if arcs and one_tree(arcs) and own]
    assert len(kept) > 50
    # What is a tree already stays as it is.
    for arcs, tree in zip(raw, found, strict=True):
        if arcs and one_tree(arcs):
            assert [head for _, _, head, _ in tree] == [head for _, _, head, _ in arcs]


def test_displacy_with_given_tags(parser: TreeStackDP) -> None:
    arcs = parser.predict("Ali eve geldi.")
    drawn = parser.predict("Ali eve geldi.", displacy_format=True, pos_result=[(t, "X") for _, t, _, _ in arcs])
    assert drawn["words"] == [{"text": token, "tag": "X"} for token in ("Ali", "eve", "geldi", ".")]
    assert len(drawn["arcs"]) == sum(head > 0 for _, _, head, _ in arcs)
    own = parser.predict("Ali eve geldi.", displacy_format=True)
    assert [word["tag"] for word in own["words"]] == [tag for _, tag in parser._tagger.predict("Ali eve geldi.")]


def test_compat_reads_characters(parser: TreeStackDP) -> None:
    compatible = TreeStackDP(device="cpu", compat=True, stemmer=parser._stemmer, tagger=parser._tagger)
    found = compatible.predict_proba_batch(["Ali eve geldi ."], morph=MORPH[:1], pos=POS[:1])[0]
    letters = parser.predict_proba_batch([list("Ali ")], morph=MORPH[:1], pos=POS[:1])[0]
    np.testing.assert_allclose(found, letters, rtol=0, atol=1e-5)
