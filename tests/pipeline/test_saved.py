"""Saved configurations: the same models and options, or an error that says what is different."""

from __future__ import annotations

import tomllib

import pytest

from vnlp_colab import catalog
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.pipeline import saved
from vnlp_colab.pipeline.pipeline import VNLPipeline

TEXTS = ["Kitabı okudum.", "Ahmet dün Ankara'dan geldi ve çok güldü."]
HERE = {"device": "cpu", "threads": 1, "progress": False}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "vnlp.toml"
    VNLPipeline("pos,dep,lemma", style="kenet", tree=False, **HERE).save_config(path)
    return path


def edited(file, tmp_path, before, after):
    content = file.read_text()
    assert before in content
    path = tmp_path / "edited.toml"
    path.write_text(content.replace(before, after))
    return path


def test_everything_is_named(file):
    content = tomllib.loads(file.read_text())
    assert content["tasks"] == {"pos": "ContextPoS", "dep": "ContextDP", "lemma": "ContextLemma"}
    assert content["options"] == {"on_long": "window", "tree": False, "style": "kenet", "probabilities": False}
    assert set(content["models"]) == {"ContextNetwork", "ContextPoS", "ContextDP", "ContextLemma"}
    assert all(len(digest) == 64 for digest in content["models"].values())
    assert [path.name for path in file.parent.iterdir()] == ["vnlp.toml"]


def test_the_same_results(file):
    one = VNLPipeline("pos,dep,lemma", style="kenet", tree=False, **HERE)
    assert list(VNLPipeline.from_config(file, **HERE).annotate(TEXTS)) == list(one.annotate(TEXTS))
    other = VNLPipeline("pos,dep,lemma", **HERE)
    assert [s.dep for s in other.annotate(TEXTS)] != [s.dep for s in one.annotate(TEXTS)]


def test_new_defaults_change_nothing(file, monkeypatch):
    monkeypatch.setattr(catalog, "DEFAULTS", dict.fromkeys(catalog.Task, "CharNER"))
    monkeypatch.setattr(VNLPipeline.__init__, "__kwdefaults__", VNLPipeline.__init__.__kwdefaults__ | {"style": "unk"})
    again = file.with_name("again.toml")
    VNLPipeline.from_config(file, **HERE).save_config(again)
    assert again.read_text() == file.read_text()


def test_other_files_of_a_model_are_an_error_that_names_both(file, tmp_path, caplog):
    digest = tomllib.loads(file.read_text())["models"]["ContextNetwork"]
    path = edited(file, tmp_path, digest, "0" * 64)
    with pytest.raises(ModelNotAvailable, match=f"ContextNetwork is {digest[:12]} here, and was 000000000000 when"):
        VNLPipeline.from_config(path, **HERE)
    assert VNLPipeline.from_config(path, accept_changed=True, **HERE).columns == ("tokens", "pos", "dep", "lemma")
    assert "ContextNetwork is" in caplog.text


@pytest.mark.parametrize(
    ("before", "after", "error", "says"),
    [
        ("format = 1", "format = 2", InputError, "has format 2; this version reads format 1"),
        ('"ContextPoS"', '"NextPoS"', ModelNotAvailable, "there is no model 'pos:NextPoS'"),
        ("tree = false\n", "", InputError, r"\[options\] must have on_long, probabilities, style, tree"),
        ("ContextLemma = ", "ContextFeats = ", InputError, r"\[models\] must have ContextDP, ContextLemma"),
        ("[models]", "[module]", InputError, r"no table \[models\]"),
        ('style = "kenet"', 'style = "none"', InputError, "no style 'none'"),
        ("format = 1", "format 1", InputError, "is no TOML file"),
    ],
)
def test_a_file_that_is_wrong(file, tmp_path, before, after, error, says):
    with pytest.raises(error, match=says):
        VNLPipeline.from_config(edited(file, tmp_path, before, after), **HERE)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        VNLPipeline.from_config(tmp_path / "nowhere.toml")


def test_options_of_the_file_cannot_be_contradicted(file):
    with pytest.raises(InputError, match="not style: the file says"):
        VNLPipeline.from_config(file, style="boun", **HERE)


def test_models_of_a_factory_cannot_be_saved(make_pipeline, tmp_path):
    with pytest.raises(InputError, match="model_factory"):
        make_pipeline().save_config(tmp_path / "vnlp.toml")


def test_a_folder_that_is_not_there(tmp_path):
    from vnlp_colab.errors import StorageError

    with pytest.raises(StorageError):
        saved.save(saved.Configuration({}, {}, {}), tmp_path / "nowhere" / "vnlp.toml")
