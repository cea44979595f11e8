"""Folders of runs that can be resumed: what belongs to another run, or is not what it was, is refused by name."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crash import content
from worker_fakes import Buggy

from model_fakes import Factory
from vnlp_colab import InputError, ModelNotAvailable, StorageError, VNLPipeline
from vnlp_colab.models import registry
from vnlp_colab.models.loading import Opened
from vnlp_colab.pipeline import identity, making, resumable, run_manifest
from vnlp_colab.pipeline.parquet import ParquetSource
from vnlp_colab.pipeline.plan import make_plan

SHARD = 16
ROWS = 40


def pipeline(factory=None, **options):
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=factory or Factory(), **options)
    pipe._rows_per_shard = SHARD
    return pipe


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.parquet"
    texts = ["hata" if i in (3, 30) else f"Metin {i}" for i in range(ROWS)]
    pq.write_table(pa.table({"id": range(ROWS), "sentence": texts}), path)
    return path


@pytest.fixture
def folder(table, tmp_path):
    """A complete run, two rows of which failed."""
    pipeline(Buggy(), on_error="skip").annotate_file(table, tmp_path / "out", 4, resume=True)
    return tmp_path / "out"


def again(table, folder, factory=None):
    return pipeline(factory or Buggy(), on_error="skip").annotate_file(table, folder, 4, resume=True)


def refused(error, match, table, folder, factory=None):
    before = content(folder)
    with pytest.raises(error, match=match):
        again(table, folder, factory)
    assert content(folder) == before


def at(token, do):
    """Return a factory whose models call something once, over a text with this token."""
    factory = Buggy()
    todo = [do]

    def before(tokens):
        if token in tokens and todo:
            todo.pop()()
        Buggy.before(factory, tokens)

    factory.before = before
    return factory


def interrupt():
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def real():
    return VNLPipeline("pos:ContextPoS", progress=False, threads=1)


class TestIdentity:
    def test_what_belongs_to_it(self, folder):
        run = run_manifest.read(folder)["run"]
        assert run["input"]["columns"] == [["id", "int64"], ["sentence", "string"]]
        assert run["runtime"]["pyarrow"] == pa.__version__
        assert set(run["runtime"]) == {"provider", "python", "onnxruntime", "numpy", "pyarrow"}
        assert run["models"]["TreeStackPoS"] == "made by worker_fakes.Buggy"

    @pytest.mark.parametrize("name", ["onnxruntime", "numpy", "pyarrow"])
    def test_another_version_of_a_library(self, table, folder, monkeypatch, name):
        version = identity._version
        monkeypatch.setattr(identity, "_version", lambda asked: "0.9" if asked == name else version(asked))
        advice = "install the versions that it was begun with and run it on the same device, or start anew in another"
        refused(InputError, rf'not the same runtime \({name} was ".*" and is "0\.9"\): {advice}', table, folder)

    def test_another_version_of_this_package(self, table, folder, monkeypatch):
        monkeypatch.setattr(resumable, "__version__", "99.0")
        refused(InputError, 'version was ".*" and is "99.0".*: install that version of vnlp-colab, or', table, folder)

    def test_other_types_of_columns(self, table, folder, monkeypatch):
        schema = pa.schema([("id", pa.int32()), ("sentence", pa.string())])
        monkeypatch.setattr(ParquetSource, "schema", lambda source: schema)
        refused(InputError, r"not the same input \(columns was .*int64.* and is .*int32", table, folder)

    def test_another_factory(self, table, folder):
        class Other(Buggy):
            pass

        refused(InputError, r"TreeStackPoS was .* and is .*Other", table, folder, Other())

    def test_names_of_factories(self):
        assert identity.factory_name(Factory()) == identity.factory_name(Factory) == "made by model_fakes.Factory"
        assert identity.factory_name(partial(partial(refused, 1), 2)).endswith(f"{__name__}.refused")


class TestModels:
    """With models of this package's own."""

    def test_digests_are_of_what_was_loaded(self, real, table, tmp_path, monkeypatch):
        expected = identity.models_of(make_plan("pos:ContextPoS"))
        monkeypatch.setattr(identity, "cached", lambda spec: None)  # the cache has been deleted since
        assert set(identity.models_of(make_plan("pos:ContextPoS")).values()) == {""}
        real.annotate_file(table, tmp_path / "out", resume=True)
        run = run_manifest.read(tmp_path / "out")["run"]
        assert run["models"] == expected and "" not in expected.values()
        assert run["runtime"]["provider"] == "CPUExecutionProvider"

    def test_no_digest_is_an_error(self, monkeypatch):
        monkeypatch.setattr(identity, "cached", lambda spec: None)
        monkeypatch.setattr(identity, "opened", lambda name, device: None)
        with pytest.raises(ModelNotAvailable, match="the files of ContextNetwork have gone from the cache"):
            identity.loaded(make_plan("pos:ContextPoS"), "auto")

    def test_the_device_that_was_had_counts_and_not_the_one_asked_for(self, real, table, tmp_path, monkeypatch):
        real.annotate_file(table, tmp_path / "out", resume=True)
        same = VNLPipeline("pos:ContextPoS", progress=False, threads=1, device="cpu")
        assert same.annotate_file(table, tmp_path / "out", resume=True).resumed == ROWS
        digests = identity.models_of(make_plan("pos:ContextPoS"))
        monkeypatch.setattr(identity, "opened", lambda name, device: Opened(digests[name], {"CUDAExecutionProvider"}))
        other = VNLPipeline("pos:ContextPoS", progress=False, threads=1)
        with pytest.raises(InputError, match=r"runtime \(provider was \"CPU.*\" and is \"CUDA.*on the same device"):
            other.annotate_file(table, tmp_path / "out", resume=True)

    def test_a_worker_that_would_load_others_does_not(self):
        plan = make_plan("pos:ContextPoS")
        own = {"on_long": "window", "tree": True, "style": "boun"}
        make = partial(making.annotator, plan, registry.create, {"device": "auto", "threads": 1}, own, False)
        assert make(identity.models_of(plan)).plan
        with pytest.raises(ModelNotAvailable, match="have changed since the pipeline was made"):
            make({**identity.models_of(plan), "ContextPoS": "0" * 64})

    @pytest.mark.slow
    def test_workers_say_what_they_have_loaded(self, real):
        with VNLPipeline("pos:ContextPoS", progress=False, workers=1) as pipe:
            assert pipe._made_of() == real._made_of()


