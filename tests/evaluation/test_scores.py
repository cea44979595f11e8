"""The scorer: worked cases, and the same figures as the scorer of Universal Dependencies gives."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("evaluation", reason="the evaluation is in the repository, not in the package")

from evaluation.counts import Counts, f1, scores
from evaluation.trees import METRICS, score
from evaluation.words import align, lay_out
from training.data.conllu import Tree, read_conllu

from evaluation import entities

# "Evdeydim." with the multi-word token Evdeydim = Evde + ydim.
GOLD = Tree(
    ("Evde", "ydim", "."),
    ("NOUN", "AUX", "PUNCT"),
    ("Case=Loc|Number=Sing", "Number=Sing|Person=1", "_"),
    ("ev", "i", "."),
    (0, 1, 1),
    ("root", "cop", "punct"),
    ranges=((1, 2, "Evdeydim"),),
)


def plain(words, heads=None, labels=None):
    count = len(words)
    return Tree(
        tuple(words),
        ("X",) * count,
        ("_",) * count,
        tuple(words),
        tuple(heads or range(count)),
        tuple(labels or ["root"] + ["dep"] * (count - 1)),
    )


def values(system, gold):
    return {name: found.value for name, found in scores(score(system, gold)).items()}


def test_the_gold_words_are_all_right():
    assert values([GOLD, GOLD], [GOLD, GOLD]) == dict.fromkeys(METRICS, 100)


def test_each_metric_counts_what_it_is_of():
    other = replace(GOLD, upos=("NOUN", "VERB", "PUNCT"), feats=("_",) * 3, lemmas=("ev", "ol", "."), heads=(0, 1, 2))
    (row,) = score([other], [GOLD])
    right = {name: counts.right for name, counts in row.items()}
    assert right == {
        "Tokens": 2, "Sentences": 1, "Words": 3, "UPOS": 2, "UFeats": 1, "Feats": 1, "Lemmas": 2, "UAS": 2, "LAS": 2,
        "LAS_full": 2, "CLAS": 1,
    }  # fmt: skip


def test_subtypes_of_relations_and_features_of_a_language():
    gold, system = plain(["a"], labels=["root"]), plain(["a"], labels=["root:x"])
    gold, system = replace(gold, feats=("Case=Loc",)), replace(system, feats=("Case=Loc|Polite=Form|Echo=Rdp",))
    found = values([system], [gold])
    assert (found["LAS"], found["LAS_full"], found["Feats"], found["UFeats"]) == (100, 0, 0, 0)
    system = replace(system, feats=("Case=Loc|Echo=Rdp",))
    assert (values([system], [gold])["Feats"], values([system], [gold])["UFeats"]) == (0, 100)


def test_a_lemma_that_the_gold_tree_lacks_is_right():
    gold = replace(plain(["a", "b"]), lemmas=("_", "b"))
    assert values([replace(gold, lemmas=("x", "x"))], [gold])["Lemmas"] == 50


def test_words_of_a_multi_word_token_that_was_not_split():
    system = plain(["Evdeydim", "."])
    assert align(lay_out([system]), lay_out([GOLD])) == [(1, 2)]
    (row,) = score([system], [GOLD])
    assert row["Tokens"] == Counts(2, 2, 2)
    assert row["Words"] == Counts(1, 2, 3) and f1([row["Words"]]) == 40
    # Its head is a word that the gold tree does not have.
    assert row["UAS"].right == 0
    # As it would be, were the head found: the first word of the token has the token's form.
    same = replace(GOLD, words=("evdeydim", "im", "."))
    assert align(lay_out([system]), lay_out([same])) == [(0, 0), (1, 2)]
    assert score([system], [same])[0]["UAS"].right == 2


def test_a_token_that_was_cut_in_two():
    system, gold = plain(["a", "bc", "d"]), plain(["ab", "c", "d"])
    assert align(lay_out([system]), lay_out([gold])) == [(2, 2)]


def test_another_sentence_border():
    gold = [plain(["a", "b"]), plain(["c", "d"])]
    rows = score([plain(["a", "b", "c", "d"])], gold)
    assert [row["Sentences"] for row in rows] == [Counts(0, 1, 1), Counts(0, 0, 1)]
    assert [row["Words"] for row in rows] == [Counts(2, 2, 2)] * 2
    # "c" hangs on "b" and is a root.
    assert [row["UAS"].right for row in rows] == [2, 1]


def test_white_space_in_a_word_has_no_place():
    assert align(lay_out([plain(["1 000", "x"])]), lay_out([plain(["1000", "x"])])) == [(0, 0), (1, 1)]


def test_other_texts_are_refused():
    with pytest.raises(ValueError, match="differ from character 1 on: 'c', gold 'b'"):
        score([plain(["ac"])], [plain(["ab"])])


def test_intervals():
    rows = [{"x": Counts(i % 2, 1, 1), "sure": Counts(1, 1, 1)} for i in range(200)]
    found = scores(rows)
    # The standard error of a share of one half in 200 is 3.5 points.
    assert found["x"].value == 50 and 41 < found["x"].low < 45 and 55 < found["x"].high < 59
    assert (found["sure"].low, found["sure"].high) == (100, 100)
    assert scores(rows) == found and scores([]) == {} and f1([]) == 0


def test_entities():
    gold = ["B-PER", "I-PER", "O", "B-LOC", "O"]
    assert entities.score([["B-PER", "I-PER", "O", "B-ORG", "O"]], [gold]) == [
        {
            "all": Counts(1, 2, 2),
            "PER": Counts(1, 1, 1),
            "LOC": Counts(0, 0, 1),
            "ORG": Counts(0, 1, 0),
            "tokens": Counts(2, 3, 3),
        }
    ]
    # A border that is wrong makes the whole entity wrong, and one token.
    (row,) = entities.score([["B-PER", "O", "O", "B-LOC", "O"]], [gold])
    assert row["all"] == Counts(1, 2, 2) and row["tokens"] == Counts(2, 2, 3)


def test_multi_word_tokens_are_read(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(written([GOLD, plain(["a"])]), encoding="utf-8")
    assert [tree.ranges for tree in read_conllu(path)] == [((1, 2, "Evdeydim"),), ()]


def written(trees):
    """CoNLL-U."""
    lines = []
    for tree in trees:
        ranges = {first: (last, form) for first, last, form in tree.ranges}
        for i, word in enumerate(tree.words):
            if i + 1 in ranges:
                last, form = ranges[i + 1]
                lines.append("\t".join([f"{i + 1}-{last}", form, *"_" * 8]))
            cells = [str(i + 1), word, tree.lemmas[i], tree.upos[i], "_", tree.feats[i], str(tree.heads[i])]
            lines.append("\t".join([*cells, tree.labels[i], "_", "_"]))
        lines.append("")
    return "\n".join([*lines, ""])


def a_text(rng, characters):
    """Cut a text into sentences, tokens and words in some way, and annotate it in some way."""
    trees = []
    place = 0
    while place < len(characters):
        length = rng.randint(1, 8)
        words, ranges = [], []
        end = min(len(characters), place + length)
        while place < end:
            token = characters[place : min(end, place + rng.randint(1, 4))]
            place += len(token)
            if rng.random() < 0.4:
                count = rng.randint(2, 3)
                ranges.append((len(words) + 1, len(words) + count, token))
                words += [rng.choice([token, token[:1], token[1:] or "x", token.upper()]) for _ in range(count)]
            else:
                words.append(token)
        count = len(words)
        order = list(range(count))
        rng.shuffle(order)
        heads = [0] * count
        for k in range(1, count):
            heads[order[k]] = order[rng.randrange(k)] + 1
        labels = [rng.choice(["nsubj", "nmod:poss", "nmod", "case", "punct"]) if head else "root" for head in heads]
        feats = [rng.choice(["_", "Case=Loc", "Case=Loc|Number=Sing", "Echo=Rdp"]) for _ in words]
        tags = [rng.choice(["NOUN", "VERB"]) for _ in words]
        lemmas = [rng.choice(["_", "a", "b"]) for _ in words]
        trees.append(
            Tree(tuple(words), tuple(tags), tuple(feats), tuple(lemmas), tuple(heads), tuple(labels), "", tuple(ranges))
        )
    return trees


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32))
def test_the_figures_are_those_of_the_scorer_of_universal_dependencies(seed):
    official = pytest.importorskip("udtools.udeval", reason="needs udtools, of the extra 'dev'")
    rng = random.Random(seed)
    characters = "".join(rng.choice("ab") for _ in range(rng.randint(1, 25)))
    gold, system = a_text(rng, characters), a_text(rng, characters)
    theirs = official.evaluate(*(official.load_conllu(io.StringIO(written(trees)), "", {}) for trees in (gold, system)))
    ours = values(system, gold)
    for name in ("Tokens", "Sentences", "Words", "UPOS", "UFeats", "Lemmas", "UAS", "LAS", "CLAS"):
        assert ours[name] == pytest.approx(100 * theirs[name].f1), name
