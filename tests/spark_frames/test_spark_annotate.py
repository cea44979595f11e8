"""Spark on a cluster of this machine's processes: the pipeline's results, whatever dies on the way."""

import datetime
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vnlp_colab as vnlp
from vnlp_colab.errors import InputError, ModelNotAvailable

pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(900)]

ROWS = 240
PARTITIONS = 6
TEXTS = ["Ali Ankara'ya {} kez gitti.", "Çok güzel {} gün!", "", "Kitabı {} çocuk okudu mu?", "  ", "👍 {}"]
MODELS = "pos,dep,lemma"


@pytest.fixture(scope="module")
def table():
    texts = [TEXTS[row % len(TEXTS)].format(row) for row in range(ROWS)]
    return pa.table({"id": pa.array(range(ROWS), pa.int32()), "text": [None, *texts[1:]], "kind": ["a", "b"] * 120})


@pytest.fixture(scope="module")
def expected(table):
    return annotated(table)


@pytest.fixture(scope="module")
def df(spark, table):
    """Rows whose order Spark knows."""
    given = spark.createDataFrame(table.to_pylist(), "id int, text string, kind string")
    return given.coalesce(1).repartitionByRange(PARTITIONS, "id").sortWithinPartitions("id").cache()


def annotated(table, models=MODELS, **options):
    """What one process makes of a table."""
    pipe = vnlp.VNLPipeline(models, threads=1, device="cpu", progress=False, **options)
    return pipe.process_dataframe(table, text_column="text").to_pylist()


def collected(found):
    return [row.asDict(recursive=True) for row in found.collect()]


def plan(found, capsys):
    """What Spark would run."""
    capsys.readouterr()
    found.explain()
    return capsys.readouterr().out


def test_parquet_in_and_out_is_what_one_process_makes(spark, notes, table, expected, tmp_path, monkeypatch, capsys):
    import spark_fakes

    import vnlp_colab.spark

    (tmp_path / "in").mkdir()
    for part in range(PARTITIONS):
        pq.write_table(table.slice(part * 40, 40), tmp_path / "in" / f"{part}.parquet")
    # A file a partition: small ones would be read together.
    spark.conf.set("spark.sql.files.openCostInBytes", "128m")
    monkeypatch.setattr(vnlp_colab.spark.worker, "frames", spark_fakes.noting)
    found = vnlp_colab.spark.annotate(spark.read.parquet(str(tmp_path / "in")), MODELS, text_column="text")
    shown = plan(found, capsys)
    assert "MapInPandas vnlp_colab(" in shown
    assert "Exchange" not in shown, "nothing is shuffled"
    found.write.parquet(str(tmp_path / "out"))
    assert pq.read_table(tmp_path / "out").sort_by("id").to_pylist() == expected

    lines = [path.read_text().splitlines() for path in notes.glob("done-*")]
    assert len(lines) == 2, "one worker in each of two executors"
    tasks = [line.split() for found in lines for line in found]
    assert len(tasks) == PARTITIONS
    assert {loads for loads, *_ in tasks} == {"1"}, "a worker loads the models once, not once for every partition"
    assert {threads for _, threads, *_ in tasks} == {"2"}, "as many threads as a task has CPUs"
    assert sorted(int(row) for _, _, *ids in tasks for row in ids) == [*range(ROWS)], "no row is annotated twice"


def test_a_worker_that_is_killed_at_work_costs_no_row_and_doubles_none(notes, df, expected, tmp_path, monkeypatch):
    import spark_fakes

    import vnlp_colab.spark

    monkeypatch.setattr(vnlp_colab.spark.worker, "frames", spark_fakes.mortal)
    vnlp_colab.spark.annotate(df, MODELS, text_column="text").write.parquet(str(tmp_path / "out"))
    attempts = [line.split() for line in (notes / "partition-3").read_text().splitlines()]
    assert [(attempt, rows) for attempt, _, rows in attempts] == [("0", "20"), ("1", "20"), ("1", "20")]
    assert attempts[0][1] != attempts[1][1], "another process did the work anew"
    assert pq.read_table(tmp_path / "out").sort_by("id").to_pylist() == expected


