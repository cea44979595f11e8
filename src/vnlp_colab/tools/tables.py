"""The text tools' tables, each loaded once a process, when it is first needed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vnlp_colab.text.deasciify import Deasciifier
    from vnlp_colab.text.typos import TypoCorrector

_TEXT = "TextResources"
_SPELLING = "SpellingResources"


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


@cache
def spelling_lexicon() -> frozenset[str]:
    """The known words, in lower case."""
    return frozenset(_read(_SPELLING, "lexicon.json"))


@cache
def typo_corrector() -> TypoCorrector:
    """The corrector with the published lexicon, word frequencies and morphological tables."""
    from vnlp_colab.models.morphology.analyser import UNKNOWN, AnalyserTables, LookupAnalyser
    from vnlp_colab.store import bundle
    from vnlp_colab.text.typos import TypoCorrector

    found = bundle(_SPELLING)
    analyser = LookupAnalyser(AnalyserTables.from_json(found.path("analyser.json").read_bytes()))
    return TypoCorrector(
        lexicon=spelling_lexicon(),
        frequent=found.read_json("frequent.json"),
        readings=lambda word: [reading for reading in analyser.candidates(word) if reading.tags != UNKNOWN],
    )


def _read(model: str, filename: str) -> Any:
    # The store is imported at first use, so that importing a tool stays cheap.
    from vnlp_colab.store import bundle

    return bundle(model).read_json(filename)
