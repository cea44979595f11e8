"""Arrow tables and streams: the same annotations as with pandas, in the same kind of table, without pandas."""

import gc
import itertools
import logging
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.arrays import array_of
from vnlp_colab.pipeline.columns import arrow_fields
from vnlp_colab.pipeline.limits import Limits

# pa.record_batch takes no dict before version 16.
batch_of = pa.RecordBatch.from_pydict

TEXTS = ["Ali geldi.", "", "Ayşe İstanbul'da ``kitap'' aldı 😀.", None, "  ", "Bu bir deneme."]


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"n": pd.array([1, 2, 3, 4, 5, 6], dtype="Int16"), "sentence": TEXTS},
        index=pd.Index(list("abcdef"), name="key"),
    )


@pytest.fixture
def table(frame):
    schema = pa.schema(
        [("n", pa.int16()), ("sentence", pa.large_string()), ("key", pa.dictionary(pa.int8(), pa.string()))],
        metadata={b"mine": b"kept"},
    )
    return pa.table({"n": [1, 2, 3, 4, 5, 6], "sentence": TEXTS, "key": list("abcdef")}, schema=schema)


def cells(table):
    """The added columns of an Arrow table, as a frame of pandas has them."""
    rows = {name: table.column(name).to_pylist() for name in table.schema.names}
    if "dep" in rows:
        rows["dep"] = [[(arc["head"], arc["deprel"]) for arc in arcs] for arcs in rows["dep"]]
    return rows


def wanted(pipe, frame):
    done = pipe.process_dataframe(frame)
    missing = done["sentiment"].isna()
    return {
        name: [None if name == "sentiment" and gone else value for value, gone in zip(done[name], missing, strict=True)]
        for name in pipe.columns
    }


class TestTables:
    def test_the_same_as_with_pandas(self, pipe, table, frame):
        done = pipe.process_dataframe(table, batch_size=2)
        assert isinstance(done, pa.Table)
        done.validate(full=True)
        found = cells(done)
        assert {name: found[name] for name in pipe.columns} == wanted(pipe, frame)

    def test_what_it_came_with_stays(self, pipe, table):
        before = table.schema
        done = pipe.process_dataframe(table)
        assert done.select(table.schema.names).equals(table)
        assert done.schema.names == [*before.names, *pipe.columns]
        assert done.schema.metadata == {b"mine": b"kept"} and table.schema.equals(before, check_metadata=True)

    def test_an_index_of_pandas_survives(self, pipe, frame):
        done = pipe.process_dataframe(pa.Table.from_pandas(frame)).to_pandas()
        assert done.index.equals(frame.index) and done.index.name == "key"
        assert [list(row) for row in done["pos"]] == list(pipe.process_dataframe(frame)["pos"])

    def test_chunks_of_any_length(self, pipe, table):
        chunked = pa.concat_tables([table.slice(0, 1), table.slice(1, 0), table.slice(1, 4), table.slice(5)])
        assert pipe.process_dataframe(chunked).combine_chunks().equals(pipe.process_dataframe(table).combine_chunks())

    def test_more_rows_than_one_chunk(self, pipe):
        texts = [f"Satır {i} burada." for i in range(1300)]
        done = pipe.process_dataframe(pa.table({"sentence": texts}), batch_size=300)
        assert [row[1] for row in done.column("tokens").to_pylist()] == [str(i) for i in range(1300)]

    def test_a_record_batch(self, pipe, table):
        (batch,) = table.to_batches()
        done = pipe.process_dataframe(batch)
        assert isinstance(done, pa.RecordBatch)
        assert pa.Table.from_batches([done]).equals(pipe.process_dataframe(table))

    @pytest.mark.parametrize("kind", [pa.Table, pa.RecordBatch])
    def test_no_rows(self, pipe, table, kind):
        none = table.slice(0, 0)
        none = pa.RecordBatch.from_pylist([], schema=none.schema) if kind is pa.RecordBatch else none
        done = pipe.process_dataframe(none)
        assert isinstance(done, kind) and done.num_rows == 0
        assert done.schema.equals(pipe.process_dataframe(table).schema)

    @pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.large_string())])
    def test_types_of_text(self, pipe, kind):
        done = pipe.process_dataframe(pa.table({"sentence": pa.array(["Ali geldi.", None]).cast(kind)}))
        assert done.schema.field("sentence").type == kind
        assert done.column("tokens").to_pylist() == [["Ali", "geldi", "."], []]

    def test_a_checkpoint(self, pipe, table, tmp_path):
        plain = pipe.process_dataframe(table)
        for _ in range(2):
            assert pipe.process_dataframe(table, checkpoint=tmp_path / "kept").equals(plain)

    def test_tokens_that_are_there_already(self, make_pipeline, table):
        pipe = make_pipeline(("ner:CharNER",))
        once = pipe.process_dataframe(table).drop_columns(["ner"])
        assert pipe.process_dataframe(once).column_names == [*once.column_names, "ner"]
        other = once.set_column(once.column_names.index("tokens"), "tokens", pa.array([["x"]] * 6))
        with pytest.raises(InputError, match=r"row 0, column 'tokens'.*other tokens"):
            pipe.process_dataframe(other)
        with pytest.raises(InputError, match="other tokens"):
            pipe.process_batches(other.to_reader()).read_all()

    def test_tokens_that_are_no_text(self, make_pipeline, table):
        pipe = make_pipeline()
        once = pipe.process_dataframe(table).select([*table.column_names, "tokens"])
        strings = pa.array([b"\xff"] * 6, pa.binary()).view(pa.string())
        broken = pa.ListArray.from_arrays(pa.array(range(7), pa.int32()), strings)
        other = once.set_column(once.column_names.index("tokens"), "tokens", broken)
        with pytest.raises(InputError, match=r"row 0, column 'tokens': is not valid UTF-8"):
            pipe.process_dataframe(other)
        with pytest.raises(InputError, match=r"column 'tokens': .*not valid UTF-8"):
            pipe.process_batches(other.to_reader()).read_all()

    def test_rows_that_fail_are_null_and_told_of(self, make_pipeline, table, caplog):
        pipe = make_pipeline(on_error="skip", limits=Limits(characters=12))
        with caplog.at_level(logging.WARNING, "vnlp_colab"):
            done = pipe.process_dataframe(table)
            stream = pipe.process_batches(table.to_reader()).read_all()
        assert [row is None for row in done.column("tokens").to_pylist()] == [False, False, True, False, False, True]
        assert done.column("sentiment").to_pylist()[2] is None and done.column("dep").to_pylist()[2] is None
        assert stream.equals(done)
        assert [record.message[:40] for record in caplog.records] == ["2 rows have no results; the first of the"] * 2
        assert "row 2: InputError: the text has" in caplog.text and "row 5: " in caplog.text


