"""The command line: what it refuses, and what it names instead."""

import pytest

from benchmarks import __main__ as program
from benchmarks import options


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--suite", "nonsense"], "there are: spu, classic, context"),
        (["--sections", "latency,nonsense"], "there are: against, roofline, latency"),
        (["--only", "nonsense"], "SPUContextPoS; SPUContextNER"),
        (["--suite", "spu", "--only", "CharNER"], "spu has no 'CharNER'"),
        (["--suite", "classic", "--against", "stepwise ONNX"], "there are: vngrs-nlp 0.1.4.4"),
        (["--peer-python", "x"], "NAME=PATH with a name of classic, spu, keras"),
        (["--peer-python", "other=/bin/python"], "NAME=PATH with a name of classic, spu, keras"),
        (["--rounds", "0"], "not a whole number from 1 on"),
        (["--sentences", "many"], "not a whole number from 1 on"),
        (["--max-rows", "-5"], "not a whole number from 1 on"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(arguments, named, capsys):
    with pytest.raises(SystemExit) as ended:
        options.parse(arguments)
    assert ended.value.code == 2
    assert named in capsys.readouterr().err


def test_names_are_split():
    line = ["--suite", "spu,classic", "--sections", "latency,growth", "--only", "CharNER;pipeline spu"]
    line += ["--against", "stepwise ONNX;vngrs-nlp 0.1.4.4", "--peer-python", "keras=/a=b", "--peer-python", "spu=/c"]
    found = options.parse(line)
    assert found.suite == ["spu", "classic"]
    assert found.sections == ["latency", "growth"]
    assert found.only == ["CharNER", "pipeline spu"]
    assert found.against == ["stepwise ONNX", "vngrs-nlp 0.1.4.4"]
    assert found.peer_python == {"keras": "/a=b", "spu": "/c"}


def test_all_suites_are_measured_unless_some_are_named():
    assert options.parse([]).suite == options.parse(["--suite", "all"]).suite == ["spu", "classic", "context"]


def test_subjects_that_no_section_measures_are_no_success(tmp_path, capsys):
    asked = ["--quick", "--suite", "classic", "--sections", "growth,shared", "--only", "CharNER"]
    assert program.main([*asked, "--output", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "nothing was measured" in said and "written" not in said
    assert not list(tmp_path.iterdir())
