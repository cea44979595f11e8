"""Ray Data on a cluster of this machine's processes: the pipeline's results, whatever dies on the way."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import vnlp_colab as vnlp
from vnlp_colab.errors import InputError, ModelNotAvailable

ray = pytest.importorskip("ray", reason="Ray (the extra 'ray') is not installed")

from actor_fakes import Doomed, Mortal, Noting  # noqa: E402

import vnlp_colab.ray  # noqa: E402
from vnlp_colab.ray import annotating  # noqa: E402

# On a busy machine a process of Ray takes minutes to start.
pytestmark = [pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(900)]

ROWS = 300
TEXTS = ["Ali Ankara'ya {} kez gitti.", "Çok güzel {} gün!", "", "Kitabı {} çocuk okudu mu?", "  ", "👍 {}"]
MODELS = "pos,dep,lemma"


@pytest.fixture(scope="module")
def table():
    texts = [TEXTS[row % len(TEXTS)].format(row) for row in range(ROWS)]
    return pa.table({"id": range(ROWS), "text": [None, *texts[1:]], "kind": pa.array(["a", "b", "c"] * (ROWS // 3))})


@pytest.fixture(scope="module")
def expected(table):
    pipe = vnlp.VNLPipeline(MODELS, threads=1, device="cpu", progress=False)
    return pipe.process_dataframe(table, text_column="text")


@pytest.fixture
def parquet(table, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for part in range(3):
        pq.write_table(table.slice(part * 100, 100), folder / f"{part}.parquet")
    return str(folder)


def rows(dataset):
    """All rows, ordered by their ids."""
    return pa.concat_tables(ray.get(dataset.to_arrow_refs())).sort_by("id")


def batches(notes):
    """The ids of the rows of each batch, by the process that annotated it."""
    lines = {path.name: path.read_text().splitlines()[1:] for path in notes.glob("loaded-*")}
    return {name: [[*map(int, line.split())] for line in found] for name, found in lines.items()}


@pytest.fixture
def dataset(cluster, table):
    """Blocks that are in the cluster's memory already."""
    return ray.data.from_arrow([table.slice(first, 50) for first in range(0, ROWS, 50)])


