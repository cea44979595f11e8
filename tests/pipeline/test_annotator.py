import threading

import pytest

from model_fakes import Factory
from vnlp_colab.pipeline.annotator import Annotator
from vnlp_colab.pipeline.plan import make_plan


def test_every_model_runs_once_a_batch():
    factory = Factory()
    annotator = Annotator(
        make_plan(["stemmer", "pos:TreeStackPoS", "dep:TreeStackDP"]), lambda stage: _make(factory, stage)
    )
    annotator.annotate(["Ev güzel .", "Kar"], [["Ev", "güzel", "."], ["Kar"]])
    assert [call[0] for call in factory.log] == ["stemmer", "pos", "dep"]
    (_, morph), (_, parser_morph, pos) = factory.calls("pos")[0], factory.calls("dep")[0]
    assert morph is parser_morph
    assert pos == [["P3ev", "P3gü", "P3.+"], ["P1ka"]]


def test_results_that_do_not_fit_the_tokens_are_an_error():
    class Short:
        def predict_batch(self, batch):
            return [tokens[1:] for tokens in batch]

    annotator = Annotator(make_plan(["stemmer"]), lambda stage: Short())
    with pytest.raises(RuntimeError, match="1 results for the 2 tokens"):
        annotator.annotate(["a b"], [["a", "b"]])


def _make(factory, stage):
    return factory(stage.name, **({"on_long": "window"} if stage.task == "dep" else {}))


PLAN = ["stemmer", "pos:TreeStackPoS", "dep:TreeStackDP", "ner:CharNER", "sentiment:GRUSentimentAnalyzer"]


def annotator(factory, threads):
    return Annotator(make_plan(PLAN), lambda stage: _make(factory, stage), threads)


def test_independent_models_run_side_by_side_where_texts_are_few():
    met = threading.Barrier(2, timeout=20)

    class Meeting(Factory):
        def __call__(self, name, **options):
            model = super().__call__(name, **options)
            for method in {"StemmerAnalyzer": ["predict_batch"], "CharNER": ["label_tokens"]}.get(name, []):
                call = getattr(model, method)
                setattr(model, method, lambda *given, call=call: met.wait() is not None and call(*given))
            return model

    texts, tokens = ["Ev güzel ."], [["Ev", "güzel", "."]]
    assert annotator(Meeting(), 2).annotate(texts, tokens) == annotator(Factory(), 1).annotate(texts, tokens)


def test_an_error_of_a_model_that_runs_beside_others():
    class Refusing(Factory):
        def __call__(self, name, **options):
            model = super().__call__(name, **options)
            if name == "TreeStackPoS":
                model.predict_batch = lambda batch, morph: [][1]
            return model

    with pytest.raises(IndexError):
        annotator(Refusing(), 4).annotate(["Kar"], [["Kar"]])
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("vnlp-colab-model")]
