"""Pages that people write, with parts between two marks that programs write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Marks(NamedTuple):
    """What stands around a part.

    Attributes:
        begin: Stands before the part, once in the page.
        end: Stands after it, once in the page.
    """

    begin: str
    end: str


def write(page: Path, parts: Mapping[Marks, str], *, absent: str | None = None, head: str | None = None) -> None:
    """Replace what stands between marks; all else in the page stays.

    Args:
        page: The page.
        parts: What is to stand between each pair of marks, on lines of its own.
        absent: What goes before the marks that the page lacks, which come with their part at its end; without it a
            page that lacks marks is an error.
        head: What a page begins with that is not there; without it the page must be there.

    Raises:
        FileNotFoundError: The page is not there, and no head is given.
        ValueError: A pair of marks is not in the page once each and in order. Nothing has been written.
    """
    text = head if head is not None and not page.is_file() else page.read_text(encoding="utf-8")
    for marks, content in parts.items():
        if absent is not None and marks.begin not in text and marks.end not in text:
            text = "\n\n".join(filter(None, (text.rstrip(), absent, f"{marks.begin}\n{marks.end}"))) + "\n"
        before, _, rest = text.partition(marks.begin)
        _, found, after = rest.partition(marks.end)
        if not found or text.count(marks.begin) != 1 or text.count(marks.end) != 1:
            raise ValueError(f"{page} must have {marks.begin} and, after it, {marks.end}, once each")
        text = f"{before}{marks.begin}\n{content}\n{marks.end}{after}"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
