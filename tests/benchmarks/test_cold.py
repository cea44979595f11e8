"""The profile of the stemmer on words that it has not seen."""

import json
import time

import pytest

pytest.importorskip("benchmarks", reason="the benchmarks are in the repository, not in the package")

from benchmarks.runners import cold as runner

from benchmarks import cold


class Stemmer:
    """Looks up fast and chooses slowly, both but the first time; notes what it was given."""

    def __init__(self, device, threads):
        self.seen = []

    def _lookup(self, sentences):
        self._spend(0.02)
        return [[f"{word}?" for word in words] for words in sentences]

    def _choose(self, sentences, candidates):
        assert candidates == [[f"{word}?" for word in words] for words in sentences]
        self._spend(0.06)
        return sentences

    def _spend(self, seconds):
        self.seen.append(seconds)
        end = time.process_time() + (seconds if len(self.seen) <= 2 else seconds / 10)
        while time.process_time() < end:
            pass


def test_first_and_second_pass_are_told_apart(monkeypatch):
    monkeypatch.setattr(runner, "StemmerAnalyzer", Stemmer)
    found = runner.profile(["Bir ev .", "Bir kedi ."])
    assert (found["tokens"], found["distinct"]) == (6, 4)
    assert found["cold"]["lookup"] >= 0.02 > found["warm"]["lookup"]
    assert found["cold"]["choice"] >= 0.06 > found["warm"]["choice"]


def test_the_page_shows_microseconds_a_token_and_the_share(tmp_path, monkeypatch):
    class Child:
        def __init__(self, module):
            assert module == "benchmarks.runners.cold"

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def ask(self, op, texts):
            assert op == "profile" and texts
            parts = {"lookup": 0.01, "choice": 0.09}
            return {"cold": parts, "warm": {"lookup": 0.0, "choice": 0.05}, "tokens": 1000, "distinct": 700}

    monkeypatch.setattr(cold, "Child", Child)
    assert cold.main(["--sentences", "3", "--rounds", "2", "--output", str(tmp_path)]) == 0
    kept = json.loads((tmp_path / "performance" / "cold.json").read_text(encoding="utf-8"))
    assert kept["sentences"] == 3 and kept["cold"]["lookup"]["runs"] == 2
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert cold.block(kept) in text
    assert "10.0 (10.0 to 10.0)" in text and "| share of the lookup | 10 % | 0 % |" in text
