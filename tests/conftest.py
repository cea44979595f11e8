"""Fixtures that every test folder shares."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def _shared_root() -> Path:
    return Path(os.environ.get("VNLP_COLAB_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of golden outputs and data; without it a test skips, or fails where it is required."""
    root = _shared_root()
    if not (root / "golden").is_dir():
        reason = f"no shared golden outputs at {root} (set VNLP_COLAB_SHARED)"
        if os.environ.get("VNLP_COLAB_REQUIRE_SHARED") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return root


@pytest.fixture(scope="session")
def golden_classic(shared_dir: Path) -> list[dict[str, Any]]:
    """Upstream 0.1.4.4's outputs, one dict a text."""
    with (shared_dir / "golden" / "classic.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