class TestFaults:
    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"text": ["a"]}, "column 'sentence': there is no such column; the columns are: text"),
            ({"sentence": [1]}, "column 'sentence': expected text, found the type int64"),
            ({"sentence": [["a"]]}, "column 'sentence': expected text, found the type list"),
            ({"sentence": [b"a"]}, "column 'sentence': expected text, found the type binary"),
            ({"sentence": ["a"], "pos": [1]}, "column 'pos': the annotation would overwrite this column"),
        ],
    )
    def test_columns(self, pipe, given, says):
        table = pa.table(given)
        for process, whole in ((pipe.process_dataframe, table), (pipe.process_batches, table.to_reader())):
            with pytest.raises(InputError) as error:
                process(whole)
            assert str(error.value).startswith(says)

    def test_a_column_twice(self, pipe):
        table = pa.Table.from_arrays([pa.array(["a"])] * 2, names=["sentence"] * 2)
        with pytest.raises(InputError, match="more than one such column"):
            pipe.process_dataframe(table)
        table = pa.Table.from_arrays([pa.array(["a"])] * 3, names=["sentence", "tokens", "tokens"])
        with pytest.raises(InputError, match="column 'tokens': there is more than one such column"):
            pipe.process_dataframe(table)

    def test_a_cell_that_is_not_utf8(self, pipe):
        broken = pa.array([b"iyi", b"\xff"]).view(pa.string())
        table = pa.table({"sentence": broken})
        with pytest.raises(InputError, match=r"row 1, column 'sentence': is not valid UTF-8"):
            pipe.process_dataframe(table)
        with pytest.raises(InputError, match=r"column 'sentence': row 1 is not valid UTF-8"):
            pipe.process_batches(table.to_reader()).read_all()

    @pytest.mark.parametrize("given", [["a"], {"sentence": ["a"]}, "a", None, pa.array(["a"])])
    def test_what_is_no_table(self, pipe, given):
        with pytest.raises(InputError, match=r"expected a DataFrame .*RecordBatchReader .*found"):
            pipe.process_dataframe(given)

    @pytest.mark.parametrize("given", ["a", None, 3, ["a"], []])
    def test_what_is_no_stream(self, pipe, given):
        with pytest.raises(InputError, match=r"expected a stream|is no pyarrow.RecordBatch|no record batch"):
            pipe.process_batches(given)

    def test_batches_that_differ(self, pipe):
        batches = [batch_of({"sentence": ["a"]}), batch_of({"sentence": ["b"], "n": [1]})]
        with pytest.raises(InputError, match="record batch 1 has other columns or types"):
            pipe.process_batches(batches).read_all()

    def test_a_stream_keeps_no_checkpoint(self, pipe, table, tmp_path):
        with pytest.raises(InputError, match="have no checkpoint"):
            pipe.process_dataframe(table.to_reader(), checkpoint=tmp_path)

    def test_an_error_of_the_source_is_handed_on(self, pipe):
        def source():
            yield batch_of({"sentence": ["a"]})
            raise OSError("the wire broke")

        with pytest.raises(OSError, match="the wire broke"):
            pipe.process_batches(source()).read_all()


