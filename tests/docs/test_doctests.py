"""The examples in docstrings give what they show."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import vnlp_colab

HEAVY = {"vnlp_colab.ray": "ray", "vnlp_colab.spark": "pyspark"}
"""Packages that cannot be imported without what they need, which only the long tests have."""
ROOT = Path(vnlp_colab.__file__).parent
MODULES = sorted(
    ".".join(("vnlp_colab", *path.relative_to(ROOT).with_suffix("").parts))
    for path in ROOT.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def case(name: str) -> Any:
    return pytest.param(name, marks=[pytest.mark.slow] if needs(name) else [])


def needs(name: str) -> str | None:
    return next((module for package, module in HEAVY.items() if name.startswith(package)), None)


@pytest.mark.parametrize("name", map(case, MODULES))
def test_examples_give_what_they_show(name: str) -> None:
    if module := needs(name):
        pytest.importorskip(module)
    found = doctest.testmod(import_module(name))
    assert found.failed == 0


def test_there_are_examples() -> None:
    assert len(MODULES) > 5