class TestTheManifest:
    def test_a_flipped_bit_anywhere(self, table, folder, counted):
        path = folder / "_manifest.json"
        data = path.read_bytes()
        for place in range(0, len(data), 7):
            damaged = bytearray(data)
            damaged[place] ^= 1 << place % 8
            counted.fault()
            path.write_bytes(damaged)
            with pytest.raises(StorageError, match=r"_manifest\.json is (damaged|of another version)"):
                run_manifest.read(folder)
        path.write_bytes(data)
        assert again(table, folder).resumed == ROWS

    @pytest.mark.usefixtures("one_fault")
    def test_a_changed_count(self, table, folder):
        path = folder / "_manifest.json"
        path.write_text(path.read_text().replace('"rows": 16', '"rows": 17', 1))
        refused(StorageError, r"_manifest\.json is damaged: restore the file, or start anew", table, folder)

    @pytest.mark.usefixtures("one_fault")
    def test_brackets_without_end(self, table, folder):
        (folder / "_manifest.json").write_bytes(b"[" * 100_000)
        refused(StorageError, r"_manifest\.json is damaged \(maximum recursion", table, folder)

    def test_one_of_an_earlier_version(self, table, folder):
        path = folder / "_manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": 1}))
        refused(
            StorageError, "of another version of vnlp-colab, with format 1 and not 2: finish the run", table, folder
        )