def test_parquet_in_and_out_is_what_one_process_makes(notes, parquet, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(annotating, "Annotator", Noting)
    found = vnlp_colab.ray.annotate(
        ray.data.read_parquet(parquet),
        MODELS,
        text_column="text",
        row_id="id",
        concurrency=2,
        rows_per_block=40,
        num_cpus=1.4,
    )
    found.write_parquet(str(tmp_path / "out"))
    written = pq.read_table(tmp_path / "out").sort_by("id")
    assert written.equals(expected.select(written.column_names))
    assert set(written.column_names) == set(expected.column_names)

    worked = batches(notes)
    assert len(worked) == 2, "each of two actors loads the models once"
    handed = [ids for found in worked.values() for ids in found]
    assert len(handed) >= ROWS / 40 and max(map(len, handed)) <= 40
    assert sorted(row for ids in handed for row in ids) == [*range(ROWS)], "no row is annotated twice"
    # One thread for 1.4 reserved CPUs, and what Ray tells libraries of numbers.
    assert {path.read_text().splitlines()[0].split()[0] for path in notes.glob("loaded-*")} == {"1"}


def test_an_actor_that_is_killed_at_work_costs_no_row_and_doubles_none(notes, dataset, expected, monkeypatch):
    monkeypatch.setattr(annotating, "Annotator", Mortal)
    found = vnlp_colab.ray.annotate(
        dataset, MODELS, text_column="text", concurrency=2, rows_per_block=50, batch_size=8
    ).materialize()
    assert (notes / "killed").exists()
    assert len(batches(notes)) == 3, "two actors, and one more in the place of the killed one"
    assert rows(found).equals(expected)


def test_rows_that_kill_their_actor_every_time_end_the_run(notes, dataset, monkeypatch):
    monkeypatch.setattr(annotating, "Annotator", Doomed)
    found = vnlp_colab.ray.annotate(dataset, "pos", text_column="text", concurrency=1, max_task_retries=1)
    with pytest.raises(ray.exceptions.RayActorError):
        found.materialize()


def test_a_row_that_fails_is_named(dataset):
    limits = vnlp.Limits(characters=27)
    found = vnlp_colab.ray.annotate(
        dataset, "pos", text_column="text", row_id="id", limits=limits, concurrency=1, rows_per_block=50
    )
    # The first of its block; which of the blocks in flight ends the run is Ray's choice.
    names = r"the row with id (102|150|204|252), column 'text': the text has 28 char"
    with pytest.raises(ray.exceptions.RayTaskError, match=names):
        found.materialize()


def test_rows_that_fail_may_be_skipped(dataset, expected):
    limits = vnlp.Limits(characters=27)
    found = vnlp_colab.ray.annotate(
        dataset, MODELS, text_column="text", on_error="skip", limits=limits, concurrency=1, rows_per_block=50
    )
    table = rows(found.materialize())
    failed = [len(text or "") > 27 for text in table["text"].to_pylist()]
    assert 0 < sum(failed) < ROWS
    for row, fails in enumerate(failed):
        (cells,) = table.slice(row, 1).to_pylist()
        error = cells.pop("error")
        assert (error is not None) == fails
        if fails:
            assert error.startswith("InputError: the text has 28 characters")
            assert cells["tokens"] is None and cells["dep"] is None
        else:
            assert [cells] == expected.slice(row, 1).to_pylist()


def test_row_ids_are_added_and_order_is_kept_where_ray_is_told_to(cluster, table, expected, tmp_path):
    vnlp.VNLPipeline(MODELS, style="kenet", progress=False).save_config(tmp_path / "vnlp.toml")
    same = vnlp.VNLPipeline(MODELS, style="kenet", threads=1, progress=False).process_dataframe(
        table, text_column="text"
    )
    dataset = ray.data.from_arrow([table.slice(first, 50) for first in range(0, ROWS, 50)])
    dataset.context.execution_options.preserve_order = True
    found = vnlp_colab.ray.annotate(
        dataset, config=tmp_path / "vnlp.toml", text_column="text", row_id="row", concurrency=2, rows_per_block=25
    )
    tables = ray.get(found.materialize().to_arrow_refs())
    whole = pa.concat_tables(tables)
    assert whole.drop_columns(["row"]).equals(same)
    assert not whole.drop_columns(["row"]).equals(expected), "the configuration is another one"
    numbers = whole["row"].to_pylist()
    assert len(set(numbers)) == ROWS
    assert all(part["row"].to_pylist() == sorted(part["row"].to_pylist()) for part in tables)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"text_column": "cümle"}, InputError, "'cümle': there is no such column; the columns are: id, text, kind"),
        ({"text_column": "id"}, InputError, "expected text, found the type int64"),
        ({"models": "pos:Yok"}, ModelNotAvailable, "known: "),
        ({"concurrency": 0}, InputError, "concurrency must be"),
        ({"concurrency": (3, 2)}, InputError, "concurrency must be a number of actors, or the least and the most"),
        ({"num_cpus": 0}, InputError, "num_cpus must be a number above 0"),
        ({"num_gpus": -1}, InputError, "num_gpus must be a number of at least 0"),
        ({"device": "cuda"}, InputError, "set num_gpus=1"),
        ({"rows_per_block": 0}, InputError, "rows_per_block"),
        ({"max_task_retries": -1}, InputError, "max_task_retries"),
        ({"on_error": "ignore"}, InputError, "on_error must be one of raise, skip"),
    ],
)
def test_mistakes_are_told_before_any_work(dataset, arguments, error, says):
    with pytest.raises(error, match=says):
        vnlp_colab.ray.annotate(dataset, **{"text_column": "text", **arguments})


def test_what_is_no_dataset_is_refused(table):
    with pytest.raises(InputError, match=r"expected a ray.data.Dataset, found Table"):
        vnlp_colab.ray.annotate(table)


def test_actors_that_leave_no_cpu_are_warned_of(dataset, caplog):
    vnlp_colab.ray.annotate(dataset, text_column="text", concurrency=3)
    assert not [record for record in caplog.records if record.name == "vnlp_colab"]
    vnlp_colab.ray.annotate(dataset, text_column="text", concurrency=(4, 8))
    assert "leave less than one of the cluster's 4 CPUs" in caplog.text
