"""Options of a type or value that they cannot have: an error that names the option, what came, and what is wanted."""

import io
from pathlib import Path

import pandas as pd
import pytest

from vnlp_colab import VNLPipeline
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline import options

FRAME = pd.DataFrame({"sentence": ["Ali geldi."]})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"limits": 5}, r"^limits must be a Limits, such as Limits\(tokens=1000\), or None, not 5$"),
        ({"limits": {"tokens": 3}}, r"^limits must be a Limits, .*, not \{'tokens': 3\}$"),
        ({"tree": "false"}, r"^tree must be True or False \(in TOML: true or false\), not 'false'$"),
        ({"tree": 0}, "^tree must be True or False .*, not 0$"),
        ({"probabilities": "no"}, "^probabilities must be True or False .*, not 'no'$"),
        ({"probabilities": None}, "^probabilities must be .*, not None$"),
        ({"progress": 1}, "^progress must be .*, not 1$"),
        ({"style": ["boun"]}, r"^style must be a name, such as 'boun', not \['boun'\]$"),
        ({"loader": []}, r"^loader must be a name, such as 'auto', not \[\]$"),
        ({"device": ["cpu"]}, r"^device must be one of auto, cpu, cuda, not \['cpu'\]$"),
        ({"on_long": None}, "^on_long must be one of window, error, not None$"),
        ({"on_error": "ignore"}, "^on_error must be one of raise, skip, not 'ignore'$"),
        ({"threads": "2"}, "^threads must be a whole number of at least 1 or None, not '2'$"),
        ({"workers": True}, "^workers must be a whole number of at least 0 or None, not True$"),
        ({"model_factory": 5}, "^model_factory must be what makes a model when it is called, or None, not 5$"),
        ({"models_to_load": 5}, "^models_to_load must be names of tasks or models, such as 'pos,dep' or .*, not 5$"),
        ({"models_to_load": None}, "^models_to_load must be .*, not None$"),
        ({"models_to_load": {"pos": "TreeStackPoS"}}, "^models_to_load must be .*, not {'pos': 'TreeStackPoS'}$"),
        ({"models_to_load": b"pos"}, "^models_to_load must be .*, not b'pos'$"),
    ],
)
def test_options_of_the_pipeline(given, says):
    with pytest.raises(InputError, match=says):
        VNLPipeline(**{"models_to_load": "pos", **given})


def test_every_option_of_the_pipeline_is_checked():
    every = {*VNLPipeline.__init__.__kwdefaults__, *VNLPipeline.__init__.__code__.co_varnames[2:6]}
    assert every == {*options.SAVED, *options.RUNNING, "model_factory"}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda pipe: pipe.annotate_file(None, "o.csv"), "^input_path must be a path, as a str or .*, not None$"),
        (lambda pipe: pipe.annotate_file(io.StringIO("x"), "o.csv"), "^input_path must be a path, .*, not <_io.String"),
        (lambda pipe: pipe.annotate_file("a\0b.csv", "o.csv"), r"^input_path must be a path, .*, not 'a\\x00b.csv'$"),
        (lambda pipe: pipe.annotate_file("i.csv", b"o.csv"), "^output_path must be a path, .*, not b'o.csv'$"),
        (lambda pipe: pipe.annotate_file("i.csv", 5, resume=True), "^output_path must be a path, .*, not 5$"),
        (lambda pipe: pipe.annotate_file("i.csv", "o", resume="no"), "^resume must be True or False .*, not 'no'$"),
        (lambda pipe: pipe.run(None, "o.csv"), "^csv_path must be a path"),
        (lambda pipe: pipe.run("i.tsv", None), "^output_path must be a path"),
        (lambda pipe: pipe.load_from_csv(None), "^path must be a path"),
        (lambda pipe: pipe.save_config(None), "^path must be a path"),
        (lambda pipe: pipe.process_dataframe(FRAME, checkpoint=5), "^checkpoint must be a path, .*, not 5$"),
        (lambda pipe: VNLPipeline.from_config(5), "^path must be a path, .*, not 5$"),
        (lambda pipe: VNLPipeline.from_config("c.toml", accept_changed="no"), "^accept_changed must be True or False"),
        (lambda pipe: VNLPipeline.from_config("c.toml", progress="no"), "^progress must be True or False"),
    ],
)
def test_options_of_its_methods(pipe, call, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says):
        call(pipe)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["o.csv", Path("o.csv")])
def test_paths_may_be_of_either_kind(path):
    options.check_path("path", path)
