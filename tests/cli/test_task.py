"""Upstream's tasks on the command line, and texts from stdin; the program itself runs wherever pipes matter."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model_fakes import Factory
from vnlp_colab.cli import task, text  # noqa: F401  (they add their commands)
from vnlp_colab.cli.app import app
from vnlp_colab.cli.task import Task
from vnlp_colab.models import registry

UPSTREAM = {
    *("stemming_morph_analysis", "named_entity_recognition", "dependency_parsing", "part_of_speech_tagging"),
    *("sentiment_analysis", "split_sentences", "correct_typos", "convert_numbers_to_words", "deasciify", "lower_case"),
    *("remove_punctuations", "remove_accent_marks", "drop_stop_words"),
}
PROGRAM = [sys.executable, "-c", "from vnlp_colab.cli import main; main()"]


def program(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*PROGRAM, *arguments], input=given, capture_output=True, timeout=120)


@pytest.fixture
def call(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "create", Factory())
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, given=None: CliRunner().invoke(app, list(arguments), input=given)


def test_every_task_of_upstream_is_there(call):
    assert set(Task) == UPSTREAM
    assert set(call("--list_tasks").stdout.split()) == UPSTREAM
    assert "vnlp-colab task correct_typos" in call("--example_usage").stdout


class TestTools:
    @pytest.mark.parametrize(
        ("name", "given", "expected"),
        [
            ("lower_case", "İIĞ Test", "iığ test"),
            ("remove_punctuations", "merhaba,.!", "merhaba"),
            ("remove_accent_marks", "merhâbâ", "merhaba"),
            ("convert_numbers_to_words", "sabah 3 yumurta", "sabah üç yumurta"),
        ],
    )
    def test_a_text(self, call, name, given, expected):
        assert call("task", name, given).stdout == expected + "\n"
        assert call("--task", name, "--text", given).stdout == expected + "\n"
        assert call("task", name, given=f"{given}\n\n{given}").stdout == f"{expected}\n\n{expected}\n"
        assert call("--task", name, given=given).stdout == expected + "\n"

    @pytest.mark.models
    @pytest.mark.parametrize(
        ("name", "given", "expected"),
        [
            ("deasciify", "boyle sey gormedim", "böyle şey görmedim\n"),
            ("drop_stop_words", "acaba bugün kahve yerine çay mı içsem", "bugün kahve çay içsem\n"),
            ("split_sentences", "Dr. Ali geldi. Gitti mi?", "Dr. Ali geldi.\nGitti mi?\n"),
            ("correct_typos", "Çok güzzel bir gün.", "Çok güzel bir gün.\n"),
        ],
    )
    def test_a_text_with_tables(self, call, name, given, expected):
        assert call("task", name, given).stdout == expected

    def test_formats(self, call):
        given = "A\tB\nİ\n"
        assert [
            json.loads(line) for line in call("task", "lower_case", "-f", "jsonl", given=given).stdout.splitlines()
        ] == [
            {"text": "A\tB", "result": "a\tb"},
            {"text": "İ", "result": "i"},
        ]
        assert call("task", "lower_case", "-f", "tsv", given=given).stdout == "A\\tB\ta\\tb\nİ\ti\n"


class TestModels:
    @pytest.mark.parametrize(
        ("name", "columns"),
        [
            ("stemming_morph_analysis", ["lemma", "morph", "feats"]),
            ("part_of_speech_tagging --model TreeStackPoS", ["pos"]),
            ("named_entity_recognition --model CharNER", ["ner"]),
            ("dependency_parsing --model TreeStackDP", ["head", "deprel"]),
        ],
    )
    def test_tables_and_tsv(self, call, name, columns):
        name, *model = name.split()
        table = call("task", name, "Ali geldi", *model).stdout.splitlines()
        assert set(columns) <= set(table[0].split()) and len(table) == 3
        found = call("task", name, *model, "-f", "tsv", given="Ali geldi\n\nO").stdout
        rows = [line.split("\t") for line in found.splitlines()]
        assert rows[0][:3] == ["text_no", "index", "token"] and set(columns) <= set(rows[0][3:])
        assert [row[:3] for row in rows[1:]] == [["1", "1", "Ali"], ["1", "2", "geldi"], ["3", "1", "O"]]
        assert {len(row) for row in rows} == {len(rows[0])}

    def test_sentiment(self, call):
        assert call("task", "sentiment_analysis", "Ali geldi").stdout == "0.0928 (negative)  Ali geldi\n"
        found = call("task", "sentiment_analysis", "-f", "tsv", given="Ali geldi\n\nA\tB\n").stdout.splitlines()
        assert found[0] == "text_no\ttext\tsentiment"
        assert found[1].startswith("1\tAli geldi\t0.09") and found[2] == "2\t\t" and found[3].startswith("3\tA\\tB\t0.")

    def test_jsonl_is_everything_that_is_known(self, call):
        first, empty = call(
            "task", "part_of_speech_tagging", "--model", "TreeStackPoS", "-f", "jsonl", given="Ali geldi\n\n"
        ).stdout.splitlines()
        assert json.loads(first)["tokens"] == ["Ali", "geldi"] and len(json.loads(first)["pos"]) == 2
        assert json.loads(first)["spans"] == [[0, 3], [4, 9]]
        assert json.loads(empty)["tokens"] == [] and json.loads(empty)["text"] == ""

    def test_conllu(self, call):
        found = call(
            "task", "part_of_speech_tagging", "--model", "TreeStackPoS", "-f", "conllu", given="Ali geldi\n\nO\n"
        ).stdout
        blocks = found.split("\n\n")
        assert [block.splitlines()[0] for block in blocks[:2]] == ["# sent_id = 1", "# sent_id = 3"]
        assert blocks[2] == "" and blocks[0].splitlines()[2].split("\t")[:2] == ["1", "Ali"]

    def test_a_model_by_name(self, call):
        assert call("task", "named_entity_recognition", "Ali", "--model", "CharNER").exit_code == 0
        wrong = call("task", "named_entity_recognition", "Ali", "--model", "TreeStackPoS")
        assert wrong.exit_code == 1 and "'ner:TreeStackPoS': TreeStackPoS is for pos; known: " in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["task", "lower"], "lower_case"),
        (["--task", "lower"], "no task 'lower'"),
        (["task", "lower_case", "a", "--format", "xml"], "'table', 'jsonl', 'conllu', 'tsv'"),
        (["task", "lower_case", "a", "--format", "conllu"], "lower_case gives no tokens"),
        (["task", "lower_case", "a", "--model", "CharNER"], "lower_case needs no model"),
        (["--text", "a"], "--task"),
        (["--task", "lower_case", "task", "lower_case"], "leave out --task"),
        (["text", "a", "--format", "xml"], "'html'"),
    ],
)
def test_wrong_usage_is_2_and_says_what_there_is(call, arguments, says):
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in " ".join(result.stderr.replace("│", " ").split())


class TestText:
    MODELS = ("--models", "pos:TreeStackPoS,ner:CharNER,dep:TreeStackDP")

    def test_lines_of_stdin(self, call):
        found = call("text", *self.MODELS, given="Ali geldi\nVeli\n").stdout.splitlines()
        assert [line.split()[:2] for line in found if line] == [
            *(["#", "token"], ["1", "Ali"], ["2", "geldi"], ["#", "token"], ["1", "Veli"])
        ]

    def test_a_file(self, call, tmp_path):
        result = call("text", "Ali geldi", "-o", "a.conllu", *self.MODELS)
        assert (result.exit_code, result.stdout) == (0, "")
        assert (tmp_path / "a.conllu").read_text().startswith("# sent_id = 1\n# text = Ali geldi\n1\tAli\t")
        assert [path.name for path in tmp_path.iterdir()] == ["a.conllu"]

    @pytest.mark.parametrize("name", ["a.png", "a.json", "a.html.gz"])
    def test_a_suffix_of_something_else(self, call, tmp_path, name):
        result = call("text", "Ali geldi", "-o", name, "--models", "magic")
        kind = repr(Path(name).suffix)
        said = f"error: {name}: files of type {kind} are not written; known: .table, .jsonl, .conllu, .tsv, "
        assert result.exit_code == 1 and result.stderr.startswith(said)
        assert call("text", "Ali geldi", "-o", name, "-f", "tsv", *self.MODELS).exit_code == 0
        assert (tmp_path / name).read_text().startswith("text_no\tindex\ttoken")

    @pytest.mark.parametrize("name", ["a", "a.txt", "a.table", "A.TXT"])
    def test_a_file_for_people(self, call, tmp_path, name):
        assert call("text", "Ali geldi", "-o", name, *self.MODELS).exit_code == 0
        assert (tmp_path / name).read_text().startswith("#  token")

    @pytest.mark.parametrize(
        ("name", "command"),
        [("texts.csv", "vnlp-colab run texts.csv -o ..."), ("my notes.txt", "vnlp-colab text < 'my notes.txt'")],
    )
    def test_the_name_of_a_file_is_a_text_and_a_hint_is_given(self, call, tmp_path, name, command):
        before = call("text", name, *self.MODELS)
        (tmp_path / name).write_text("x")
        (tmp_path / "Ali").mkdir()
        after = call("text", name, *self.MODELS)
        assert after.stderr == f"hint: this annotates the file's name; to annotate the file: {command}\n"
        assert before.stdout == after.stdout and before.stderr == call("text", "Ali", *self.MODELS).stderr == ""
        assert call("text", "a" * 9999, *self.MODELS).exit_code == call("text", "\0", *self.MODELS).exit_code == 0

    def test_a_folder_that_is_not_there(self, call, tmp_path):
        result = call("text", "Ali", "-o", "none/a.tsv", *self.MODELS)
        assert result.exit_code == 1 and "none/a.tsv: cannot be written: No such file" in result.stderr

    def test_a_read_only_file_system_is_named(self, call, monkeypatch):
        """There even what was never made cannot be deleted, which must not hide the first error."""

        def read_only(*_, **__):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        monkeypatch.setattr("vnlp_colab.store.atomic.write_synced", read_only)
        monkeypatch.setattr(Path, "unlink", read_only)
        result = call("text", "Ali", "-o", "a.jsonl", *self.MODELS)
        assert result.exit_code == 1 and "a.jsonl: cannot be written: Read-only file system" in result.stderr

    def test_pictures(self, call, tmp_path):
        pytest.importorskip("spacy", reason="spaCy (the extra 'render') is not installed")
        assert call("text", "-o", "a.html", *self.MODELS, given="Ali geldi\n\nVeli\n").exit_code == 0
        page = (tmp_path / "a.html").read_text()
        assert call("text", "-o", "b.htm", *self.MODELS, given="Ali geldi\n\nVeli\n").exit_code == 0
        assert (tmp_path / "b.htm").read_text() == page
        assert page.count("<svg") == 2 and "<mark" in page and page.startswith("<!DOCTYPE html>")
        assert call("text", "Ali geldi", "-f", "svg", *self.MODELS).stdout.startswith("<svg")
        several = call("text", "-f", "svg", *self.MODELS, given="Ali\nVeli\n")
        assert several.exit_code == 1 and "there are 2 texts to draw; use --format html" in several.stderr

    def test_there_is_something_to_draw(self, call):
        pytest.importorskip("spacy", reason="spaCy (the extra 'render') is not installed")
        result = call("text", "Ali", "-f", "html", "--models", "pos:TreeStackPoS")
        assert result.exit_code == 1 and "add dep or ner to --models" in result.stderr

    def test_pictures_without_spacy(self, call, monkeypatch):
        monkeypatch.setitem(sys.modules, "spacy", None)
        result = call("text", "Ali", "-f", "html", *self.MODELS)
        assert result.exit_code == 1 and "pip install 'vnlp-colab[render]'" in result.stderr


class TestPipes:
    def test_a_line_that_is_not_utf8_is_named_after_those_before_it(self):
        result = program("task", "lower_case", given=b"A\nB\n\xff\nC\n")
        assert (result.returncode, result.stdout) == (1, b"a\nb\n")
        assert result.stderr.decode().startswith("error: stdin, row 3: byte 1 of the row (0xff) is not valid UTF-8")

    def test_line_ends_and_a_byte_order_mark(self):
        given = "\ufeffA\r\nB\u2028C\n\nD".encode()
        assert program("task", "lower_case", given=given).stdout.decode() == "a\nb\u2028c\n\nd\n"
        assert program("task", "lower_case", given=b"").stdout == b""
        assert program("task", "lower_case", "-", given=b"A\n").stdout == b"a\n"

    def test_output_is_utf8_everywhere(self):
        code = [sys.executable, "-X", "utf8=0", "-c", PROGRAM[-1], "task", "lower_case"]
        found = subprocess.run(
            code, input="ŞĞ".encode(), capture_output=True, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, timeout=60
        )
        assert found.stdout.decode() == "şğ\n"

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no head")
    def test_head_may_close_the_pipe(self, tmp_path):
        many, errors = tmp_path / "many.txt", tmp_path / "errors.txt"
        many.write_text("ALİ 5 ELMA ALDI.\n" * 400_000, encoding="utf-8")
        command = f'"$PYTHON" -c "$CODE" task lower_case < "{many}" 2> "{errors}" | head -1; echo "${{PIPESTATUS[0]}}"'
        found = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            timeout=60,
            env={"PYTHON": sys.executable, "CODE": PROGRAM[-1], "PATH": "/usr/bin:/bin"},
        )
        assert found.stdout == "ali 5 elma aldı.\n0\n"
        assert errors.read_text() == ""

    def test_results_appear_as_lines_come(self):
        running = subprocess.Popen(
            [*PROGRAM, "task", "lower_case"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert running.stdin is not None and running.stdout is not None
        for line in (b"A\n", b"B\n"):
            running.stdin.write(line)
            # Nothing more is sent before this line has its answer: waiting for more would wait for ever.
            assert running.stdout.readline() == line.lower()
        running.stdin.close()
        assert running.wait(60) == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
    def test_ctrl_c(self):
        # Background jobs ignore the signal, and so would what they start.
        code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + PROGRAM[-1]
        running = subprocess.Popen(
            [sys.executable, "-c", code, "task", "lower_case"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        assert running.stdin is not None and running.stdout is not None
        running.stdin.write(b"A\n")
        assert running.stdout.readline() == b"a\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
        assert running.returncode == 130 and b"Traceback" not in errors

    def test_the_first_results_of_many_lines_do_not_wait_for_the_last(self, monkeypatch):
        from vnlp_colab.results import Sentence

        drawn, written = [], []

        class Pipe:
            columns = ("tokens", "pos")

            def annotate(self, texts):
                for line in texts:
                    drawn.append(line)
                    yield Sentence(line, (line,), pos=("X",))

        monkeypatch.setattr("vnlp_colab.cli.stdin.batches", lambda content: [[f"a{n}" for n in range(1000)]])
        monkeypatch.setattr("vnlp_colab.cli.output.write", lambda content: written.append((len(drawn), content)))
        text.stream(Pipe(), None, "tsv")
        assert written[0][0] < 100 and len(drawn) == 1000
        lines = "".join(content for _, content in written).splitlines()
        assert len(lines) == 1001 and lines[-1] == "1000\t1\ta999\tX"

    def test_plenty_is_batched(self, tmp_path: Path):
        # A line for itself would cost a call of the tool and of the terminal each.
        from vnlp_colab.cli import stdin

        lines = b"".join(b"%d\n" % number for number in range(200_000))
        code = "from vnlp_colab.cli import stdin; print([len(b) for b in stdin.batches(None)])"
        found = subprocess.run([sys.executable, "-c", code], input=lines, capture_output=True, timeout=60)
        sizes = json.loads(found.stdout)
        assert sum(sizes) == 200_000 and len(sizes) < 2_000
        assert list(stdin.batches("tek")) == [["tek"]]
