"""Keeps what was measured, and writes the page and its plots from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.render import page, plots, tables

_FOLDER = "performance"


class Results:
    """The results in a folder: ``performance/results.json``, its plots beside it, and ``performance.md``.

    Args:
        output: The folder.
    """

    def __init__(self, output: Path) -> None:
        self._folder = output / _FOLDER
        self.json_path = self._folder / "results.json"
        self.page_path = output / "performance.md"

    def keep(self, key: str, found: Any, notes: list[str]) -> None:
        """Put one section's results in the place of its last ones, with what they were measured on."""
        kept = self._read()
        kept[key] = {**machine.describe(), "notes": notes, "found": found}
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        self.json_path.write_text(text + "\n", encoding="utf-8")

    def render(self) -> None:
        """Write all tables and plots into the page, between their markers."""
        # Through JSON once, so that fresh results and those read later look the same.
        kept = self._read()
        blocks = {}
        for key, entry in kept.items():
            suite, section = key.split("-", 1)
            images = plots.draw(self._folder, key, section, entry["found"])
            blocks[key] = tables.block(suite, section, entry, [f"{_FOLDER}/{image.name}" for image in images])
        page.write(self.page_path, blocks)

    def _read(self) -> dict[str, Any]:
        if not self.json_path.is_file():
            return {}
        found: dict[str, Any] = json.loads(self.json_path.read_text(encoding="utf-8"))
        return found
