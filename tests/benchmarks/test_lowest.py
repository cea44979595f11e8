"""The lowest versions are those of pyproject.toml."""

import tomllib

import pytest
from benchmarks.lowest import PROJECT, pins, tools


def test_every_bound_becomes_a_version():
    project = {
        "dependencies": ["numpy>=1.26,<3", "typer >= 0.16,<1", "ray[data]>=2.55,<2.64", "torch==2.13.0"],
        "optional-dependencies": {
            "cpu": ["onnxruntime>=1.18,<2,!=1.20.0"],
            "serve": ["uvloop>=0.19; sys_platform != 'win32'"],
        },
    }
    assert pins(project, ["cpu", "serve"]) == [
        "numpy==1.26",
        "typer==0.16",
        "ray[data]==2.55",
        "torch==2.13.0",
        "onnxruntime==1.18",
        "uvloop==0.19 ; sys_platform != 'win32'",
    ]


def test_what_has_no_lower_bound_is_named():
    with pytest.raises(ValueError, match="'numpy<3' has no lower bound"):
        pins({"dependencies": ["numpy<3"], "optional-dependencies": {}}, [])


def test_tools_stay_as_new_as_their_bounds_allow():
    project = {"optional-dependencies": {"dev": ["pytest>=8,<10", "moto[s3,server]>=5,<6", "pytest-timeout>=2.3,<3"]}}
    assert tools(project, ["pytest", "moto"]) == ["pytest>=8,<10", "moto[s3,server]>=5,<6"]
    with pytest.raises(ValueError, match="no 'hypothesis'; it has pytest, moto, pytest-timeout"):
        tools(project, ["hypothesis"])


def test_every_dependency_of_the_package_has_one():
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    assert len(pins(project, list(project["optional-dependencies"]))) > 40
