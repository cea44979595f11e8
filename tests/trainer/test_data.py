"""Readers, splits, label inventories and scores: what needs no PyTorch."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("training", reason="the training programs are in the repository, not in the package")

from training.data.conllu import Tree, features, read_conllu
from training.data.corpora import STYLES, TESTS, count, entity_file, load, sentence_key, treebank
from training.data.entities import as_bio, read_entities, spans
from training.labels import IGNORED, Numbers, feature_string, take_inventory

CONLLU = """# sent_id = 1
# text = Evdeydim.
1-2\tEvdeydim\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
1\tEvde\tev\tNOUN\tNoun\tCase=Loc|Number=Sing\t0\troot\t_\t_
2\tydim\ti\tAUX\tZero\tNumber=Sing|Person=1\t1\tcop\t_\t_
2.1\tx\t_\t_\t_\t_\t_\t_\t_\t_
3\t.\t.\tPUNCT\tPunc\t_\t1\tpunct\t_\t_

# sent_id = 2
1\tGel\tgel\tVERB\tVerb\tMood=Imp\t0\troot\t_\t_
"""


@pytest.fixture
def trees(tmp_path: Path) -> list[Tree]:
    path = tmp_path / "a.conllu"
    path.write_text(CONLLU, encoding="utf-8")
    return read_conllu(path)


def test_conllu_words_are_the_syntactic_ones(trees: list[Tree]) -> None:
    assert [tree.words for tree in trees] == [("Evde", "ydim", "."), ("Gel",)]
    assert trees[0].heads == (0, 1, 1) and trees[0].labels == ("root", "cop", "punct")
    assert (trees[0].text, trees[1].text) == ("Evdeydim.", "")
    assert features(trees[0].feats[0]) == {"Case": "Loc", "Number": "Sing"} and features("_") == {}


@pytest.mark.parametrize(
    ("content", "prefix", "words", "labels"),
    [
        ("tr:Ali\tB-PER\ntr:geldi\tO\n", "tr:", ("Ali", "geldi"), ("B-PER", "O")),
        ("Ali x+y z I-PER\nVeli x I-PER\n", "", ("Ali", "Veli"), ("B-PER", "I-PER")),
        ("A B-GPE\nB I-GPE\nC B-DATE\n", "", ("A", "B", "C"), ("B-LOC", "I-LOC", "O")),
        ("A I-ORG\nB I-PER\n\n\n", "", ("A", "B"), ("B-ORG", "B-PER")),
    ],
)
def test_entities(tmp_path: Path, content: str, prefix: str, words: tuple[str, ...], labels: tuple[str, ...]) -> None:
    path = tmp_path / "a.conll"
    path.write_text(content, encoding="utf-8")
    (found,) = read_entities(path, prefix)
    assert (found.words, found.labels) == (words, labels)


def test_spans() -> None:
    assert spans(["B-PER", "I-PER", "B-PER", "O", "B-LOC"]) == {(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")}
    assert as_bio(["O", "I-LOC", "I-LOC", "I-ORG"]) == ["O", "B-LOC", "I-LOC", "B-ORG"]
    assert spans([]) == set()


def test_inventory_and_numbers(trees: list[Tree]) -> None:
    inventory = take_inventory(trees * 3)
    assert inventory.upos == ("AUX", "NOUN", "PUNCT", "VERB")
    assert ("Case", ("", "Loc")) in inventory.features
    numbers = Numbers(inventory)
    rows = numbers.features(trees[0])
    assert [feature_string(inventory, row) for row in rows] == list(trees[0].feats)
    assert numbers.scripts(trees[0])[0] >= 0
    unseen = Tree(("x",), ("X",), ("Case=Abl",), ("_",), (0,), ("dep",))
    assert numbers.upos(unseen) == numbers.relations(unseen) == numbers.scripts(unseen) == [IGNORED]
    assert IGNORED in numbers.features(unseen)[0]


@pytest.mark.shared
def test_no_test_sentence_is_trained_on(shared_dir: Path) -> None:
    root = shared_dir / "data"
    corpora = load(root)
    held = {sentence_key(tree.words) for name in TESTS for tree in treebank(root, name, "test")}
    held |= {
        sentence_key(s.words) for source in ("wikiner", "xtreme", "gungor") for s in entity_file(root, source, "test")
    }
    trained = [*corpora.trees.values(), *corpora.entities.values()]
    assert not held & {sentence_key(sentence.words) for sentences in trained for sentence in sentences}
    # Non-commercial, and not stated.
    assert set(corpora.trees) == set(STYLES[1:]) and "imst" not in corpora.trees
    assert set(corpora.entities) == {"wikiner", "xtreme", "gungor"}
    sentences, words = map(sum, zip(*(count(trees) for trees in corpora.trees.values()), strict=True))
    assert sentences > 14_000 and words > 120_000
    steering = {sentence_key(s.words) for found in corpora.dev_trees.values() for s in found}
    assert not steering & {sentence_key(s.words) for found in trained for s in found}