class TestStreams:
    def test_the_same_as_a_table(self, pipe, table):
        done = pipe.process_batches(table.to_reader(max_chunksize=4))
        assert isinstance(done, pa.RecordBatchReader)
        assert done.schema.equals(pipe.process_dataframe(table).schema, check_metadata=True)
        batches = list(done)
        assert [batch.num_rows for batch in batches] == [4, 2]
        assert pa.Table.from_batches(batches).equals(pipe.process_dataframe(table))

    def test_a_reader_goes_through_process_dataframe_too(self, pipe, table):
        done = pipe.process_dataframe(table.to_reader(), batch_size=2)
        assert isinstance(done, pa.RecordBatchReader) and done.read_all().equals(pipe.process_dataframe(table))

    def test_all_kinds_of_streams(self, pipe, table, frame):
        class Capsule:
            def __arrow_c_stream__(self, requested_schema=None):
                return table.__arrow_c_stream__(requested_schema)

        plain = pipe.process_dataframe(table)
        for given in (table, table.to_batches(max_chunksize=1), iter(table.to_batches()), Capsule()):
            assert pipe.process_batches(given).read_all().equals(plain)
        assert pipe.process_batches(table.to_batches()[0]).read_all().equals(plain)

    def test_empty_batches_and_large_ones(self, pipe):
        sizes = [0, 1, 0, 600, 3, 0]
        batches = [batch_of({"sentence": pa.array(["Ali geldi."] * size, pa.string())}) for size in sizes]
        assert [batch.num_rows for batch in pipe.process_batches(batches)] == [1, 600, 3]
        assert pipe.process_batches(batches[:1]).read_all().num_rows == 0

    def test_batches_are_drawn_as_results_are(self, pipe):
        drawn = []

        def source():
            for number in itertools.count():
                drawn.append(number)
                yield batch_of({"sentence": [f"Satır {number}."] * 50})

        done = pipe.process_batches(source(), batch_size=4)
        for number in range(20):
            assert done.read_next_batch().column("tokens")[0].as_py()[1] == str(number)
        assert len(drawn) < 30

    def test_batches_are_let_go(self, pipe):
        def source(count):
            for _ in range(count):
                yield batch_of({"sentence": ["Bir cümle, uzunca bir cümle."] * 64})

        def highest(count):
            most = 0
            for batch in pipe.process_batches(source(count), batch_size=16):
                del batch
                most = max(most, pa.total_allocated_bytes())
            return most

        gc.collect()
        assert highest(60) <= highest(6) + 200_000


class TestArrays:
    @pytest.mark.parametrize(
        "rows",
        [
            [],
            [None],
            [["ğ", "", "😀a"], [], None, ["x"]],
            [[f"w{i}"] * (i % 4) if i % 5 else None for i in range(70)],
        ],
    )
    def test_as_pyarrow_makes_them(self, rows):
        (words, arcs, numbers) = arrow_fields(["tokens", "dep", "sentiment"])
        assert array_of(rows, words.type).equals(pa.array(rows, words.type))
        pairs = [None if row is None else [(i, word) for i, word in enumerate(row)] for row in rows]
        structs = [row if row is None else [{"head": head, "deprel": label} for head, label in row] for row in pairs]
        made = array_of(pairs, arcs.type)
        made.validate(full=True)
        assert made.equals(pa.array(structs, arcs.type))
        floats = [None if row is None else len(row) / 3 for row in rows]
        assert array_of(floats, numbers.type).equals(pa.array(floats, numbers.type))


def test_pandas_is_not_imported():
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import pyarrow as pa, pyarrow.csv\n"
        "from io import BytesIO\n"
        "from model_fakes import ALL, Factory\n"
        "from vnlp_colab import VNLPipeline\n"
        "pipe = VNLPipeline(ALL, progress=False, model_factory=Factory())\n"
        "table = pyarrow.csv.read_csv(BytesIO('sentence,n\\nAli geldi.,1\\nSonra gitti.,2\\n'.encode()))\n"
        "done = pipe.process_dataframe(table)\n"
        "assert pipe.process_batches(table.to_reader()).read_all().equals(done)\n"
        "assert done.num_rows == 2 and 'pandas' not in sys.modules\n"
        "print('without')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.stdout == "without\n", done.stderr
