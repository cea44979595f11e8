"""A page that people write, with blocks that the program writes between markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_HEAD = """# Performance

What stands between the markers of this page is written by `python -m benchmarks`, from `performance/results.json`.
"""


def write(path: Path, blocks: Mapping[str, str]) -> None:
    """Replace what stands between each block's markers; a block without markers goes to the end.

    Args:
        path: The page, which is made if it is not there.
        blocks: Text by name.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else _HEAD
    for name, block in blocks.items():
        marked = f"<!-- bench:{name} -->\n{block.strip()}\n<!-- bench:{name} end -->"
        pattern = re.compile(f"<!-- bench:{re.escape(name)} -->.*?<!-- bench:{re.escape(name)} end -->", re.DOTALL)
        # A function, because a replacement text's backslashes would be read as escapes.
        text, count = pattern.subn(lambda _, new=marked: new, text)  # type: ignore[misc]
        if count == 0:
            text = f"{text.rstrip()}\n\n{marked}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
