"""The text tools' tables, each loaded once a process, when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vnlp_colab.text.deasciify import Deasciifier

_TEXT = "TextResources"


@cache
def abbreviations() -> tuple[frozenset[str], frozenset[str]]:
    """Abbreviations after which no sentence ends: always, and before figures."""
    found = _read(_TEXT, "abbreviations.json")
    return frozenset(found["always"]), frozenset(found["before_figures"])


@cache
def stop_words() -> tuple[str, ...]:
    """The fixed list of stop words."""
    return tuple(_read(_TEXT, "stop_words.json"))


@cache
def deasciifier() -> Deasciifier:
    """The deasciifier with the published patterns."""
    from vnlp_colab.text.deasciify import Deasciifier

    return Deasciifier(_read(_TEXT, "deasciifier.json"))


def _read(model: str, filename: str) -> Any:
    # The store is imported at first use, so that importing a tool stays cheap.
    from vnlp_colab.store import bundle

    return bundle(model).read_json(filename)
