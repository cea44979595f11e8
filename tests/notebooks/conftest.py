"""The quickstart notebook, as it lies in the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "quickstart.ipynb"


@pytest.fixture(scope="session")
def quickstart() -> dict[str, Any]:
    """The notebook's JSON."""
    notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return notebook


@pytest.fixture(scope="session")
def code(quickstart: dict[str, Any]) -> dict[str, str]:
    """The source of each code cell, by the cell's id, in order."""
    return {cell["id"]: "".join(cell["source"]) for cell in quickstart["cells"] if cell["cell_type"] == "code"}
