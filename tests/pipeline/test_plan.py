from dataclasses import replace

import pytest

from vnlp_colab import catalog
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.models import registry
from vnlp_colab.pipeline.columns import result_columns
from vnlp_colab.pipeline.plan import DEFAULT_TASKS, known_names, make_plan


def stages(names):
    return [(stage.name, stage.wanted) for stage in make_plan(names)]


def test_a_task_stands_for_its_default_model():
    for task in catalog.Task:
        assert stages([str(task)])[-1] == (catalog.default_for(task), True)
    assert stages(["ner:CharNER"]) == [("CharNER", True)]


def test_what_a_model_needs_comes_before_it_and_is_not_in_the_result():
    assert stages(["dep:TreeStackDP"]) == [
        ("StemmerAnalyzer", False),
        ("TreeStackPoS", False),
        ("TreeStackDP", True),
    ]
    assert result_columns(make_plan(["dep:TreeStackDP"])) == ("tokens", "dep")


def test_the_parser_is_handed_analyses_and_tags():
    given = {stage.name: dict(stage.given) for stage in make_plan(["dep:TreeStackDP"])}
    assert given["TreeStackPoS"] == {"morph": "StemmerAnalyzer"}
    assert given["TreeStackDP"] == {"morph": "StemmerAnalyzer", "pos": "TreeStackPoS"}


@pytest.mark.parametrize(
    "names",
    [
        ["dep:TreeStackDP", "stemmer", "pos:TreeStackPoS"],
        ["stemmer", "pos:TreeStackPoS", "dep:TreeStackDP"],
        "pos:TreeStackPoS , dep:TreeStackDP,stemmer",
    ],
)
def test_each_model_is_there_once_whatever_the_order(names):
    assert stages(names) == [("StemmerAnalyzer", True), ("TreeStackPoS", True), ("TreeStackDP", True)]
    assert result_columns(make_plan(names)) == ("tokens", "pos", "dep", "morph", "lemma")


def test_naming_a_model_twice_is_no_mistake():
    assert stages(["ner:CharNER", " ner:CharNER"]) == stages(["ner:CharNER"])


@pytest.mark.parametrize("name", ["tagger", "pos:Nothing", "ner:TreeStackPoS", "WordVectors", "", "pos:", "None", 3])
def test_an_unknown_name_lists_the_known(name):
    with pytest.raises(ModelNotAvailable) as raised:
        make_plan([name])
    assert repr(name) in str(raised.value)
    for known in known_names():
        assert known in str(raised.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SPUContextPoS", ": write 'pos:SPUContextPoS'"),
        ("SPUContextPoS-eval", ": write 'pos:SPUContextPoS-eval'"),
        ("ner:TreeStackPoS", ": TreeStackPoS is for pos"),
        ("poss", ": did you mean 'pos'?"),
        ("TreeStackPos", ": did you mean 'pos:TreeStackPoS'?"),
        ("pos:TreeStakPoS", ": did you mean 'pos:TreeStackPoS'?"),
        ("Classic", ": did you mean 'classic'?"),
        ("tagger", ""),
        ("ContextEverything", ""),
    ],
)
def test_what_may_have_been_meant_is_said_first(name, says):
    with pytest.raises(ModelNotAvailable) as raised:
        make_plan([name])
    assert str(raised.value).startswith(f"there is no model {name!r}{says}; known: stemmer, pos")


def test_two_models_for_one_task_are_refused(monkeypatch):
    second = replace(catalog.model("CharNER"), name="OtherNER")
    monkeypatch.setattr(catalog, "models", lambda: (catalog.model("CharNER"), second))
    with pytest.raises(InputError, match=r"CharNER and OtherNER are both for ner"):
        make_plan(["ner:CharNER", "ner:OtherNER"])


def test_no_model_at_all_leaves_the_tokens():
    assert result_columns(make_plan([])) == ("tokens",)


@pytest.mark.parametrize("preset", ["classic", "spu"])
def test_a_preset_has_one_model_for_each_task(preset):
    for names in (preset, [preset], f" {preset} ", f"{preset},stemmer"):
        assert [stage.task for stage in make_plan(names) if stage.wanted] == list(DEFAULT_TASKS)


def test_the_models_of_the_presets():
    assert [name for name, _ in stages("classic")] == [
        "StemmerAnalyzer",
        "TreeStackPoS",
        "CharNER",
        "TreeStackDP",
        "GRUSentimentAnalyzer",
    ]
    assert [name for name, _ in stages("spu")] == [
        "StemmerAnalyzer",
        "SPUContextPoS",
        "SPUContextNER",
        "SPUContextDP",
        "SPUCBiGRUSentimentAnalyzer",
    ]


def test_the_preset_of_own_models_and_its_columns():
    plan = make_plan("context")
    assert [stage.name for stage in plan] == ["ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats"]
    assert result_columns(plan) == ("tokens", "pos", "feats", "ner", "dep", "lemma")
    assert [stage.name for stage in make_plan("pos:Context,lemma")] == ["ContextPoS", "ContextLemma"]


def test_a_preset_and_another_model_for_one_of_its_tasks_are_refused():
    with pytest.raises(InputError, match="TreeStackPoS and SPUContextPoS are both for pos"):
        make_plan("classic,pos:SPUContextPoS")


def test_weights_for_evaluation_run_where_they_are_asked_for(monkeypatch):
    (stage,) = make_plan("pos:SPUContextPoS-eval")
    assert (stage.name, stage.task, stage.wanted) == ("SPUContextPoS-eval", catalog.Task.POS, True)

    class Network:
        def __init__(self, device, threads, evaluate):
            self.options = {"device": device, "threads": threads, "evaluate": evaluate}

    monkeypatch.setattr("vnlp_colab.models.spu_context.SPUContextPoS", Network)
    made = registry.create(stage.name, device="cpu", threads=1)
    assert made.options == {"device": "cpu", "threads": 1, "evaluate": True}
    with pytest.raises(ModelNotAvailable, match="TreeStackPoS-eval"):
        make_plan("pos:TreeStackPoS-eval")
