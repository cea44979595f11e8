"""Runs that were killed and started again: their result is that of a run in one go, byte for byte."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from crash import PowerCut, Seen, content, power_cuts

from model_fakes import ALL, Factory
from vnlp_colab import InputError, StorageError, VNLPipeline
from vnlp_colab.pipeline import checkpoint as checkpoints
from vnlp_colab.pipeline import run_manifest
from vnlp_colab.text.tokenised import TokenisedText

ROWS = 100
SHARD = 16


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("input") / "in.parquet"
    texts = [f"Metin {i} " + "çok " * (i % 13) + "güzel ." if i % 7 else None for i in range(ROWS)]
    pq.write_table(pa.table({"id": range(ROWS), "sentence": texts}), path)
    return path


def pipeline(rows=SHARD, **options):
    pipe = VNLPipeline(ALL, progress=False, model_factory=Factory(), **options)
    pipe._rows_per_shard = rows
    return pipe


def entered(folder):
    """How many rows are done as a folder's manifest has it."""
    manifest = run_manifest.read(folder)
    return 0 if manifest is None else manifest["rows_done"]


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    done = pipeline().annotate_file(table, folder, 4, resume=True)
    assert (done.rows, done.resumed) == (ROWS, 0)
    return content(folder)


class TestTheFolder:
    def test_it_is_a_data_set_with_the_rows_of_a_single_file(self, table, tmp_path):
        pipe = pipeline()
        pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
        pipe.annotate_file(table, tmp_path / "o.parquet", 4)
        expected = pq.read_table(tmp_path / "o.parquet")
        assert ds.dataset(tmp_path / "out").to_table().equals(expected)
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out"), pd.read_parquet(tmp_path / "o.parquet"))
        manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
        assert manifest["rows_done"] == ROWS and manifest["complete"]
        assert [shard["rows"] for shard in manifest["shards"]] == [16] * 6 + [4]
        for shard in manifest["shards"]:  # hashed while it was written
            data = (tmp_path / "out" / shard["file"]).read_bytes()
            assert (shard["size"], shard["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert manifest["run"]["options"]["batch_size"] == 4

    def test_a_table_without_rows_has_its_columns(self, tmp_path):
        (tmp_path / "in.csv").write_text("sentence\n")
        done = pipeline().annotate_file(tmp_path / "in.csv", tmp_path / "out", resume=True)
        assert done.rows == 0
        assert ds.dataset(tmp_path / "out").to_table().column_names[:2] == ["sentence", "tokens"]

    def test_a_run_that_is_complete_is_not_run_again(self, table, tmp_path):
        pipe = pipeline()
        pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir() if path.name != ".lock"}
        pipe = VNLPipeline(ALL, progress=False, model_factory=(factory := Factory()))
        pipe._rows_per_shard = SHARD
        done = pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
        assert (done.rows, done.resumed, done.rows_per_second) == (ROWS, ROWS, 0)
        assert factory.log == []
        assert {path: path.stat().st_mtime_ns for path in before} == before

    def test_rows_a_shard_must_fit_the_chunks(self, table, tmp_path):
        with pytest.raises(InputError, match="rows_per_shard must be at most 512 or a multiple of it, not 700"):
            pipeline(700).annotate_file(table, tmp_path / "out", resume=True)


class TestFaults:
    @pytest.mark.parametrize("keeps_names", [False, True])
    def test_a_power_cut_at_any_moment(self, table, undisturbed, tmp_path, monkeypatch, keeps_names, counted):
        """Everything that was not synced is lost; new names are lost, or kept without their content."""
        for folder, cut in power_cuts(tmp_path, monkeypatch, keeps_names):
            try:
                pipeline().annotate_file(table, folder, 4, resume=True)
            except PowerCut:
                counted.fault()
            done = entered(folder)
            cut.happen(folder)
            assert entered(folder) >= done - SHARD  # but for the manifest that was being replaced, it is on the disk
            pipeline().annotate_file(table, folder, 4, resume=True)
            counted.same_folder(undisturbed, content(folder))
            if cut.survived:
                break
        # Each shard is synced, renamed and its folder synced, and so is the manifest.
        assert counted.faults >= 6 * 8

    def test_a_model_that_fails_midway(self, table, undisturbed, tmp_path, counted):
        for failing in range(1, 20, 3):
            counted.fault()
            folder = tmp_path / str(failing)
            pipe = pipeline()
            for model in pipe._runner.annotator._models.values():
                model.log = Seen(failing, MemoryError)
            with pytest.raises(MemoryError):
                pipe.annotate_file(table, folder, 4, resume=True)
            assert pipeline().annotate_file(table, folder, 4, resume=True).rows == ROWS
            counted.same_folder(undisturbed, content(folder))

    def test_a_full_disk(self, table, undisturbed, tmp_path, monkeypatch, counted):
        counted.fault()
        full = {"left": 3}
        write = run_manifest.write_synced

        def limited(path, data):
            full["left"] -= 1
            if full["left"] < 0:
                path.write_bytes(data[: len(data) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            write(path, data)

        monkeypatch.setattr(run_manifest, "write_synced", limited)
        with pytest.raises(StorageError, match="No space left"):
            pipeline().annotate_file(table, tmp_path / "out", 4, resume=True)
        monkeypatch.undo()
        assert pipeline().annotate_file(table, tmp_path / "out", 4, resume=True).resumed == 2 * SHARD
        counted.same_folder(undisturbed, content(tmp_path / "out"))

    def test_a_disk_of_one_megabyte(self, tmp_path, small_disk, counted):
        counted.fault()
        texts = [f"{i * i} {i**3} {i**5} {i**7}" for i in range(20_000)]
        pq.write_table(pa.table({"sentence": texts}), tmp_path / "big.parquet")
        with pytest.raises(StorageError, match="No space left on device"):
            pipeline(512).annotate_file(tmp_path / "big.parquet", small_disk / "out", resume=True)
        manifest = json.loads((small_disk / "out" / "_manifest.json").read_text())
        assert 0 < manifest["rows_done"] < len(texts) and not manifest["complete"]
        assert sorted(path.name for path in (small_disk / "out").glob("part*")) == [
            shard["file"] for shard in manifest["shards"]
        ]
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        done = pipeline(512).annotate_file(tmp_path / "big.parquet", small_disk / "out", resume=True)
        assert done.resumed == manifest["rows_done"] and done.rows == len(texts)
        pipeline(512).annotate_file(tmp_path / "big.parquet", tmp_path / "out", resume=True)
        counted.same_folder(content(tmp_path / "out"), content(small_disk / "out"))

    def test_the_clock_jumps(self, table, undisturbed, tmp_path, counted):
        folder = tmp_path / "out"
        pipe = pipeline()
        pipe._runner.annotator._models["CharNER"].log = Seen(9, MemoryError)
        with pytest.raises(MemoryError):
            pipe.annotate_file(table, folder, 4, resume=True)
        jumps = list(zip(sorted(folder.iterdir()), [0, 2**33, 1, 2**31, 12345], strict=False))
        counted.fault(len(jumps))
        for path, when in jumps:
            os.utime(path, (when, when))
        pipeline().annotate_file(table, folder, 4, resume=True)
        counted.same_folder(undisturbed, content(folder))


class TestRefusals:
    @pytest.fixture
    def folder(self, table, tmp_path):
        pipeline().annotate_file(table, tmp_path / "out", 4, resume=True)
        return tmp_path / "out"

    def refused(self, match, table, folder, pipe=None, batch_size=4, **options):
        before = content(folder)
        with pytest.raises(InputError, match=match):
            (pipe or pipeline()).annotate_file(table, folder, batch_size, resume=True, **options)
        assert content(folder) == before

    def test_another_batch_size(self, table, folder):
        self.refused(r"not the same options \(batch_size was 4 and is 8\)", table, folder, batch_size=8)

    def test_another_on_long(self, table, folder):
        self.refused('on_long was "window" and is "error"', table, folder, pipeline(on_long="error"))

    def test_other_models(self, table, folder):
        pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Factory())
        pipe._rows_per_shard = SHARD
        self.refused(
            r"not the same (options \(columns was|models \(CharNER was .* and is not set)", table, folder, pipe
        )

    def test_another_content(self, table, folder, tmp_path):
        changed = pq.read_table(table).to_pylist()
        changed[71]["sentence"] += "!"
        pq.write_table(pa.Table.from_pylist(changed), tmp_path / "in.parquet")
        self.refused(r"not the same input \(sha256 was", tmp_path / "in.parquet", folder)

    def test_the_same_content_elsewhere_is_the_same(self, table, folder, tmp_path):
        (tmp_path / "moved.parquet").write_bytes(table.read_bytes())
        assert pipeline().annotate_file(tmp_path / "moved.parquet", folder, 4, resume=True).resumed == ROWS

    def test_workers_threads_and_loader_may_differ(self, table, folder):
        pipe = pipeline(threads=2, loader="none")
        assert pipe.annotate_file(table, folder, 4, resume=True).resumed == ROWS

    def test_a_folder_of_something_else(self, table, tmp_path):
        (tmp_path / "theirs").mkdir()
        (tmp_path / "theirs" / "thesis.txt").write_text("precious")
        with pytest.raises(InputError, match=r"theirs: holds 'thesis\.txt', and no _manifest\.json"):
            pipeline().annotate_file(table, tmp_path / "theirs", resume=True)
        assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["thesis.txt"]

    def test_a_file(self, table):
        with pytest.raises(InputError, match="is a file; a run that can be resumed writes a folder"):
            pipeline().annotate_file(table, table, resume=True)

    def test_a_folder_in_no_folder(self, table, tmp_path):
        with pytest.raises(InputError, match="there is no folder"):
            pipeline().annotate_file(table, tmp_path / "a" / "b", resume=True)

    @pytest.mark.usefixtures("one_fault")
    def test_a_shard_that_was_changed(self, table, folder):
        shard = folder / "part-00002.parquet"
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 1
        shard.write_bytes(data)
        with pytest.raises(StorageError, match=r"part-00002\.parquet is missing or has been changed"):
            pipeline().annotate_file(table, folder, 4, resume=True)

    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize(
        "damage",
        [
            b"",
            b"{",
            b"[]",
            b"\xff",
            b'{"format": 2}',
            b'{"format": 1, "run": {}, "complete": false, "shards": [{"file": "../x", "rows": 1}]}',
        ],
    )
    def test_a_damaged_manifest(self, table, folder, damage):
        (folder / "_manifest.json").write_bytes(damage)
        with pytest.raises(StorageError, match=r"_manifest\.json is"):
            pipeline().annotate_file(table, folder, 4, resume=True)

    def test_two_runs_at_once(self, table, folder):
        with (
            checkpoints.open_checkpoint(folder, json.loads((folder / "_manifest.json").read_text())["run"]),
            pytest.raises(InputError, match="another run is writing to this folder"),
        ):
            pipeline().annotate_file(table, folder, 4, resume=True)

    @pytest.mark.usefixtures("one_fault")
    def test_an_input_that_changes_meanwhile(self, table, tmp_path):
        source = tmp_path / "in.parquet"
        source.write_bytes(table.read_bytes())
        pipe = pipeline()
        models = pipe._runner.annotator._models
        models["CharNER"].log = Seen(2, lambda: os.utime(source, (1, 1)))
        with pytest.raises(InputError, match="has been changed while it was being annotated"):
            pipe.annotate_file(source, tmp_path / "out", 4, resume=True)
        assert json.loads((tmp_path / "out" / "_manifest.json").read_text())["rows_done"] < ROWS


class TestFrames:
    @pytest.mark.usefixtures("one_fault")
    def test_a_frame_goes_on_where_it_was(self, table, tmp_path):
        frame = pd.read_parquet(table).set_index("id")
        expected = pipeline().process_dataframe(frame, 4)
        pipe = pipeline()
        pipe._runner.annotator._models["CharNER"].log = Seen(9, MemoryError)
        with pytest.raises(MemoryError):
            pipe.process_dataframe(frame, 4, checkpoint=tmp_path / "out")
        assert len(list((tmp_path / "out").glob("part-*"))) == 2
        found = pipeline().process_dataframe(frame, 4, checkpoint=tmp_path / "out")
        pd.testing.assert_frame_equal(found, expected)
        # And from the folder alone.
        pd.testing.assert_frame_equal(pipeline().process_dataframe(frame, 4, checkpoint=tmp_path / "out"), expected)

    def test_other_texts_are_refused(self, tmp_path):
        frame = pd.DataFrame({"sentence": ["a", None, "b"]})
        pipeline().process_dataframe(frame, checkpoint=tmp_path / "out")
        for other in (["a", "", "b"], ["a", "b", None], ["a", None]):
            with pytest.raises(InputError, match="not the same input"):
                pipeline().process_dataframe(pd.DataFrame({"sentence": other}), checkpoint=tmp_path / "out")

    def test_other_tokens_of_the_same_texts_are_refused(self, tmp_path):
        def frame(tokens, spans):
            return pd.DataFrame({"sentence": [TokenisedText.of("evdeki", tokens, spans)]}, dtype=object)

        given = frame(["evde", "ki"], [(0, 4), (4, 6)])
        expected = pipeline().process_dataframe(given, checkpoint=tmp_path / "out")
        assert expected["tokens"][0] == ["evde", "ki"]
        for other in (
            frame(["ev", "deki"], [(0, 4), (4, 6)]),
            frame(["evde", "ki"], [(0, 6), (0, 6)]),
            frame([], []),
            pd.DataFrame({"sentence": ["evdeki"]}),
        ):
            with pytest.raises(InputError, match="not the same input"):
                pipeline().process_dataframe(other, checkpoint=tmp_path / "out")
        again = pipeline().process_dataframe(given, checkpoint=tmp_path / "out")
        pd.testing.assert_frame_equal(again, expected)

    def test_half_a_surrogate_pair_is_named(self, tmp_path):
        frame = pd.DataFrame({"sentence": ["a", "\ud800"]}, dtype=object)
        with pytest.raises(InputError, match=r"row 1, column 'sentence': has half of a surrogate pair"):
            pipeline().process_dataframe(frame, checkpoint=tmp_path / "out")
        assert not (tmp_path / "out").exists()


def test_workers_may_come_and_go(table, undisturbed, tmp_path, counted):
    counted.fault()
    folder = Path(tmp_path / "out")
    pipe = pipeline()
    pipe._runner.annotator._models["CharNER"].log = Seen(9, MemoryError)
    with pytest.raises(MemoryError):
        pipe.annotate_file(table, folder, 4, resume=True)
    with pipeline(workers=2) as pipe:
        assert pipe.annotate_file(table, folder, 4, resume=True).resumed == 2 * SHARD
    counted.same_folder(undisturbed, content(folder))
