"""Polars frames: the same annotations as with pandas, eager and lazy, without pandas."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.limits import Limits

pl = pytest.importorskip("polars", reason="Polars (the extra 'polars') is not installed")

TEXTS = ["Ali geldi.", "", "Ayşe İstanbul'da ``kitap'' aldı 😀.", None, "  ", "Bu bir deneme."]


@pytest.fixture
def frame():
    return pl.DataFrame(
        {"n": range(6), "sentence": TEXTS, "key": list("abcabc")},
        schema={"n": pl.Int16, "sentence": pl.String, "key": pl.Categorical},
    )


def rows(frame, columns):
    found = frame.select(columns).to_dict(as_series=False)
    found["dep"] = [[(arc["head"], arc["deprel"]) for arc in arcs] for arcs in found["dep"]]
    return found


def test_the_same_as_with_pandas(pipe, frame):
    done = pipe.process_dataframe(frame, batch_size=2)
    assert isinstance(done, pl.DataFrame)
    other = pipe.process_dataframe(pd.DataFrame({"sentence": TEXTS}))
    wanted = {name: list(other[name]) for name in pipe.columns}
    wanted["sentiment"] = [None if value != value else value for value in wanted["sentiment"]]
    assert rows(done, pipe.columns) == wanted


def test_what_it_came_with_stays(pipe, frame):
    done = pipe.process_dataframe(frame)
    assert done.select(frame.columns).equals(frame) and done.columns == [*frame.columns, *pipe.columns]
    assert done.schema["key"] == pl.Categorical and done.schema["n"] == pl.Int16
    assert done.schema["dep"] == pl.List(pl.Struct({"head": pl.Int32, "deprel": pl.String}))
    assert "tokens" not in frame.columns


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["Ali geldi.", "Olur."])])
def test_other_types_of_text(pipe, kind):
    done = pipe.process_dataframe(pl.DataFrame({"sentence": ["Ali geldi.", None]}, schema={"sentence": kind}))
    assert done.schema["sentence"] == kind and done["tokens"].to_list() == [["Ali", "geldi", "."], []]


def test_no_rows(pipe, frame):
    done = pipe.process_dataframe(frame.clear())
    assert done.height == 0 and done.schema == pipe.process_dataframe(frame).schema


def test_a_checkpoint(pipe, frame, tmp_path):
    assert pipe.process_dataframe(frame, checkpoint=tmp_path / "kept").equals(pipe.process_dataframe(frame))


def test_tokens_that_are_there_already(make_pipeline, frame):
    pipe = make_pipeline(("ner:CharNER",))
    once = pipe.process_dataframe(frame).drop("ner")
    assert pipe.process_dataframe(once).columns == [*once.columns, "ner"]
    with pytest.raises(InputError, match="other tokens"):
        pipe.process_dataframe(once.with_columns(tokens=pl.lit(["x"])))


def test_rows_that_fail_are_null(make_pipeline, frame):
    done = make_pipeline(on_error="skip", limits=Limits(characters=12)).process_dataframe(frame)
    assert done["pos"].is_null().to_list() == [False, False, True, False, False, True]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"text": ["a"]}, "column 'sentence': the frame has no such column; its columns are: text"),
        ({"sentence": [1]}, "column 'sentence': expected text, found the type Int64"),
        ({"sentence": [["a"]]}, "column 'sentence': expected text, found the type List"),
        ({"sentence": ["a"], "pos": [1]}, "column 'pos': the annotation would overwrite this column"),
    ],
)
def test_columns_at_fault(pipe, given, says):
    for frame in (pl.DataFrame(given), pl.LazyFrame(given)):
        with pytest.raises(InputError) as error:
            pipe.process_dataframe(frame)
        assert str(error.value).startswith(says)


class TestLazy:
    @pytest.mark.parametrize("engine", ["in-memory", "streaming"])
    def test_the_same_when_it_is_collected(self, pipe, frame, engine):
        lazy = pipe.process_dataframe(frame.lazy())
        assert isinstance(lazy, pl.LazyFrame)
        assert lazy.collect(engine=engine).equals(pipe.process_dataframe(frame))
        assert lazy.collect_schema() == pipe.process_dataframe(frame).schema

    def test_nothing_runs_before(self, pipe, factory, frame):
        factory.log.clear()
        lazy = pipe.process_dataframe(frame.lazy())
        assert factory.log == []
        lazy.collect()
        assert factory.log

    def test_what_comes_after(self, pipe, frame):
        lazy = pipe.process_dataframe(frame.lazy())
        whole = pipe.process_dataframe(frame)
        assert lazy.select("pos").collect().equals(whole.select("pos"))
        assert lazy.filter(pl.col("n") > 3).collect().equals(whole.filter(pl.col("n") > 3))
        assert lazy.filter(pl.col("tokens").list.len() > 3).head(1).collect().height == 1

    def test_a_file_is_streamed_into_another(self, pipe, frame, tmp_path):
        many = pl.concat([frame] * 50).with_columns(pl.col("key").cast(pl.String))
        many.write_parquet(tmp_path / "in.parquet", row_group_size=20)
        pipe.process_dataframe(pl.scan_parquet(tmp_path / "in.parquet")).sink_parquet(tmp_path / "out.parquet")
        assert pl.read_parquet(tmp_path / "out.parquet").equals(pipe.process_dataframe(many))

    @pytest.mark.parametrize("engine", ["in-memory", "streaming"])
    def test_rows_are_counted_through_all_parts(self, make_pipeline, tmp_path, caplog, engine):
        texts = ["kısa"] * 1702 + ["uzun uzun uzun"] + ["kısa"] * 1000
        pl.DataFrame({"sentence": texts}).write_parquet(tmp_path / "in.parquet", row_group_size=500)
        lazy = pl.scan_parquet(tmp_path / "in.parquet")
        limits = Limits(characters=12)
        with pytest.raises(Exception, match=r"row 1702: the text has"):
            make_pipeline(limits=limits).process_dataframe(lazy).collect(engine=engine)
        done = make_pipeline(limits=limits, on_error="skip").process_dataframe(lazy).collect(engine=engine)
        assert done["pos"].is_null().arg_true().to_list() == [1702]
        assert done.columns[0] == "sentence" and "row 1702:" in caplog.text

    def test_any_name_of_a_column_may_be_there(self, pipe, frame):
        there = frame.with_columns(_vnlp_colab_row=pl.lit("mine"))
        lazy = pipe.process_dataframe(there.lazy())
        assert lazy.collect().equals(pipe.process_dataframe(there))
        assert lazy.collect()["_vnlp_colab_row"].to_list() == ["mine"] * 6

    def test_no_checkpoint(self, pipe, frame, tmp_path):
        with pytest.raises(InputError, match="have no checkpoint"):
            pipe.process_dataframe(frame.lazy(), checkpoint=tmp_path)


@pytest.mark.skipif(not hasattr(pa.types, "is_string_view"), reason="Polars streams string views: pyarrow 16 or newer")
def test_a_frame_is_a_stream_too(pipe, frame):
    reader = pipe.process_batches(frame)
    assert (
        pl.DataFrame(reader.read_all()).select(pipe.columns).equals(pipe.process_dataframe(frame).select(pipe.columns))
    )


def test_pandas_is_not_imported():
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import polars as pl\n"
        "from model_fakes import ALL, Factory\n"
        "from vnlp_colab import VNLPipeline\n"
        "pipe = VNLPipeline(ALL, progress=False, model_factory=Factory())\n"
        "frame = pl.DataFrame({'sentence': ['Ali geldi.', None], 'n': [1, 2]})\n"
        "done = pipe.process_dataframe(frame)\n"
        "assert pipe.process_dataframe(frame.lazy()).collect().equals(done)\n"
        "assert done.height == 2 and 'pandas' not in sys.modules\n"
        "print('without')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.stdout == "without\n", done.stderr


def test_the_page_runs(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "dataframes.md").read_text(encoding="utf-8")
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    found: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        exec(compile(block, "dataframes.md", "exec"), found)
    assert found["tokens"]["lemma"].to_list()[:2] == ["Ali", "Ankara"]
    assert found["roots"]["dep"].to_list() == [2, 1]
    assert pl.read_parquet("annotated.parquet").equals(pl.read_parquet("streamed.parquet"))
