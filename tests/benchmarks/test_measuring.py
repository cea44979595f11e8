"""What measures: sentences, turns, children, and what is kept of a run. No model runs here."""

import gc
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.children import PACKAGES, Child, ChildError
from benchmarks.corpus import Corpus, mixed, of_length, varied
from benchmarks.names import PIPELINES, SPU, SUITES
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.results import Results
from benchmarks.runners import ours
from benchmarks.runners.protocol import Bench, usage
from benchmarks.sections import against
from benchmarks.settings import Settings, default_output
from benchmarks.sizing import rows, sized

from benchmarks import __main__ as program
from benchmarks import peers
from vnlp_colab.runtime.vectors import VectorCache

TEXTS = [f"Bu {word} bir cümle ." for word in ("kısa", "uzun", "güzel", "eski", "yeni", "sarı")]


class TestSentences:
    def test_rows_of_a_long_run_are_distinct(self):
        rows = list(varied(TEXTS, 3_000))
        assert len(rows) == len(set(rows)) == 3_000

    def test_rows_can_be_short_and_are_distinct_still(self):
        rows = list(varied(TEXTS, 500, words=3))
        assert len(set(rows)) == 500
        assert {len(row.split()) for row in rows} == {3}

    def test_mixing_alternates_and_takes_as_much_of_each(self):
        found = mixed([Corpus("a", list("abcdef")), Corpus("b", list("xyz"))])
        assert found.texts == ["a", "x", "c", "y", "e", "z"]
        assert found.name == "a and b"

    def test_a_few_sentences_are_of_different_lengths_and_have_the_mean_of_all(self):
        corpus = Corpus("a", [" ".join(["bir"] * (1 + i * i // 100)) for i in range(60)])
        found = corpus.typical(5)
        lengths = [len(text.split()) for text in found.texts]
        assert len(set(lengths)) == 5
        assert found.tokens / 5 == pytest.approx(corpus.tokens / 60, rel=0.05)
        assert max(len(text.split()) for text in corpus.typical(5, longest=12).texts) <= 12

    def test_whole_batches_are_those_of_a_long_pass(self):
        corpus = Corpus("a", [" ".join(["bir"] * (1 + (i * 7) % 40)) for i in range(80)])
        found = corpus.batches(20, 10, longest=40, of=80)
        ordered = sorted(len(text.split()) for text in corpus.texts)
        passes = [ordered[start : start + 10] for start in range(0, 80, 10)]
        lengths = [len(text.split()) for text in found.texts]
        assert [lengths[:10], lengths[10:]] == [passes[2], passes[6]]

    def test_sentences_of_a_length_have_it(self):
        corpus = of_length(Corpus("a", TEXTS), 7, 5)
        assert corpus.tokens == 5 * 7


class TestTurns:
    def test_every_other_round_goes_backwards(self):
        order = []
        interleave({name: lambda name=name: order.append(name) or 1.0 for name in "abc"}, 2)
        assert order == list("abccba")

    def test_some_take_part_in_fewer_rounds_and_are_compared_over_these(self):
        rates = interleave({"a": lambda: 6.0, "b": lambda: 3.0}, 3, {"b": 2})
        assert rates == {"a": [6.0] * 3, "b": [3.0] * 2}
        assert ratios(rates["b"], rates["a"]) == {"min": 0.5, "median": 0.5, "max": 0.5, "runs": 2}

    def test_ratios_are_taken_round_by_round(self):
        assert ratios([10, 40, 90], [1, 2, 3]) == {"min": 10, "median": 20, "max": 30, "runs": 3}
        assert spread([3, 1, 2])["median"] == 2


class Counting:
    """A subject that counts its runs."""

    def __init__(self):
        self.runs = 0

    def prepare(self, texts):
        return texts

    def run(self, work, batch):
        self.runs += 1
        return [text.upper() for text in work]


class TestChild:
    def test_labels_of_a_measured_pass_are_not_computed_again(self):
        subject = Counting()
        bench = Bench(lambda name: subject)
        bench.load("it")
        bench.texts("some", ["bir"])
        assert bench.measure("it", "some")["passes"] == 1
        assert bench.labels("it", "some") == ["BIR"]
        assert subject.runs == 1
        bench.texts("some", ["iki"])
        assert bench.labels("it", "some") == ["IKI"]
        assert subject.runs == 2

    def test_usage_counts_the_processes_below(self):
        code = "import sys, time\nend = time.process_time() + .3\nwhile time.process_time() < end: pass\n"
        code += "print(flush=True); sys.stdin.read()"
        before = usage()
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            after = usage()
            child.stdin.close()
        if not Path("/proc/self/stat").exists():
            pytest.skip("counts other processes through /proc")
        assert after["cpu_seconds"] - before["cpu_seconds"] >= 0.25
        assert len(after["peak_mb"]) == len(before["peak_mb"]) + 1

    def test_it_answers_and_reports_errors(self, tmp_path):
        (tmp_path / "answering.py").write_text(
            "from benchmarks.runners.protocol import serve\nserve({'twice': lambda n: 2 * n})\n", encoding="utf-8"
        )
        path = os.pathsep.join([*PACKAGES, str(tmp_path)])
        with Child("answering", env={"PYTHONPATH": path}) as child:
            assert child.ask("twice", n=21) == 42
            with pytest.raises(ChildError, match="KeyError"):
                child.ask("thrice", n=1)


def settings(tmp_path, **changes):
    made = Settings(
        *("spu", False, 5, 400, None, "cpu", tmp_path, True, {}),
        data=[Corpus("a", [f"{text} {i}" for i in range(100) for text in TEXTS])],
    )
    return replace(made, **changes)


class Timed:
    """A child that needs a given time a token."""

    def __init__(self, seconds):
        self.seconds, self.tokens = seconds, 0

    def ask(self, op, texts=None, **_):
        if op == "texts":
            self.tokens = Corpus("", texts).tokens
        return {"passes": 1, "seconds": self.seconds * self.tokens}


class TestSizes:
    def test_slow_subjects_get_fewer_sentences_but_enough(self, tmp_path):
        run = settings(tmp_path)
        counts = [len(sized(run, Timed(s), "it", 20, 400).texts) for s in (1e-6, 1e-3, 1.0)]
        # 0.6 s at a millisecond a token: 600 tokens, 6 a sentence.
        assert counts == [400, 100, 20]

    def test_pipelines_get_enough_rows_for_their_first_windows_not_to_count(self, tmp_path):
        run = settings(tmp_path, data=[Corpus("a", [f"{text} {i}" for i in range(400) for text in TEXTS])])
        assert [len(rows(run, Timed(s), "pipeline").texts) for s in (1e-6, 4e-3, 1.0)] == [1024, 625, 512]


class TestNames:
    def test_parts_pipelines_and_compared_subjects_exist(self):
        for suite in SUITES.values():
            names = {subject.name for subject in suite.subjects}
            assert {suite.pipeline, *suite.parts} <= names
            assert {name for name in names if name.startswith("pipeline")} <= set(PIPELINES)


class TestPeers:
    def test_an_interpreter_is_named_by_option_or_variable(self, tmp_path, monkeypatch):
        used = []
        for needed in peers.ENVIRONMENTS.values():
            monkeypatch.delenv(needed.variable, raising=False)

        class Fake:
            def __init__(self, runner, python, env):
                used.append(python)

            def ask(self, op, **arguments):
                return "it"

        monkeypatch.setattr(peers, "Child", Fake)
        monkeypatch.setattr(peers, "weights_folder", lambda: tmp_path)
        monkeypatch.setattr(peers, "make", lambda needed: tmp_path / "made")
        keras = SPU.subject("SPUContextPoS").peers[-1]
        peers.start(keras, settings(tmp_path))
        monkeypatch.setenv("VNLP_COLAB_BENCH_KERAS_PYTHON", "by variable")
        peers.start(keras, settings(tmp_path))
        peers.start(keras, settings(tmp_path, peer_python={"keras": "by option"}))
        assert used == [str(tmp_path / "made"), "by variable", "by option"]

    def test_a_peer_that_is_not_to_be_had_is_named_with_the_reason(self, tmp_path, monkeypatch):
        def missing(peer, run):
            raise peers.PeerUnavailable("it needs an older Python")

        monkeypatch.setattr(against, "start", missing)
        monkeypatch.setattr(Settings, "ours", lambda self: NoChild())
        found = against.run(settings(tmp_path, only=("SPUContextPoS",)))
        assert [row["unavailable"] for row in found] == ["it needs an older Python"] * len(
            SPU.subject("SPUContextPoS").peers
        )


class NoChild(Timed):
    def __init__(self):
        super().__init__(1e-3)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


@pytest.fixture
def sections(monkeypatch):
    """Two sections, of which the first fails when it is told to."""
    ran, failing = [], []

    def section(name):
        def run(options):
            ran.append(f"{options.suite}-{name}")
            if failing and name == failing[0]:
                raise ChildError("it died")
            return [{"subject": "pipeline spu", "rates": {"1": {"median": 1.0, "runs": 2}}}]

        return run

    monkeypatch.setattr(program, "SECTIONS", {name: section(name) for name in ("lengths", "batches")})
    return ran, failing


class TestProgram:
    def run(self, tmp_path, *options):
        return program.main(["--quick", "--output", str(tmp_path), "--suite", "spu", *options])

    def test_an_interrupted_run_goes_on_with_what_is_missing(self, tmp_path, sections):
        ran, failing = sections
        failing.append("lengths")
        assert self.run(tmp_path) == 1
        assert ran == ["spu-lengths", "spu-batches"]
        failing.clear()
        assert self.run(tmp_path, "--resume") == 0
        assert ran[2:] == ["spu-lengths"]
        assert self.run(tmp_path, "--resume") == 0
        assert len(ran) == 3
        page = (tmp_path / "performance.md").read_text(encoding="utf-8")
        assert "bench:spu-lengths" in page and "bench:spu-batches" in page

    def test_other_settings_or_code_are_measured_anew(self, tmp_path, sections, monkeypatch):
        ran, _ = sections
        self.run(tmp_path)
        self.run(tmp_path, "--resume", "--rounds", "3")
        assert len(ran) == 4
        monkeypatch.setattr("benchmarks.machine.code", lambda: "other")
        self.run(tmp_path, "--resume", "--rounds", "3")
        assert len(ran) == 6

    def test_without_a_gpu_it_says_so(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(program, "listed_providers", lambda: ("CPUExecutionProvider",))
        assert program.main(["gpu", "--output", str(tmp_path)]) == 2
        assert "no GPU" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())

    def test_partial_runs_do_not_replace_the_documentation(self):
        assert default_output(True) != default_output(False)
        assert default_output(False).name == "docs"

    def test_results_are_replaced_in_one_step(self, tmp_path):
        results = Results(tmp_path)
        results.keep("spu-lengths", {"code": "a", "asked": {}}, [1])
        results.keep("spu-batches", {"code": "a", "asked": {}}, [2])
        assert sorted(path.name for path in (tmp_path / "performance").iterdir()) == ["results.json"]


def test_hits_and_misses_are_those_of_the_caches_that_are_there():
    gc.collect()  # a cache of another test that goes away meanwhile would be missed
    before = ours.cache_hits()
    cache = VectorCache(size=1 << 18)
    for _ in range(3):
        cache.fetch(["a", "b"], lambda keys: np.ones((len(keys), cache.size), np.float32))
    after = ours.cache_hits()
    assert {name: after[name] - before[name] for name in before} == {"hits": 4, "misses": 2, "mb": pytest.approx(2.0)}
