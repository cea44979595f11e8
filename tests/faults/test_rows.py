"""Rows that cannot be annotated: each costs itself, and is named."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from worker_fakes import Buggy, Deadly

from model_fakes import ALL, Factory
from vnlp_colab import InputError, VNLPipeline, WorkerError
from vnlp_colab.pipeline.limits import DEFAULTS, Limits
from vnlp_colab.store.manifest import encode

POS = ["pos:TreeStackPoS"]
TEXTS = [f"Metin {i} güzel ." for i in range(60)]


def pipeline(models=POS, factory=None, **options):
    return VNLPipeline(models, progress=False, model_factory=factory or Factory(), **options)


def poisoned(*places, word="hata"):
    return [word if place in places else text for place, text in enumerate(TEXTS)]


def check(counted, found, places, error, message):
    """Compare with a run over the healthy rows alone."""
    healthy = [text for place, text in enumerate(TEXTS) if place not in places]
    counted.fault(len(places))
    counted.same(list(pipeline().annotate(healthy)), [row for row in found if row.failure is None])
    failed = {place: row for place, row in enumerate(found) if row.failure is not None}
    assert sorted(failed) == sorted(places)
    for row in failed.values():
        assert row.tokens == () and row.pos is None
        assert (row.failure.type, row.failure.message) == (error, message)


class TestSkip:
    @pytest.mark.parametrize("workers", [0, 2])
    @pytest.mark.parametrize("places", [[0], [59], [7, 8, 31]])
    def test_a_row_that_a_model_breaks_over_costs_itself(self, workers, places, counted):
        with pipeline(factory=Buggy(), workers=workers, on_error="skip") as pipe:
            check(counted, list(pipe.annotate(poisoned(*places), 16)), places, "ZeroDivisionError", "bölünemez")

    def test_a_row_that_workers_die_over_costs_itself(self, tmp_path, counted):
        with pipeline(factory=Deadly(tmp_path), workers=2, on_error="skip") as pipe:
            found = list(pipe.annotate(poisoned(21, word="hep"), 8))
        assert found[21].failure.type == "WorkerError"
        message = found[21].failure.message
        assert message.startswith(
            "row 21, counted from 0: 2 worker processes died over it (the last one: killed by SIG"
        )
        check(counted, found, [21], "WorkerError", message)

    @pytest.mark.parametrize("workers", [0, 2])
    def test_an_item_that_is_not_text(self, workers, counted):
        texts = [*TEXTS[:5], 5, *TEXTS[6:]]
        with pipeline(workers=workers, on_error="skip") as pipe:
            check(counted, list(pipe.annotate(texts, 4)), [5], "InputError", "expected text, found int 5")

    @pytest.mark.usefixtures("one_fault")
    def test_errors_of_the_disk_are_nobodys_row(self):
        from vnlp_colab import StorageError

        class Full(Buggy):
            def before(self, tokens):
                raise StorageError("full")

        with pytest.raises(StorageError):
            list(pipeline(factory=Full(), on_error="skip").annotate(TEXTS))

    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".conllu", ".pkl"])
    def test_files(self, tmp_path, suffix):
        pd.DataFrame({"sentence": poisoned(7, 31)}).to_csv(tmp_path / "in.csv", index=False)
        output = tmp_path / f"o{suffix}"
        done = pipeline(factory=Buggy(), on_error="skip").annotate_file(tmp_path / "in.csv", output, 16)
        assert (done.rows, done.failed) == (60, 2)
        lines = [json.loads(line) for line in (tmp_path / f"o{suffix}.errors.jsonl").read_text().splitlines()]
        assert lines == [
            {"index": row, "error": "ZeroDivisionError", "message": "bölünemez"} for row in (9, 33)
        ]  # as the file counts its lines, the header being the first
        assert [error.index for error in done.errors] == [9, 33]
        if suffix == ".parquet":
            table = pq.read_table(output).to_pylist()
            assert [row["tokens"] is None and row["pos"] is None for row in table].count(True) == 2
            assert table[7]["sentence"] == "hata"
        # A run without errors takes the file away, and leaves nothing else.
        pipeline(on_error="skip").annotate_file(tmp_path / "in.csv", output)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", output.name]

    @pytest.mark.usefixtures("one_fault")
    def test_frames(self):
        frame = pipeline(factory=Buggy(), on_error="skip").process_dataframe(pd.DataFrame({"sentence": poisoned(7)}))
        assert frame["pos"].isna().tolist() == [place == 7 for place in range(60)]
        assert frame.attrs["errors"] == [{"index": 7, "error": "ZeroDivisionError", "message": "bölünemez"}]

    @pytest.mark.usefixtures("one_fault")
    def test_folders(self, tmp_path):
        frame = pd.DataFrame({"sentence": poisoned(3, 31, 50)})
        expected = pipeline(factory=Buggy(), on_error="skip").process_dataframe(frame, 4)
        pipe = pipeline(factory=Buggy(), on_error="skip")
        pipe._rows_per_shard = 16
        found = pipe.process_dataframe(frame, 4, checkpoint=tmp_path / "out")
        pd.testing.assert_frame_equal(found, expected)
        assert found.attrs == expected.attrs
        lines = (tmp_path / "out" / "_errors.jsonl").read_text().splitlines()
        assert [json.loads(line)["index"] for line in lines] == [3, 31, 50]
        # What a killed run wrote after its last shard is cut off.
        manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
        manifest["shards"], manifest["complete"] = manifest["shards"][:2], False
        (tmp_path / "out" / "_manifest.json").write_bytes(encode(manifest))
        (tmp_path / "out" / "part-00003.parquet").unlink()
        again = pipeline(factory=Buggy(), on_error="skip")
        again._rows_per_shard = 16
        pd.testing.assert_frame_equal(again.process_dataframe(frame, 4, checkpoint=tmp_path / "out"), expected)
        assert (tmp_path / "out" / "_errors.jsonl").read_text().splitlines() == lines

    @pytest.mark.usefixtures("one_fault")
    def test_no_text_can_forge_a_line_of_the_file_of_errors(self, tmp_path):
        """A message may quote a text: line ends, escape codes, letters that turn the line, halves of pairs."""
        hidden = 'x\n{"index": 1}\r\x1b[2J\u2028\u202e\0\ud800"'

        class Quoting(Buggy):
            def before(self, tokens):
                if "hata" in tokens:
                    raise ValueError(hidden)

        pd.DataFrame({"sentence": poisoned(7)}).to_csv(tmp_path / "in.csv", index=False)
        pipe = pipeline(factory=Quoting(), on_error="skip")
        pipe.annotate_file(tmp_path / "in.csv", tmp_path / "o.jsonl", 16)
        written = (tmp_path / "o.jsonl.errors.jsonl").read_bytes()
        assert written.count(b"\n") == 1 and written.isascii() and b"\x1b" not in written
        assert json.loads(written) == {"index": 9, "error": "ValueError", "message": hidden}
        frame = pd.DataFrame({"sentence": poisoned(7)})
        found = pipe.process_dataframe(frame, checkpoint=tmp_path / "out")
        again = pipe.process_dataframe(frame, checkpoint=tmp_path / "out")
        assert found.attrs == again.attrs == {"errors": [{"index": 7, "error": "ValueError", "message": hidden}]}

    def test_only_the_two_ways(self):
        with pytest.raises(InputError, match="on_error must be one of raise, skip, not 'ignore'"):
            pipeline(on_error="ignore")


class TestRaise:
    @pytest.mark.usefixtures("one_fault")
    def test_a_bug_names_its_row(self, tmp_path):
        with pytest.raises(ZeroDivisionError) as raised:
            list(pipeline(factory=Buggy()).annotate(poisoned(31), 16))
        assert raised.value.__notes__ == ["This happened over row 31, counted from 0."]
        pd.DataFrame({"sentence": poisoned(31)}).to_csv(tmp_path / "in.csv", index=False)
        with pytest.raises(ZeroDivisionError) as raised:
            pipeline(factory=Buggy()).annotate_file(tmp_path / "in.csv", tmp_path / "o.csv", 16)
        assert raised.value.__notes__ == ["This happened over row 33."]

    def test_what_only_a_batch_fails_over_is_no_error(self):
        class Tight(Buggy):
            def before(self, tokens):
                if len(tokens) > 30:
                    raise MemoryError

        assert list(pipeline(factory=Tight()).annotate(TEXTS, 16)) == list(pipeline().annotate(TEXTS))

    @pytest.mark.usefixtures("one_fault")
    def test_a_deadly_row_is_named(self, tmp_path):
        with (
            pipeline(factory=Deadly(tmp_path), workers=2) as pipe,
            pytest.raises(WorkerError, match="row 21, counted from 0: 2 worker processes died over it"),
        ):
            list(pipe.annotate(poisoned(21, word="hep"), 8))


class TestLimits:
    @pytest.mark.usefixtures("one_fault")
    def test_characters(self):
        texts = ["a", "b" * 11]
        with pytest.raises(InputError, match="row 1: the text has 11 characters, and the limit is 10: divide it, or"):
            list(pipeline(limits=Limits(characters=10)).annotate(texts))
        found = list(pipeline(limits=Limits(characters=10), on_error="skip").annotate(texts))
        assert found[0].failure is None and found[1].failure.type == "InputError"
        assert list(pipeline(limits=Limits(characters=11)).annotate(texts))

    @pytest.mark.usefixtures("one_fault")
    def test_tokens(self):
        with pytest.raises(InputError, match="row 1: the text has 4 tokens, and the limit is 3"):
            list(pipeline(limits=Limits(tokens=3)).annotate(["a b c", "a b c d"]))

    @pytest.mark.usefixtures("one_fault")
    def test_a_row_that_needs_too_much(self):
        # Both models at 32 kB a token.
        with pytest.raises(
            InputError, match=r"row 1: the text has 40 tokens, for which the models need about 2 MB, and"
        ):
            list(pipeline(limits=Limits(memory=1)).annotate(["a b", "a " * 40]))

    def test_batches_are_divided_by_need(self):
        factory = Factory()
        pipe = pipeline(factory=factory, limits=Limits(memory=1))
        texts = ["a " * 10] * 8
        assert list(pipe.annotate(texts, 8)) == list(pipeline().annotate(texts))
        # 64 kB a token: 10 tokens are 0.6 MB, so that each goes alone, and with 2 MB three go together.
        sizes = [len(batch) for _, batch in factory.calls("stemmer")]
        assert sizes == [1] * 8
        factory = Factory()
        list(pipeline(factory=factory, limits=Limits(memory=2), loader="none").annotate(texts, 8))
        assert [len(batch) for _, batch in factory.calls("stemmer")] == [3, 3, 2]

    @pytest.mark.parametrize("value", [0, -1, 1.5, True, "1"])
    @pytest.mark.parametrize("name", ["characters", "tokens", "memory"])
    def test_impossible_limits(self, name, value):
        with pytest.raises(InputError, match=f"the limit of {name} must be a whole number above 0"):
            Limits(**{name: value})

    def test_the_defaults_let_a_long_chapter_through(self):
        assert len(next(iter(pipeline(ALL).annotate(["kelime " * 5000]))).tokens) == 5000
        assert (DEFAULTS.characters, DEFAULTS.tokens, DEFAULTS.memory) == (1_000_000, 50_000, 2048)