class TestARefusedRun:
    """What is refused before a row is annotated leaves no folder behind."""

    def test_whose_columns_are_there_already(self, tmp_path):
        pq.write_table(pa.table({"sentence": ["a"], "pos": ["b"]}), tmp_path / "in.parquet")
        with pytest.raises(InputError, match=r"in\.parquet, column 'pos': the annotation would overwrite"):
            again(tmp_path / "in.parquet", tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_whose_values_are_of_several_types(self, tmp_path):
        (tmp_path / "in.jsonl").write_text('{"sentence": "a", "n": 1}\n{"sentence": "b", "n": "x"}\n')
        says = r"column 'n': its values do not fit .*: make them of one type, or write a \.jsonl file, without --resume"
        with pytest.raises(InputError, match=says):
            again(tmp_path / "in.jsonl", tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("value", ["{}", "[{}]", '{"b": {}}'])
    def test_whose_objects_have_no_members(self, tmp_path, value):
        (tmp_path / "in.jsonl").write_text(f'{{"sentence": "a", "n": {value}}}\n')
        with pytest.raises(InputError, match=r"column 'n': its objects have no members, .* write a \.jsonl file"):
            again(tmp_path / "in.jsonl", tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_over_its_first_rows_may_be_mended(self, tmp_path):
        """That a row is at fault shows late; the folder has nothing in it to be kept."""
        path, folder = tmp_path / "in.jsonl", tmp_path / "out"
        path.write_text('{"sentence": "Ali geldi.", "tokens": ["x"]}\n')
        with pytest.raises(InputError, match=r"row 1, column 'tokens': .* it holds other tokens"):
            again(path, folder)
        path.write_text('{"sentence": "Ali geldi.", "tokens": ["Ali", "geldi", "."]}\n')
        assert again(path, folder).rows == 1
        assert run_manifest.read(folder)["run"]["input"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        path.write_text('{"sentence": "Ayşe geldi."}\n')
        refused(InputError, "not the same input", path, folder)

    def test_of_another_table_in_memory(self, table, tmp_path):
        frame = pd.DataFrame({"sentence": ["Bir", "İki"]})
        pipeline().process_dataframe(frame, checkpoint=tmp_path / "out")
        says = "not the same input .*: hand in the table that it was begun with, or start anew in another folder$"
        with pytest.raises(InputError, match=says):
            pipeline().process_dataframe(frame[:1], checkpoint=tmp_path / "out")
        with pytest.raises(InputError, match=says):
            again(table, tmp_path / "out")
        pipeline().annotate_file(table, tmp_path / "file", resume=True)
        with pytest.raises(InputError, match=r"not the same input .*: name the file that it was begun with, or start"):
            pipeline().process_dataframe(frame, checkpoint=tmp_path / "file")


class TestTheFolder:
    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize("name", ["part-00003.parquet", "part-00007.parquet", "notes/x.parquet"])
    def test_rows_of_somebody_else(self, table, folder, name):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "part-00000.parquet", folder / name)
        with pytest.raises(InputError, match=f"out: holds '{name}', which this run has not written.*Move it"):
            again(table, folder)
        (folder / name).unlink()
        assert again(table, folder).resumed == ROWS

    @pytest.mark.parametrize("name", ["._part-00000.parquet", ".ipynb_checkpoints/part-00000-checkpoint.parquet"])
    def test_what_readers_pass_over_may_be_there(self, table, folder, name):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
        assert again(table, folder).resumed == ROWS

    def test_a_frame_is_read_back_by_the_list(self, tmp_path):
        frame = pd.DataFrame({"sentence": [f"Metin {i}" for i in range(ROWS)]})
        expected = pipeline().process_dataframe(frame, 4, checkpoint=tmp_path / "out")
        shutil.copy(tmp_path / "out" / "part-00000.parquet", tmp_path / "out" / "part-00009.parquet")
        found = resumable.read_back(tmp_path / "out", list(frame["sentence"]), ("tokens", "pos"))
        assert [list(sentence.tokens) for sentence in found] == list(expected["tokens"])

    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: data.replace(b'"index": 4', b'"index": 5'),
            lambda data: data[:-1],
            lambda data: data + data,
            lambda data: b"",
            lambda data: None,
        ],
    )
    def test_a_list_of_errors_that_is_not_what_it_was(self, table, folder, damage):
        path = folder / "_errors.jsonl"
        data = damage(path.read_bytes())
        path.unlink() if data is None else path.write_bytes(data)
        refused(StorageError, r"_errors\.jsonl has been changed since the run wrote it", table, folder)

    @pytest.mark.usefixtures("one_fault")
    def test_errors_of_a_shard_that_was_not_entered(self, table, folder, tmp_path):
        """A run that is killed between the two leaves them; they are cut off."""
        with pytest.raises(KeyboardInterrupt):
            again(table, tmp_path / "killed", at("20", interrupt))
        with (tmp_path / "killed" / "_errors.jsonl").open("a") as stream:
            stream.write('{"index": 20, "error": "X", "message": ""}\n')
        assert again(table, tmp_path / "killed").resumed == SHARD
        assert content(tmp_path / "killed") == content(folder)

    @pytest.mark.usefixtures("one_fault")
    def test_a_lock_that_is_removed_under_a_run(self, table, folder, tmp_path):
        target = tmp_path / "locked"

        seen = []

        def second_run():
            (target / ".lock").unlink()
            seen.append(again(table, target).resumed)

        with pytest.raises(InputError, match=r"\.lock has been removed while a run was writing to this folder"):
            again(table, target, at("20", second_run))
        assert seen == [SHARD]
        assert content(target) == content(folder)

    def test_rows_that_are_cut_otherwise_than_before(self, table, tmp_path, monkeypatch):
        with pytest.raises(KeyboardInterrupt):
            again(table, tmp_path / "out", at("20", interrupt))
        chunks = ParquetSource.chunks
        monkeypatch.setattr(ParquetSource, "chunks", lambda source, size: chunks(source, size - 1))
        with pytest.raises(
            InputError, match=r"part-00000\.parquet has 16 rows, which are 15 of the input as it is read"
        ):
            again(table, tmp_path / "out")

    def test_trouble_with_it_is_not_that_of_the_cache(self, table, tmp_path, monkeypatch):
        def full(path, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

        monkeypatch.setattr(run_manifest, "write_synced", full)
        with pytest.raises(StorageError, match=r"No space left on device.*name another place for the output") as raised:
            pipeline().annotate_file(table, tmp_path / "out", 4, resume=True)
        assert "VNLP_COLAB_HOME" not in str(raised.value)
