"""What the sections ask of their children: which sentences, how often, after which warm-up. No model runs here."""

from dataclasses import replace

import pytest
from benchmarks.children import ChildError
from benchmarks.corpus import Corpus
from benchmarks.names import SHARED, SUITES
from benchmarks.runners import ours
from benchmarks.sections import against, caches, growth, latency, shared, startup, sweeps, throughput
from benchmarks.settings import Settings

from benchmarks import peers
from vnlp_colab.pipeline import loaders

TEXTS = [" ".join(["bir"] * (3 + number % 17) + [str(number)]) for number in range(1_500)]


class Fake:
    """A child that notes what it is asked, and needs a given time a token."""

    made: list["Fake"] = []  # noqa: RUF012  # each test begins with a list of its own

    def __init__(self, seconds=1e-3, refuses=()):
        self.seconds, self.refuses = seconds, refuses
        self.asked, self.texts, self.seen = [], {}, set()
        Fake.made.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def ask(self, op, **given):
        self.asked.append((op, given))
        if op == "load" and given["subject"] in self.refuses:
            raise ChildError("no weights")
        return getattr(self, f"_{op}", lambda **_: 1)(**given)

    def asks(self, op):
        return [given for name, given in self.asked if name == op]

    def _texts(self, name, texts):
        self.texts[name] = texts

    def _measure(self, texts, **_):
        before = len(self.seen)
        self.seen |= {word for text in self.texts[texts] for word in text.split()}
        self.asked[-1][1]["new"] = len(self.seen) - before
        return {"passes": 1, "seconds": self.seconds * Corpus("", self.texts[texts]).tokens}

    def _latency(self, texts, **_):
        return [0.01] * len(self.texts[texts])

    def _memory(self):
        return {"peak_mb": 1.0, "now_mb": 1.0}

    def _usage(self):
        return {"peak_mb": [1.0], "cpu_seconds": 1.0}

    def _labels(self, texts, **_):
        return [["a"] for _ in self.texts[texts]]

    def _rows(self, marks, **_):
        return [{"rows": mark, "processes_mb": [60.0, 200.0]} for mark in marks]


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(Fake, "made", [])
    monkeypatch.setattr(Settings, "ours", lambda self: Fake())
    return Settings(
        *("spu", False, 5, 400, None, "cpu", tmp_path, True, {}), data=[Corpus("a", TEXTS), Corpus("b", TEXTS[:3])]
    )


def test_every_size_of_batches_runs_three_times_over_sentences_that_were_seen(settings):
    (row,) = sweeps.batches(replace(settings, only=("pipeline spu",)))
    assert {rate["runs"] for rate in row["rates"].values()} == {3}
    assert row["sentences"] == {1: 64, 4: 64, 16: 128, 64: 512, 256: 1024, 1024: 1024}
    (child,) = Fake.made
    assert child.asks("full_windows") == [{}]
    timed = [given for given in child.asks("measure") if given.get("batch")]
    assert len(timed) == 3 * 6 and not any(given["new"] for given in timed)


def test_models_begin_with_full_batches_anyway(settings):
    sweeps.batches(replace(settings, only=("SPUContextPoS",)))
    assert not Fake.made[0].asks("full_windows")


def test_pipelines_have_the_same_many_rows_however_they_run(settings):
    (row,) = throughput.run(replace(settings, only=("pipeline spu",)))["rows"]
    assert row["sentences"] == 1024
    assert {len(child.texts["all"]) for child in Fake.made} == {1024} and len(Fake.made) == 4
    runs = {label: rate["runs"] for label, rate in row["tokens_per_second"].items()}
    assert runs == {"1 thread": 5, "2 threads": 5, "workers=1": 3, "workers=2": 5}


