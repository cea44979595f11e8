"""Probabilities of labels: those of the labels that were given, and none where they were not asked for."""

import numpy as np
import pytest

from vnlp_colab import VNLPipeline
from vnlp_colab.catalog import Task
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.chances import chances_of


class Fixed:
    """A model of one sentence with known probabilities."""

    def __init__(self, rows, labels=None, longest=99):
        self.rows = np.array(rows, np.float32)
        self.longest = longest
        if labels is not None:
            self.labels = labels

    def predict_proba_batch(self, batch, **given):
        if any(len(tokens) > self.longest for tokens in batch):
            raise InputError("too long")
        return [self.rows[: len(tokens)] for tokens in batch]

    def candidates(self, token):
        return [()] * len(token)


def chances(task, model, tokens, chosen):
    (found,) = chances_of(task, model, [tokens], [chosen], {}, [" ".join(tokens)])
    return {name: pytest.approx(values) for name, values in found.items()}


def test_a_tag_is_the_most_probable():
    model = Fixed([[0.25, 0.75], [1, 0]])
    assert chances(Task.POS, model, ["a", "b"], ["X", "Y"]) == {"pos": (0.75, 1.0)}
    assert chances(Task.LEMMA, model, ["a"], ["X"]) == {"lemma": (0.75,)}


def test_features_are_right_together():
    model = Fixed([[0.5, 0.5, 0.25, 0.75], [1, 0, 0, 1]], ["Case=", "Case=Nom", "Number=", "Number=Sing"])
    assert chances(Task.FEATS, model, ["a", "b"], ["_", "_"]) == {"feats": (0.375, 1.0)}


def test_only_real_analyses_count():
    model = Fixed([[0.3, 0.1, 0.6], [0.2, 0.7, 0.1]])
    assert chances(Task.STEMMER, model, ["ab", "a"], ["x", "y"]) == {"morph": (0.75, 1.0)}


def test_entities_count_first_and_later_tokens_together_where_labels_do():
    model = Fixed([[0.1, 0.3, 0.4, 0.2], [0.7, 0.1, 0.1, 0.1]], ["O", "B-PER", "I-PER", "B-LOC"])
    assert chances(Task.NER, model, ["a", "b"], ["PER", "O"]) == {"ner": (0.7, 0.7)}
    assert chances(Task.NER, model, ["a", "b"], ["B-PER", "O"]) == {"ner": (0.3, 0.7)}
    assert chances(Task.NER, Fixed([[0.1, 0.9]]), ["a"], ["PER"]) == {"ner": (0.9,)}


def test_arcs_are_those_of_the_tree():
    model = Fixed([[0.1, 0.2, 0.7, 0.4, 0.6], [0.5, 0.3, 0.2, 0.9, 0.1]], ["root", "obj"])
    found = chances(Task.DEP, model, ["a", "b"], [(2, "obj"), (0, "root")])
    assert found == {"head": (0.7, 0.5), "deprel": (0.6, 0.9)}


def test_a_sentence_of_several_windows_has_none_for_its_parse():
    model = Fixed([[1, 0, 1, 0]] * 2, ["root", "obj"], longest=1)
    found = chances_of(Task.DEP, model, [["a"], ["a", "b"]], [[(0, "root")], [(0, "root")] * 2], {}, ["a", "a b"])
    assert found == [{"head": (1.0,), "deprel": (1.0,)}, {}]


def test_none_unless_asked_for(make_pipeline):
    assert next(make_pipeline().annotate(["Ev"])).probabilities is None


@pytest.mark.models
@pytest.mark.parametrize(
    "models", ["context", "stemmer,pos:TreeStackPoS,ner:CharNER,dep:TreeStackDP,sentiment:GRUSentimentAnalyzer"]
)
def test_real_models(models):
    texts = ["Ali Veli dün Ankara'da ``güzel'' bir film izledi.", "", "elma , armut ve " * 20 + "nar ."]
    plain = list(VNLPipeline(models, progress=False).annotate(texts))
    for tree in (True, False):
        pipe = VNLPipeline(models, progress=False, tree=tree, probabilities=True)
        first, empty, long = pipe.annotate(texts)
        assert [first.pos, first.ner, long.morph] == [plain[0].pos, plain[0].ner, plain[2].morph]
        assert empty.probabilities == {}
        for sentence in (first, long):
            for name, values in sentence.probabilities.items():
                assert len(values) == len(sentence.tokens), name
                assert all(0 <= value <= 1 + 1e-6 for value in values), name
        assert {"pos", "ner", "head", "deprel"} <= set(first.probabilities)
        assert ("head" in long.probabilities) == (models == "context")
    person, place = first.entities
    assert (person.text, person.label, place.text, place.label) == ("Ali Veli", "PER", "Ankara'da", "LOC")
    assert 0.5 < person.score <= 1 and 0.5 < place.score <= 1
