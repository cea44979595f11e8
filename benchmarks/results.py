"""Keeps what was measured, and writes the page and its plots from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.render import gpu, page, plots, summary, tables, targets

_FOLDER = "performance"


class Results:
    """The results in a folder: ``performance/results.json``, its plots beside it, and ``performance.md``.

    Args:
        output: The folder.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self._folder = output / _FOLDER
        self.json_path = self._folder / "results.json"
        self.page_path = output / "performance.md"

    def keep(self, key: str, about: Mapping[str, Any], found: Any) -> None:
        """Put one section's results in the place of its last ones.

        Args:
            key: The suite and the section.
            about: What they were measured on and how.
            found: The results.
        """
        kept = self._read()
        kept[key] = {**about, "found": found}
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        draft = self.json_path.with_suffix(".tmp")
        draft.write_text(text + "\n", encoding="utf-8")
        # In one step, so that whoever stops the run loses one section at most.
        draft.replace(self.json_path)

    def has(self, key: str, asked: Mapping[str, Any]) -> bool:
        """Whether a section has been measured on the code that is here now, with the same settings."""
        entry = self._read().get(key)
        return entry is not None and entry.get("code") == machine.code() and entry.get("asked") == asked

    def render(self) -> None:
        """Write all tables and plots into the page, between their markers."""
        kept = self._read()
        images = {key: plots.draw(self._folder, key, _parts(key)[1], entry["found"]) for key, entry in kept.items()}
        names = {key: [f"{_FOLDER}/{image.name}" for image in drawn] for key, drawn in images.items()}
        page.write(self.page_path, blocks(kept, names))

    def _read(self) -> dict[str, Any]:
        if not self.json_path.is_file():
            return {}
        found: dict[str, Any] = json.loads(self.json_path.read_text(encoding="utf-8"))
        return found


def blocks(kept: Mapping[str, Any], images: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What the page says of the results, by the names of its markers.

    Args:
        kept: The results, by suite and section.
        images: The plots of each, as the page links to them.
    """
    found = {"summary": summary.block(kept), "targets": targets.block(kept), "gpu": gpu.verdict(kept)}
    for key, entry in kept.items():
        found[key] = tables.block(*_parts(key), entry, images.get(key, ()))
    return found


def _parts(key: str) -> tuple[str, str]:
    """The suite and the section."""
    suite, _, section = key.partition("-")
    return suite, section