def test_cold_pipelines_are_not_hidden_by_their_first_windows(settings, monkeypatch):
    counted = {"hits": 1, "misses": 1, "mb": 1.0}
    monkeypatch.setattr(Fake, "_cache_hits", lambda self: counted, raising=False)
    (row,) = caches.run(replace(settings, only=("pipeline spu",)))
    assert row["sentences"] == 128 and row["cold"]["runs"] == 3
    assert all(child.asks("full_windows") == [{}] for child in Fake.made) and len(Fake.made) == 3
    first, second, again = Fake.made[0].asks("measure")[-3:]
    assert first["new"] and second["new"] and not again["new"]


def test_full_windows_are_full_from_the_first_one(monkeypatch):
    monkeypatch.setattr(loaders, "FIRST_WINDOW", loaders.FIRST_WINDOW)
    assert len(next(loaders.prefetch(TEXTS, 64, 8)).texts) < 64
    ours.full_windows()
    assert [len(window.texts) for window in loaders.prefetch(TEXTS[:100], 64, 8)] == [64, 36]


def test_peers_are_given_sentences_for_which_the_factor_is_fair(settings, monkeypatch):
    rivals = {}

    def start(peer, run):
        return rivals.setdefault(peer.name, Fake()), "somewhere"

    monkeypatch.setattr(against, "start", start)
    found = against.run(replace(settings, only=("SPUContextDP",)))
    assert [row["batch"] for row in found] == [1, 64, 64, 64]
    assert all("times" in row for row in found)
    many = rivals["stepwise ONNX by tf2onnx"].texts["256 of up to 40 tokens, 64 at a time"]
    lengths = [len(text.split()) for text in many]
    assert all(max(lengths[at : at + 64]) - min(lengths[at : at + 64]) <= 3 for at in range(0, 256, 64))
    # Only this project's runner knows threads.
    options = {name: rival.asks("load")[0].keys() - {"subject"} for name, rival in rivals.items()}
    assert options == {name: {"threads"} if name == "stepwise ONNX" else set() for name in rivals}

    (row,) = against.run(replace(settings, suite="classic", only=("CharNER",)))
    assert row["tokens"] / row["sentences"] == pytest.approx(Corpus("", TEXTS).tokens / len(TEXTS), rel=0.05)


def test_every_runner_of_a_peer_has_an_environment():
    runners = {peer.runner for suite in SUITES.values() for subject in suite.subjects for peer in subject.peers}
    assert runners == {*peers.ENVIRONMENTS, "benchmarks.runners.ours"}


def test_what_the_shared_network_is_beside_may_not_be_to_be_had(settings, monkeypatch):
    monkeypatch.setattr(shared, "_sizes", dict)
    found = shared.run(replace(settings, suite="context"))
    assert set(found["tokens_per_second"]) == {SHARED, "SPUContextDP"} and "times" in found
    monkeypatch.setattr(Settings, "ours", lambda self: Fake(refuses=("SPUContextDP",)))
    found = shared.run(replace(settings, suite="context"))
    assert found["unavailable"] == "no weights" and "times" not in found
    assert list(found["tokens_per_second"]) == [SHARED]


def test_every_model_is_started_and_every_pipeline(settings, monkeypatch):
    steps = dict.fromkeys(("interpreter", "import", "load", "first sentence", "total", "peak_mb"), 1.0)
    monkeypatch.setattr(startup, "_once", lambda settings, name: steps)
    names = [row["subject"] for row in startup.run(replace(settings, suite="context"))]
    models = ["ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats"]
    assert names == [*models, "pipeline context", "pipeline mixed"]


def test_pipelines_answer_on_two_cores_as_well(settings):
    model, pipeline = latency.run(replace(settings, only=("SPUContextPoS", "pipeline spu")))
    assert "two_cores" not in model and "two_cores" in pipeline
    assert [child.asks("pin")[0]["count"] for child in Fake.made] == [1, 1, 2]
    assert [child.asks("load")[0]["threads"] for child in Fake.made] == [1, 1, 2]


def test_memory_of_workers_is_followed_over_rows(settings):
    found = growth.workers(replace(settings, rows=1_000))
    assert [row["rows"] for row in found] == [100, 1_000]
    assert found[0]["how"] == "annotate, workers=2"
    assert Fake.made[0].asks("load")[0]["workers"] == 2