def test_columns_that_pandas_would_change_go_through_arrow(spark, capsys):
    import vnlp_colab.spark

    late = datetime.datetime(9999, 12, 31)
    given = [
        (2**53 + 1, math.nan, late, {"a": [2**53 + 1, None]}, "Ali geldi."),
        (None, None, None, None, "Kedi uyuyor."),
    ]
    schema = "number long, score double, until timestamp, more map<string, array<long>>, text string"
    df = spark.createDataFrame(given, schema).coalesce(1)
    found = vnlp_colab.spark.annotate(df, "pos", text_column="text")
    assert "MapInArrow vnlp_colab(" in plan(found, capsys)
    first, second = found.collect()
    assert math.isnan(first.score) and second.score is None
    assert (first.number, first.until, first.more) == (2**53 + 1, late, {"a": [2**53 + 1, None]})
    assert (first.pos, second.pos) == (["PROPN", "VERB", "PUNCT"], ["NOUN", "VERB", "PUNCT"])
    for column in ("number", "score", "until", "more"):
        with pytest.raises(InputError, match=f"'{column}': pandas would not hold the type"):
            vnlp_colab.spark.annotate(df.select(column, "text"), "pos", text_column="text", through="pandas")


@pytest.mark.parametrize("through", ["pandas", "arrow"])
def test_rows_that_fail_may_be_skipped(df, table, expected, through):
    import vnlp_colab.spark

    limits = vnlp.Limits(characters=27)
    found = collected(
        vnlp_colab.spark.annotate(df, MODELS, text_column="text", on_error="skip", limits=limits, through=through)
    )
    assert [row["id"] for row in found] == [*range(ROWS)]
    failing = [len(text or "") > 27 for text in table["text"].to_pylist()]
    assert 0 < sum(failing) < ROWS
    for row, wanted, fails in zip(found, expected, failing, strict=True):
        error = row.pop("error")
        assert (error is not None) == fails
        if fails:
            assert error.startswith("InputError: the text has 28 characters")
            assert row["tokens"] is None and row["dep"] is None
        else:
            assert row == wanted


def test_a_row_that_fails_is_named(df):
    import vnlp_colab.spark

    limits = vnlp.Limits(characters=27)
    found = vnlp_colab.spark.annotate(
        df.where("id between 98 and 104"), "pos", text_column="text", row_id="id", limits=limits
    )
    with pytest.raises(Exception, match=r"the row with id 102, column 'text': the text has 28 characters"):
        found.collect()


def test_order_is_kept_and_row_ids_follow_it(df, table, expected, tmp_path):
    import vnlp_colab.spark

    vnlp.VNLPipeline(MODELS, style="kenet", progress=False).save_config(tmp_path / "vnlp.toml")
    config = tmp_path / "vnlp.toml"
    found = collected(vnlp_colab.spark.annotate(df, config=config, text_column="text", row_id="row"))
    numbers = [row.pop("row") for row in found]
    assert numbers == sorted(set(numbers)), "they rise, and are unique"
    assert found == annotated(table, style="kenet") != expected, "the configuration is another one"


def test_a_column_of_tokens_stays(df, expected):
    import vnlp_colab.spark

    once = vnlp_colab.spark.annotate(df, "pos", text_column="text")
    twice = vnlp_colab.spark.annotate(once, "dep,lemma", text_column="text")
    assert twice.columns == ["id", "text", "kind", "tokens", "pos", "dep", "lemma"]
    assert collected(twice) == expected


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"text_column": "cümle"}, InputError, "'cümle': there is no such column; the columns are: id, text, kind"),
        ({"text_column": "id"}, InputError, "'id': expected text, found the type int"),
        ({"models": "pos:Yok"}, ModelNotAvailable, "known: "),
        ({"through": "json"}, InputError, "through must be one of pandas, arrow"),
        ({"on_error": "ignore"}, InputError, "on_error must be one of raise, skip"),
        ({"device": "tpu"}, InputError, "device must be one of"),
        ({"batch_size": 0}, InputError, "batch_size must be"),
    ],
)
def test_mistakes_are_told_before_any_work(df, arguments, error, says):
    import vnlp_colab.spark

    with pytest.raises(error, match=says):
        vnlp_colab.spark.annotate(df, **{"text_column": "text", **arguments})


@pytest.mark.parametrize(
    ("name", "says"), [("pos", "would overwrite this column"), ("POS", "no upper case from lower")]
)
def test_no_column_is_overwritten(df, name, says):
    import vnlp_colab.spark

    with pytest.raises(InputError, match=f"'{name}': the annotation .*{says}"):
        vnlp_colab.spark.annotate(df.withColumnRenamed("kind", name), MODELS, text_column="text")


def test_what_is_no_frame_of_spark_is_refused(needed, table):
    import vnlp_colab.spark

    with pytest.raises(InputError, match=r"expected a pyspark.sql.DataFrame, found Table"):
        vnlp_colab.spark.annotate(table)
