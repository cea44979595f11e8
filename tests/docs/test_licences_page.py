"""The table of models in docs/licences.md is the catalog's."""

from __future__ import annotations

import re
from pathlib import Path

from vnlp_colab import catalog
from vnlp_colab.catalog.spec import Bundled, Member, ModelSpec, Source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "licences.md"


def origin(source: Source) -> str:
    if isinstance(source, Bundled):
        return "this package"
    return f"vngrs-nlp {source.wheel.version}" if isinstance(source, Member) else "VNGRS's bucket"


def row(model: ModelSpec) -> str:
    task = "shared part" if model.task is None else f"`{model.task}`"
    if model.task is not None and catalog.default_for(model.task) == model.name:
        task += ", default"
    origins = ", ".join(sorted({origin(source) for _, source in model.sources}))
    return f"| `{model.name}` | {task} | {model.description} | {origins} | {model.licence} |"


def test_every_model_has_its_row():
    shown = re.findall(r"^\| `.*\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(shown) == sorted(row(model) for model in catalog.models() if model.variant_of is None)
