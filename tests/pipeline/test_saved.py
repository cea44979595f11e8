"""Saved configurations: the same models and options, or an error that says what is different."""

from __future__ import annotations

import json
import re
import tomllib

import pyarrow.parquet as pq
import pytest

from vnlp_colab import catalog
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.pipeline import saved
from vnlp_colab.pipeline.pipeline import VNLPipeline

TEXTS = ["Kitabı okudum.", "Ahmet dün Ankara'dan geldi ve çok güldü.", "Evin önünde duran kırmızı araba benim değil."]
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
    # Some label or other differs between the styles, whatever the network.
    assert list(VNLPipeline("pos,dep,lemma", **HERE).annotate(TEXTS)) != list(one.annotate(TEXTS))


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
        ("format = 1", "format = true", InputError, "has format True; this version reads format 1"),
        ('"ContextPoS"', "5", InputError, r"\[tasks\] pos must be text in quotes, not 5"),
        ("pos = ", "poss = ", ModelNotAvailable, r"\[tasks\] there is no model 'poss:ContextPoS'"),
        (
            "tree = false\n",
            "",
            InputError,
            r"\[options\] must have on_long, probabilities, style, tree, and lacks tree$",
        ),
        ("tree = false", "trees = false", InputError, "and lacks tree and has trees, which this version does not know"),
        ("tree = false", 'tree = "false"', InputError, r"\[options\] tree must be True .*true or false\), not 'false'"),
        ("tree = false", "tree = 0", InputError, r"\[options\] tree must be .*, not 0"),
        ("ties = false", 'ties = "no"', InputError, r"\[options\] probabilities must be .*, not 'no'"),
        ('"window"', '"cut"', InputError, r"\[options\] on_long must be one of window, error, not 'cut'"),
        ('style = "kenet"', "style = 3", InputError, r"\[options\] style must be a name, such as 'boun', not 3"),
        (
            "ContextLemma = ",
            "ContextFeats = ",
            InputError,
            r"\[models\] must have ContextDP, .*, and lacks ContextLemma",
        ),
        ("[models]", "[models]\nMore = 3", InputError, r"\[models\] More must be text in quotes, not 3"),
        ("format = 1", "format = 1\ncolour = 2", InputError, "the file must have .* and has colour, which"),
        ("created_by = ", "created_by = 3 #", InputError, "created_by must be text in quotes, not 3"),
        ("[models]", "[module]", InputError, r"no table \[models\]"),
        ('style = "kenet"', 'style = "none"', InputError, r"\[options\] there is no style 'none'; known styles: unk"),
        ("format = 1", "format 1", InputError, "is no TOML file"),
        ("format = 1", f"format = {'[' * 5000}", InputError, "is no TOML file"),
    ],
)
def test_a_file_that_is_wrong(file, tmp_path, before, after, error, says):
    path = edited(file, tmp_path, before, after)
    with pytest.raises(error, match=f"^{re.escape(str(path))}: .*{says}"):
        VNLPipeline.from_config(path, **HERE)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.toml: cannot be read"):
        VNLPipeline.from_config(tmp_path / "nowhere.toml")


def test_a_file_of_no_creator(file, tmp_path):
    content = file.read_text()
    path = tmp_path / "edited.toml"
    path.write_text("".join(line for line in content.splitlines(True) if not line.startswith("created_by")))
    assert VNLPipeline.from_config(path, **HERE).columns == ("tokens", "pos", "dep", "lemma")


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


def test_a_parquet_file_says_what_made_it(file, tmp_path):
    (tmp_path / "in.tsv").write_text("".join(f"k1\t1\t1\t{i}\t{text}\n" for i, text in enumerate(TEXTS)))
    pipe = VNLPipeline.from_config(file, **HERE)
    pipe.annotate_file(tmp_path / "in.tsv", tmp_path / "out.parquet")
    made_of = json.loads(pq.read_schema(tmp_path / "out.parquet").metadata[b"vnlp_colab"])
    assert made_of["models"] == tomllib.loads(file.read_text())["models"]
    assert made_of["options"]["style"] == "kenet"
    # What stood there before is kept, and a second run's entry takes the place of the first one's.
    table = pq.read_table(tmp_path / "out.parquet").drop_columns(["pos", "dep", "lemma"])
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"mine": b"1"}), tmp_path / "in.parquet")
    VNLPipeline("pos", **HERE).annotate_file(tmp_path / "in.parquet", tmp_path / "again.parquet")
    metadata = pq.read_schema(tmp_path / "again.parquet").metadata
    assert metadata[b"mine"] == b"1" and "ContextDP" not in json.loads(metadata[b"vnlp_colab"])["models"]
