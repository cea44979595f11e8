"""Progress bars."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(total: int, shown: bool) -> Iterator[Callable[[int], object]]:
    """Show a bar of rows for the length of the block; yields a function that moves it on by some rows."""
    if not shown:
        yield lambda rows: None
        return
    from tqdm.auto import tqdm  # asks what kind of notebook this is, which takes time

    with tqdm(total=total, unit=" rows", desc="annotating") as bar:
        yield bar.update
