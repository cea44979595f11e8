"""Pipelines that are described here and made elsewhere."""

import pickle
import subprocess
import sys

import pyarrow as pa
import pytest

from vnlp_colab import Limits, VNLPipeline
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.pipeline.recipe import recipe

TABLE = pa.table({"id": ["a", "b", "c"], "sentence": ["Ali Ankara'ya gitti.", None, "Bir iki üç dört beş."]})
SHORT = Limits(tokens=5)


def made(found):
    return pickle.loads(pickle.dumps(found)), found.make(threads=1)


@pytest.mark.models
class TestRows:
    def test_are_the_pipelines(self):
        there, pipe = made(recipe("pos,dep", style="kenet", device="cpu"))
        wanted = VNLPipeline("pos,dep", style="kenet", device="cpu", threads=1, progress=False)
        found = there.annotate(pipe, TABLE)
        assert found.equals(wanted.process_dataframe(TABLE))
        assert found.schema.names[2:] == there.added(TABLE.schema.names).names

    def test_that_fail_have_the_reason_in_a_column(self):
        there, pipe = made(recipe("pos", on_error="skip", limits=SHORT))
        found = there.annotate(pipe, TABLE)
        assert found.schema.equals(pa.schema([*TABLE.schema, *there.added(TABLE.schema.names)]))
        assert found["tokens"].is_null().to_pylist() == [False, False, True]
        errors = found["error"].to_pylist()
        assert errors[:2] == [None, None] and errors[2].startswith("InputError: the text has 6 tokens")

    def test_that_are_too_long_have_it_too_and_the_limit_is_the_one_given(self):
        table = pa.table({"sentence": ["Kısa.", "uzun " * 300_000]})
        there, pipe = made(recipe("pos", on_error="skip"))
        found = there.annotate(pipe, table)
        assert found["tokens"].is_null().to_pylist() == [False, True]
        assert "and the limit is 1,000,000" in found["error"].to_pylist()[1]
        there, pipe = made(recipe("pos", limits=Limits(characters=4)))
        with pytest.raises(InputError, match=r"row 1 of 2 .*the limit is 4"):
            there.annotate(pipe, table)

    @pytest.mark.parametrize(
        ("row_id", "named"),
        [
            ("id", r"^the row with id 'c', column 'sentence': the text has 6"),
            (None, r"^row 2 of 3 that a worker .*row_id="),
        ],
    )
    def test_that_fail_are_named(self, row_id, named):
        there, pipe = made(recipe("pos", limits=SHORT, row_id=row_id))
        with pytest.raises(InputError, match=named):
            there.annotate(pipe, TABLE)

    def test_over_which_a_model_fails_are_told_apart(self, monkeypatch):
        there, pipe = made(recipe("pos", row_id="id"))

        def annotate(texts, batch_size):
            raise ZeroDivisionError("bölünemez")

        monkeypatch.setattr(pipe, "annotate", annotate)
        with pytest.raises(ZeroDivisionError) as caught:
            there.annotate(pipe, TABLE)
        assert caught.value.__notes__ == ["Row 0 of these is the row with id 'a'."]


@pytest.mark.models
class TestConfigurations:
    @pytest.fixture
    def config(self, tmp_path):
        path = tmp_path / "vnlp.toml"
        VNLPipeline("pos", style="penn", device="cpu", threads=1, progress=False).save_config(path)
        return path

    def test_are_carried_along(self, config):
        found = recipe(config=config)
        config.unlink()
        there, pipe = made(found)
        assert there.models == ("pos:ContextPoS",) and there.options["style"] == "penn"
        assert there.annotate(pipe, TABLE).column_names == ["id", "sentence", "tokens", "pos"]

    def test_whose_models_are_other_ones_here_are_refused(self, config):
        text = config.read_text()
        digest = text.partition("[models]")[2].partition(' = "')[2][:64]
        config.write_text(text.replace(digest, "0" * 64))
        with pytest.raises(ModelNotAvailable, match="was 000000000000 when it was saved"):
            recipe(config=config).make()

    def test_exclude_what_they_say(self, config):
        with pytest.raises(InputError, match="leave out models, style"):
            recipe("pos", config=config, style="boun")


def test_another_version_is_refused():
    found = recipe("pos")
    object.__setattr__(found, "version", "0.0.1")
    with pytest.raises(InputError, match=r"0\.0\.1 where the work was described"):
        pickle.loads(pickle.dumps(found)).make()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"models": "pos:Yok"}, ModelNotAvailable, "known: "),
        ({"device": "tpu"}, InputError, "device must be one of"),
        ({"on_error": "ignore"}, InputError, "on_error must be one of"),
        ({"on_long": "cut"}, InputError, "on_long must be one of"),
        ({"batch_size": 0}, InputError, "batch_size must be"),
        ({"models": 5}, InputError, "models must be names of tasks or models, .*, not 5"),
        ({"tree": "false"}, InputError, "tree must be True or False .*, not 'false'"),
        ({"style": 5}, InputError, "style must be a name, such as 'boun', not 5"),
        ({"limits": {"tokens": 3}}, InputError, r"limits must be a Limits, .*, not \{'tokens': 3\}"),
        ({"config": 5}, InputError, "config must be a path"),
        ({"text_column": 5}, InputError, "text_column must be a name"),
        ({"row_id": 5}, InputError, "row_id must be a name"),
    ],
)
def test_mistakes_are_told_where_the_work_is_described(arguments, error, says):
    with pytest.raises(error, match=says):
        recipe(**arguments)


@pytest.mark.parametrize(
    ("options", "schema", "says"),
    [
        ({"text_column": "text"}, TABLE.schema, "'text': there is no such column; the columns are: id, sentence"),
        ({"row_id": "row"}, TABLE.schema, "'row': there is no such column, once, to name rows by: id, sentence"),
        ({}, TABLE.schema.append(pa.field("pos", pa.string())), "'pos': the annotation would overwrite"),
        ({"on_error": "skip"}, TABLE.schema.append(pa.field("error", pa.string())), "'error': the annotation would"),
    ],
)
def test_tables_that_do_not_fit_are_refused(options, schema, says):
    with pytest.raises(InputError, match=says):
        recipe("pos", **options).check(schema)


def test_nothing_is_loaded_by_the_description():
    code = "import sys; from vnlp_colab.pipeline.recipe import recipe; recipe(); print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("module", "extra"), [("ray", "ray")])
def test_what_is_not_installed_is_named(module, extra):
    code = f"import sys; sys.modules[{module!r}] = None; import vnlp_colab.{module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode and f"pip install 'vnlp-colab[{extra}]'" in done.stderr.splitlines()[-1]
