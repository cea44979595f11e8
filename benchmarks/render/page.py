"""A page that people write, with blocks that the program writes between markers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.render import marked
from benchmarks.render.marked import Marks

_HEAD = """# Performance

What stands between the markers of this page is written by `python -m benchmarks`, from `performance/results.json`.
"""


def write(path: Path, blocks: Mapping[str, str]) -> None:
    """Replace what stands between each block's markers; a block without markers goes to the end.

    Args:
        path: The page, which is made if it is not there.
        blocks: Text by name.

    Raises:
        ValueError: One of a block's markers is there, but not both, once each and in order.
    """
    parts = {
        Marks(f"<!-- bench:{name} -->", f"<!-- bench:{name} end -->"): block.strip() for name, block in blocks.items()
    }
    marked.write(path, parts, absent="", head=_HEAD)
