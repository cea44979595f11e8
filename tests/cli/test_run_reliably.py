"""The options of the command run for long runs and bad rows, over stand-in models."""

import json
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from model_fakes import Factory
from vnlp_colab.cli import run  # noqa: F401  (it adds its command)
from vnlp_colab.cli.app import app
from vnlp_colab.models import registry

MODELS = ("--models", "pos:TreeStackPoS")


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "create", Factory())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("sentence\nAli geldi .\n" + "uzun " * 9 + "\nKar yağdı .\n", encoding="utf-8")
    return lambda *arguments: CliRunner().invoke(app, ["run", "in.csv", *MODELS, *arguments])


def test_a_folder_is_written_and_gone_on_with(call, tmp_path):
    first = call("-o", "out/", "--resume")
    assert first.exit_code == 0, first.stderr
    assert "out: 3 rows, 15 tokens" in first.stderr and "already" not in first.stderr
    again = call("-o", "out", "--resume")
    assert again.exit_code == 0 and again.stderr.endswith("; 3 rows were done already\n")
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text(encoding="utf-8"))
    assert manifest["run"]["models"].keys() >= {"TreeStackPoS", "StemmerAnalyzer"}


def test_another_option_is_named(call):
    assert call("-o", "out", "--resume").exit_code == 0
    refused = call("-o", "out", "--resume", "--batch-size", "3")
    assert refused.exit_code == 1
    assert "error: out: belongs to another run: not the same options (batch_size was 64 and is 3)" in refused.stderr


def test_a_folder_without_resume_is_refused(call):
    assert call("-o", "out", "--resume").exit_code == 0
    assert call("-o", "out").exit_code == 1


def test_show_does_not_go_with_resume(call):
    refused = call("-o", "out", "--resume", "--show", "1")
    assert refused.exit_code == 1 and "--show does not go with --resume" in refused.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--max-tokens", "8"), "the text has 9 tokens, and the limit is 8"),
        (("--max-characters", "40"), "the text has 45 characters, and the limit is 40"),
    ],
)
def test_rows_beyond_a_limit(call, tmp_path, options, says):
    refused = call("-o", "o.jsonl", *options)
    assert refused.exit_code == 1 and f"in.csv, row 3, column 'sentence': {says}" in refused.stderr
    skipped = call("-o", "o.jsonl", *options, "--on-error", "skip")
    assert skipped.exit_code == 0
    assert f"; 1 rows failed, the first: row 3: InputError: {says}" in skipped.stderr
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["pos"] is None for row in rows] == [False, True, False]
    assert json.loads((tmp_path / "o.jsonl.errors.jsonl").read_text())["index"] == 3


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_ended_from_outside_leaves_nothing(tmp_path, number):
    """As when a terminal is closed; under nohup it goes on."""
    code = (
        "import os, signal, sys; from vnlp_colab.cli import main\n"
        "from vnlp_colab.pipeline import sink\n"
        "number = int(sys.argv.pop())\n"
        "def opened(*_, **__): os.kill(os.getpid(), number); raise OSError(0, 'goes on')\n"
        "sink.FORMATS['.jsonl'] = opened\n"
        "main()"
    )
    (tmp_path / "in.csv").write_text("sentence\nAli geldi .\n", encoding="utf-8")
    command = [sys.executable, "-c", code, "run", "in.csv", "-o", "o.jsonl", "--models", "pos"]
    command.append(str(int(number)))

    def end(handler):
        # What is ignored stays so in a child; this process may have been started with nohup.
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, preexec_fn=lambda: signal.signal(number, handler)
        )

    ended = end(signal.SIG_DFL)
    assert (ended.returncode, [path.name for path in tmp_path.iterdir()]) == (128 + number, ["in.csv"]), ended.stderr
    ended = end(signal.SIG_IGN)
    assert ("goes on" in ended.stderr) == (number == signal.SIGHUP), ended.stderr


@pytest.mark.parametrize("name", ["in.csv", "out/../in.csv", "hard.toml", "o.jsonl", "o.jsonl.errors.jsonl"])
def test_a_configuration_that_would_overwrite_a_file_of_the_run(call, tmp_path, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "hard.toml").hardlink_to(tmp_path / "in.csv")
    before = {path.name: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()}
    refused = call("-o", "o.jsonl", "--save-config", name)
    assert refused.exit_code == 1 and "--save-config would overwrite '" in refused.stderr
    assert {path.name: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()} == before


def test_rows_that_conllu_has_no_form_for_are_told(call, tmp_path):
    """A blank one, and one that fails."""
    (tmp_path / "in.csv").write_text('id,sentence\n1,Ali geldi .\n2," "\n3,"uzun uzun"\n', encoding="utf-8")
    done = call("-o", "o.conllu", "--max-characters", "10", "--on-error", "skip")
    assert done.exit_code == 0, done.stderr
    assert done.stderr.endswith("2 rows without tokens are not in o.conllu: CoNLL-U has no empty sentences\n")
    assert "no empty sentences" not in call("-o", "o.csv").stderr
