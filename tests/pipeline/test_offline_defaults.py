"""What works after the installation alone: no network, no cache."""

from __future__ import annotations

import socket

import pytest
from typer.testing import CliRunner

from vnlp_colab import DependencyParser, NamedEntityRecognizer, PoSTagger, VNLPipeline
from vnlp_colab.cli import main, run, text  # noqa: F401  (they add their commands)
from vnlp_colab.cli.app import app
from vnlp_colab.errors import OfflineError
from vnlp_colab.models import loading

SENTENCE = "Ahmet dün Ankara'dan geldi."


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """No network, no cache, no model made yet."""
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    for name in ("VNLP_COLAB_STORE", "VNLP_COLAB_WEIGHTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(loading, "_shared", {})

    def refuse(*given):
        raise AssertionError(f"a connection was tried: {given}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)


def test_the_bare_tasks():
    pipe = VNLPipeline(("pos", "ner", "dep", "lemma", "feats"), device="cpu", threads=1, progress=False)
    (sentence,) = pipe.annotate([SENTENCE])
    assert sentence.pos[0] == "PROPN" and sentence.lemma[2] == "Ankara"
    assert sentence.ner[0] == "PER" and sentence.ner[2] == "LOC"
    assert [head for head, _ in sentence.dep].count(0) == 1
    assert "Case=Abl" in sentence.feats[2]


def test_the_facades():
    for facade, model in (
        (PoSTagger, "ContextPoS"),
        (NamedEntityRecognizer, "ContextNER"),
        (DependencyParser, "ContextDP"),
    ):
        made = facade(device="cpu", threads=1)
        assert type(made.instance).__name__ == model
        assert len(made.predict(SENTENCE)) == 5


@pytest.mark.parametrize("models", ["pos,ner,dep,lemma", "context"])
def test_the_commands(models, tmp_path):
    (tmp_path / "in.tsv").write_text(f"k1\t1\t1\t1\t{SENTENCE}\n")
    done = CliRunner().invoke(app, ["run", "in.tsv", "-o", "out.jsonl", "--models", models, "--show", "1"])
    assert done.exit_code == 0, done.stderr
    assert "PROPN" in done.stdout and '"Ankara"' in (tmp_path / "out.jsonl").read_text()
    shown = CliRunner().invoke(app, ["text", SENTENCE, "--models", models])
    assert shown.exit_code == 0, shown.stderr
    assert "PROPN" in shown.stdout


def test_a_saved_configuration_on_the_command_line(tmp_path):
    (tmp_path / "in.tsv").write_text(f"k1\t1\t1\t1\t{SENTENCE}\n")

    def call(*arguments):
        return CliRunner().invoke(app, ["run", "in.tsv", "-o", *arguments])

    first = call("one.jsonl", "--models", "pos,dep", "--style", "kenet", "--save-config", "vnlp.toml")
    assert first.exit_code == 0, first.stderr
    assert call("two.jsonl", "--config", "vnlp.toml").exit_code == 0
    assert (tmp_path / "two.jsonl").read_text() == (tmp_path / "one.jsonl").read_text()
    shown = CliRunner().invoke(app, ["text", SENTENCE, "--config", "vnlp.toml"])
    assert shown.exit_code == 0 and "deprel" in shown.stdout and "lemma" not in shown.stdout
    both = call("three.jsonl", "--config", "vnlp.toml", "--models", "pos", "--on-long", "error")
    assert (both.exit_code, both.stderr) == (
        1,
        "error: vnlp.toml says what --config runs: leave out --models, --on-long\n",
    )
    assert call("four.jsonl", "--accept-changed").exit_code == 1


def test_what_is_missing_is_named_and_what_works_without():
    with pytest.raises(OfflineError) as raised:
        VNLPipeline(device="cpu", threads=1, progress=False)
    said = str(raised.value)
    assert "Missing on this machine: StemmerAnalyzer, GRUSentimentAnalyzer (for stemmer, sentiment)" in said
    assert "vnlp-colab models pull StemmerAnalyzer GRUSentimentAnalyzer" in said
    assert "--models pos,ner,dep,lemma,feats" in said


def test_what_the_error_recommends_works():
    with pytest.raises(OfflineError) as raised:
        VNLPipeline("sentiment,pos", device="cpu", threads=1, progress=False)
    names = str(raised.value).split('VNLPipeline("')[1].split('"')[0]
    assert next(VNLPipeline(names, device="cpu", threads=1, progress=False).annotate([SENTENCE])).pos
