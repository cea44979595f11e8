"""Writing tables: a failure leaves nothing half-written."""

import errno
import os
import re

import pytest

from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.pipeline import sink
from vnlp_colab.pipeline.files import open_source

TSV = 'k1\t1\t1\t1\tAli geldi .\nk1\t1\t1\t2\t\nk1\t1\t1\t3\tKar, "yağdı"\n'
SUFFIXES = [".parquet", ".csv", ".jsonl"]

# A Parquet writer that is given up must not complain when it is garbage.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def table(write):
    return write("in.tsv", TSV)


@pytest.fixture
def out(tmp_path, leftovers):
    return lambda suffix: tmp_path / "out" / f"o{suffix}"


class TestBadOutput:
    @pytest.mark.parametrize("name", ["o.xlsx", "o", "o.parquet.gz"])
    def test_an_unknown_suffix_lists_the_known(self, pipe, factory, table, tmp_path, name):
        with pytest.raises(InputError, match=r"known: \.parquet, \.csv, \.jsonl"):
            pipe.run(table, tmp_path / name)
        assert factory.log == []

    def test_a_missing_folder(self, pipe, factory, table, tmp_path):
        with pytest.raises(InputError, match=r"o\.csv: there is no folder '.*nowhere'; create it first"):
            pipe.run(table, tmp_path / "nowhere" / "o.csv")
        assert factory.log == []

    def test_a_folder_of_that_name(self, pipe, table, tmp_path):
        (tmp_path / "o.csv").mkdir()
        with pytest.raises(InputError, match="is a folder, not a file: name a file, or add --resume"):
            pipe.run(table, tmp_path / "o.csv")
        with pytest.raises(InputError, match=r"without a suffix are not written; .*give it one, or add --resume"):
            pipe.run(table, tmp_path / "new")

    @pytest.mark.parametrize("name", ["a.jsonl", "out/../a.jsonl", "soft.jsonl", "hard.csv", "o.jsonl"])
    def test_the_input_itself(self, pipe, factory, write, tmp_path, monkeypatch, name):
        """It would lose what the output's format does not hold, as the columns of a treebank."""
        monkeypatch.chdir(tmp_path)
        # The last name is of the output whose list of errors the input is: it would be deleted.
        path = write("o.jsonl.errors.jsonl" if name == "o.jsonl" else "a.jsonl", '{"sentence": "a b"}\n')
        before = path.read_bytes()
        (tmp_path / "soft.jsonl").symlink_to(path)
        os.link(path, tmp_path / "hard.csv")
        names = sorted(tmp_path.iterdir())
        with pytest.raises(InputError, match=rf"{re.escape(name)}: would overwrite the input '.*': give the output an"):
            pipe.annotate_file(path, name)
        with pytest.raises(InputError, match="would overwrite the input"):
            pipe.annotate_source(open_source(path), name)
        assert factory.log == [] and path.read_bytes() == before and sorted(tmp_path.iterdir()) == names

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_a_folder_that_may_not_be_written(self, pipe, table, out, tmp_path):
        (tmp_path / "out").chmod(0o500)
        with pytest.raises(StorageError, match=r"o\.csv: cannot be written: Permission denied"):
            pipe.run(table, out(".csv"))

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_column_that_would_be_overwritten(self, pipe, factory, write, out, leftovers, suffix):
        path = write("a.csv", "sentence,pos\na,b\n")
        with pytest.raises(InputError, match=r"a\.csv, column 'pos': the annotation would overwrite"):
            pipe.annotate_file(path, out(suffix))
        assert factory.log == []
        assert leftovers() == []

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_tokens_of_another_tokeniser(self, pipe, write, out, leftovers, suffix):
        path = write("a.jsonl", '{"sentence": "a b", "tokens": ["a", "b"]}\n{"sentence": "c", "tokens": ["d"]}\n')
        with pytest.raises(InputError, match=r"a\.jsonl, row 2, column 'tokens': .*other tokens"):
            pipe.annotate_file(path, out(suffix))
        assert leftovers() == []


class TestFailures:
    """An old file of the output's name survives, and nothing else appears beside it."""

    @pytest.fixture(params=[*SUFFIXES, ".conllu", ".pkl"])
    def old(self, request, out):
        path = out(request.param)
        path.write_text("old")
        return path

    def check(self, old, leftovers):
        assert old.read_text() == "old"
        assert leftovers() == [old.name]

    @pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError, StorageError("x")])
    def test_interrupted_in_a_model(self, pipe, factory, write, old, leftovers, failure):
        lines = [f'{{"sentence": "cümle {i}"}}\n' for i in range(3000)]
        calls = iter([None] * 30)

        class Interrupting(list):
            def append(self, item):
                if next(calls, "over") == "over":
                    raise failure

        for model in pipe._runner.annotator._models.values():
            model.log = Interrupting()
        with pytest.raises(failure if isinstance(failure, type) else StorageError):
            pipe.annotate_file(write("a.jsonl", "".join(lines)), old, batch_size=16)
        self.check(old, leftovers)

    def test_a_row_that_a_model_refuses(self, make_pipeline, write, old, leftovers):
        path = write("a.csv", 'id,sentence\n1,"iki\nsatır"\n2,' + "bir " * 50 + "\n")
        with pytest.raises(InputError, match=r"a\.csv, row 4, column 'sentence': the sentence has more than 40"):
            make_pipeline(on_long="error").annotate_file(path, old)
        self.check(old, leftovers)

    def test_a_failing_disk(self, pipe, table, old, leftovers, monkeypatch):
        def fail(source, target):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(sink, "publish_file", fail)
        with pytest.raises(StorageError, match=r"cannot be written: Input/output error"):
            pipe.run(table, old)
        self.check(old, leftovers)

    def test_a_bad_row_shows_before_a_model_runs(self, pipe, factory, write, old, leftovers):
        with pytest.raises(InputError, match=r"in\.tsv, row 4: has 1 column"):
            pipe.run(write("in.tsv", TSV + "bad\n"), old)
        assert factory.log == []
        self.check(old, leftovers)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".conllu", ".pkl"])
def test_a_full_disk(pipe, write, make_disk, suffix):
    disk = make_disk("1m")
    words = "".join(f"k\t1\t1\t{i}\t{i * i} {i**3} {i**5} {i**7}\n" for i in range(60_000))
    path = write("big.tsv", words)
    output = disk / f"o{suffix}"
    with pytest.raises(StorageError, match=rf"o{suffix}: cannot be written: No space left on device"):
        pipe.annotate_file(path, output)
    assert list(disk.iterdir()) == []
