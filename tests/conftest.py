"""Fixtures that every test folder shares."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from counting import Counted

REPOSITORY = Path(__file__).resolve().parents[1]
# As root Chromium has no sandbox; the others keep it from calling its makers.
_CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


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


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Iterator[Counted]:
    """Counts faults and rows; ``python -m benchmarks.reliability`` adds the counts up."""
    counts = Counted()
    yield counts
    record_property("faults", counts.faults)
    if counts.rows:
        for name in ("rows", "lost", "wrong"):
            record_property(name, getattr(counts, name))


@pytest.fixture
def one_fault(record_property: Callable[[str, object], None]) -> None:
    """For a test that brings about one fault, and compares no rows: counts it, as ``counted`` does."""
    record_property("faults", 1)


@pytest.fixture
def make_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Make a file system of a size (``"1m"``); without the right to mount one, a test skips.

    What needs no such right is tested in tests/faults/test_file_limits.py.
    """
    with ExitStack() as mounted:

        def make(size: str) -> Path:
            folder = tmp_path / f"disk-{size}"
            folder.mkdir()
            command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
            try:
                done = subprocess.run(command, capture_output=True, text=True)
            except OSError as error:
                pytest.skip(f"no mount command: {error}")
            if done.returncode != 0:
                pytest.skip(f"may not mount a tmpfs: {done.stderr.strip()}")
            mounted.callback(subprocess.run, ["umount", str(folder)], check=True)
            return folder

        yield make


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright; without either a test skips, or fails where they are required."""
    lacking = pytest.fail if os.environ.get("VNLP_COLAB_REQUIRE_BROWSER") == "1" else pytest.skip
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        lacking("no Chromium is installed (on Debian: apt install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("Playwright is not installed (the extra 'e2e')")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=list(_CHROMIUM_FLAGS))
        yield found
        found.close()
