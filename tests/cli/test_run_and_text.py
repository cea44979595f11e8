"""The commands run and text, over stand-in models."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from model_fakes import ALL, Factory, Tagger
from vnlp_colab.cli import models, run, text  # noqa: F401  (they add their commands)
from vnlp_colab.cli.app import app
from vnlp_colab.models import registry

MODELS = ("--models", ",".join(ALL))
ROW = "k1\t1\t2\t3\tAli geldi .\n"


@pytest.fixture
def factory(monkeypatch):
    factory = Factory()
    monkeypatch.setattr(registry, "create", factory)
    return factory


@pytest.fixture
def call(factory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


@pytest.fixture
def table(tmp_path):
    (tmp_path / "in.tsv").write_text(ROW * 3)
    return "in.tsv"


class TestRun:
    @pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "conllu", "pkl"])
    def test_a_table(self, call, table, tmp_path, suffix):
        result = call("run", table, "-o", f"out.{suffix}", *MODELS)
        assert result.exit_code == 0
        assert result.stdout == ""
        closing = rf"out\.{suffix}: 3 rows, 9 tokens in \d+\.\d s \([\d,.]+ rows/s, [\d,]+ tokens/s\)\n"
        assert re.fullmatch(closing, result.stderr)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.tsv", f"out.{suffix}"]

    def test_options_reach_the_models(self, call, factory, table):
        options = ["--models", "dep:TreeStackDP,sentiment", "--threads", "2", "--device", "cpu", "--on-long", "error"]
        assert call("run", table, "-o", "o.parquet", "--batch-size", "2", "--no-progress", *options).exit_code == 0
        common = {"device": "cpu", "threads": 2}
        assert dict(factory.made)["dep"] == {**common, "on_long": "error", "tree": True}
        assert dict(factory.made)["sentiment"] == common
        assert [len(batch) for _, batch in factory.calls("stemmer")] == [2, 1]
        assert pq.read_schema("o.parquet").names[5:] == ["tokens", "dep", "sentiment"]

    def test_the_first_rows_are_shown(self, call, tmp_path):
        texts = ["Ali 90+3 geldi.", "", "yağ\x1bmur 🎉", "dördüncü"]
        (tmp_path / "in.tsv").write_text("".join(f"k1\t1\t2\t{i}\t{content}\n" for i, content in enumerate(texts)))
        result = call("run", "in.tsv", "-o", "o.csv", "--show", "3", *MODELS)
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "",
            "Ali 90+3 geldi.",
            "       1       2         3         4",
            "token  Ali     90+3      geldi     .",
            "lemma  ali     90+3      geldi     .",
            "pos    P4al    P490      P4ge      P4.+",
            "ner    PER",
            "dep    P4al:a  P490:9→1  P4ge:g→2  P4.+:.→3",
            "sentiment  0.1546 (negative)",
            "",
            "(empty)",
            "",
            "yağ\\x1bmur 🎉",
            "       1           2",
            "token  yağ\\x1bmur  🎉",
            "lemma  yağ\\x1bmur  🎉",
            "pos    P2ya        P2🎉+",
            "dep    P2ya:y      P2🎉+:🎉→1",
            "sentiment  0.0928 (negative)",
        ]
        assert "4 rows" in result.stderr

    @pytest.mark.parametrize("loader", ["auto", "threads"])
    def test_a_loader(self, call, table, loader):
        assert call("run", table, "-o", "o.csv", "--loader", loader, *MODELS).exit_code == 0

    def test_a_text_column(self, call, tmp_path):
        (tmp_path / "a.jsonl").write_text('{"metin": "Ali"}\n')
        assert call("run", "a.jsonl", "-o", "o.jsonl", "--text-column", "metin", *MODELS).exit_code == 0
        assert json.loads((tmp_path / "o.jsonl").read_text())["tokens"] == ["Ali"]

    @pytest.mark.parametrize(
        ("content", "arguments", "says"),
        [
            (ROW + "x\n", [], "in.tsv, row 2: has 1 column, expected 5"),
            ("", [], "in.tsv: the file is empty"),
            (ROW.encode() + b"\xff", [], "in.tsv, row 2, column 't_code': byte 1 of the row (0xff) is"),
            (ROW, ["--text-column", "metin"], "in.tsv, column 'metin': there is no such column"),
            (ROW, ["--models", "pos,tagger"], "there is no model 'tagger'; known: stemmer, pos"),
            (ROW, ["-o", "nowhere/o.csv"], "nowhere/o.csv: there is no folder"),
            (ROW, ["-o", "o.xlsx"], "known: .parquet, .csv, .jsonl"),
            (ROW, ["-o", "new/"], "error: new: files without a suffix are not written; known: .parquet"),
            (ROW, ["-o", "."], "error: .: is a folder, not a file: name a file, or add --resume"),
        ],
    )
    def test_bad_input_is_1_and_leaves_nothing(self, call, factory, tmp_path, content, arguments, says):
        (tmp_path / "in.tsv").write_bytes(content if isinstance(content, bytes) else content.encode())
        result = call("run", "in.tsv", "-o", "o.parquet", *arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("error: ")
        assert says in result.stderr
        assert factory.made == []
        assert [path.name for path in tmp_path.iterdir()] == ["in.tsv"]

    @pytest.mark.parametrize("name", ["in.jsonl", "./in.jsonl", "link.jsonl", "hard.jsonl"])
    def test_the_input_is_never_the_output(self, call, factory, tmp_path, name):
        path = tmp_path / "in.jsonl"
        path.write_text("no JSON: the names are compared before the input is read")
        (tmp_path / "link.jsonl").symlink_to(path)
        (tmp_path / "hard.jsonl").hardlink_to(path)
        result = call("run", "in.jsonl", "-o", name)
        said = f"error: {Path(name)}: would overwrite the input 'in.jsonl': give the output another name\n"
        assert (result.exit_code, result.stderr, factory.made) == (1, said, [])

    def test_a_folder_of_files(self, call, tmp_path):
        (tmp_path / "texts").mkdir()
        result = call("run", "texts/", "-o", "o.csv")
        assert result.stderr == "error: texts: is a folder, not a file: name the files in it one by one\n"

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            (["-o", "o.csv"], "interrupted: nothing was written to o.csv\n"),
            (["-o", "out", "--resume"], "interrupted: start again with the same command to go on\n"),
        ],
    )
    def test_ctrl_c_says_what_there_is(self, call, table, monkeypatch, tmp_path, more, says):
        def stop(*given, **options):
            raise KeyboardInterrupt

        monkeypatch.setattr(Tagger, "predict_batch", stop)
        result = call("run", table, *more, "--models", "pos:TreeStackPoS")
        assert (result.exit_code, result.stderr) == (130, says)
        assert not (tmp_path / "o.csv").exists()

    def test_help_says_that_a_row_is_a_sentence(self, call):
        for name in ("run", "text"):
            said = " ".join(call(name, "--help").stdout.split())
            assert "taken as one sentence" in said and "vnlp-colab task split_sentences" in said

    def test_a_missing_file(self, call):
        result = call("run", "nowhere.tsv", "-o", "o.parquet")
        assert result.exit_code == 1
        assert result.stderr == "error: nowhere.tsv: there is no such file\n"

    def test_raw_parses_and_probabilities(self, call, table, factory):
        assert call("run", table, "-o", "o.jsonl", "--no-tree", "--models", "dep:TreeStackDP").exit_code == 0
        assert dict(factory.made)["dep"]["tree"] is False
        assert call("run", table, "-o", "p.jsonl", "--probabilities", "--models", "sentiment").exit_code == 0
        assert '"probabilities": {}' in Path("p.jsonl").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["in.tsv"],
            ["in.tsv", "-o", "o.csv", "--batch-size", "0"],
            ["in.tsv", "-o", "o.csv", "--threads", "0"],
            ["in.tsv", "-o", "o.csv", "--device", "tpu"],
            ["in.tsv", "-o", "o.csv", "--loader", "magic"],
            ["in.tsv", "-o", "o.csv", "--show", "-1"],
            ["in.tsv", "-o", "o.csv", "--on-long", "cut"],
            ["in.tsv", "-o", "o.csv", "--nonsense"],
            ["in.tsv", "more.tsv", "-o", "o.csv"],
        ],
    )
    def test_wrong_usage_is_2(self, call, table, arguments):
        assert call("run", *arguments).exit_code == 2


class TestText:
    def test_the_table_is_aligned(self, call):
        result = call("text", "Ali 90+3 dakika", *MODELS)
        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "#  token   lemma   morph                    pos   feats  ner  head  deprel",
            "1  Ali     ali     ali+Noun+A3sg^DB+Adj     P3al  _      PER  0     P3al:a",
            "2  90+3    90+3    90+3+Noun+A3sg^DB+Adj    P390  _      O    1     P390:9",
            "3  dakika  dakika  dakika+Noun+A3sg^DB+Adj  P3da  _      O    2     P3da:d",
            "",
            "sentiment: 0.1546 (negative)",
        ]

    def test_only_what_was_asked_for(self, call):
        assert call("text", "Ali geldi", "--models", "ner:CharNER").stdout.splitlines() == [
            "#  token  ner",
            "1  Ali    PER",
            "2  geldi  O",
        ]

    def test_wide_and_unprintable_characters(self, call):
        lines = call("text", "🎉 a\x1bb \ud83d e\u0301x", "--models", "ner:CharNER").stdout.splitlines()
        assert lines == [
            "#  token   ner",
            "1  🎉      O",
            "2  a\\x1bb  O",
            "3  \\ud83d  O",
            "4  e\u0301x      O",
        ]

    @pytest.mark.parametrize("content", ["", "  "])
    def test_an_empty_text_has_an_empty_table(self, call, content):
        result = call("text", content, *MODELS)
        assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)

    def test_long_texts(self, call):
        assert len(call("text", "kelime " * 5000, "--models", "pos:TreeStackPoS").stdout.splitlines()) == 5001
        assert call("text", "x" * 100_000, *MODELS).exit_code == 0

    def test_an_unknown_model_is_1(self, call):
        result = call("text", "a", "--models", "magic")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no model 'magic'" in result.stderr

    def test_wrong_usage_is_2(self, call):
        assert call("text", "a", "b").exit_code == 2


def command(*arguments):
    code = "from vnlp_colab.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)


def test_exit_codes_of_the_program(tmp_path):
    assert command("run", "--help").returncode == 0
    missing = command("run", str(tmp_path / "nowhere.tsv"), "-o", str(tmp_path / "o.csv"))
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "Traceback" not in missing.stderr
    assert command("run").returncode == 2


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom vnlp_colab.cli import main\n"
        "try: main()\n"
        "finally: print({'numpy', 'pandas', 'pyarrow', 'onnx', 'onnxruntime'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, "run", "--help"], capture_output=True, text=True)
    assert done.stdout.endswith("set()\n"), done.stdout + done.stderr
