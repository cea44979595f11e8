"""Features from analyses against those of treebanks: the figures of docs/features.md."""

import pytest
from benchmarks.features import scores

from vnlp_colab import StemmerAnalyzer, read_conllu
from vnlp_colab.text.analyses import features_of


def test_scores_count_names_and_values():
    found = scores(["Case=Nom|Number=Sing", "_", "Case=Loc"], ["Case=Nom|Number=Plur", "_", "Case=Dat|Tense=Past"])
    assert found["Case"] == (50.0, 2)
    assert found["Number"] == (0.0, 1)
    assert found["all"] == (pytest.approx(100 * 2 * 1 / (3 + 4)), 3)
    assert found["words"] == (pytest.approx(100 / 3), 3)


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.shared
@pytest.mark.parametrize(("name", "all_features", "words"), [("boun", 91.7, 85.3), ("imst", 83.2, 66.9)])
def test_figures(shared_dir, name, all_features, words):
    sentences = list(read_conllu(shared_dir / "data" / "ud" / f"tr_{name}-ud-test.conllu"))
    gold = [feats for sentence in sentences for feats in sentence.feats or ["_"] * len(sentence)]
    analyses = StemmerAnalyzer().predict_batch([list(sentence.tokens) for sentence in sentences])
    found = scores(gold, [features_of(analysis) for row in analyses for analysis in row])
    assert found["all"][0] == pytest.approx(all_features, abs=0.1)
    assert found["words"][0] == pytest.approx(words, abs=0.1)
