"""Annotated sentences as responses. The forms themselves are the library's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from vnlp_colab.pipeline.columns import result_columns
from vnlp_colab.pipeline.conllu import Blocks
from vnlp_colab.pipeline.plan import make_plan
from vnlp_colab.results import Sentence
from vnlp_colab.service.models import Choice
from vnlp_colab.service.problems import Problem

CONLLU_TYPE = "text/plain; charset=utf-8"

# displaCy's styles, and the task that fills each.
_STYLES = {"dep": "dep", "ent": "ner"}


class Format(StrEnum):
    """The forms of an answer."""

    JSON = "json"
    CONLLU = "conllu"
    DISPLACY = "displacy"


def columns_of(choice: Choice) -> tuple[str, ...]:
    """Return the columns that the models of a choice fill."""
    return result_columns(make_plan(choice))


def check_format(form: Format, choice: Choice) -> None:
    """Raise ``Problem`` (422) if nothing that the models of a choice find can be told in a form."""
    if form == Format.DISPLACY and not drawn(choice):
        needed = " or ".join(_STYLES.values())
        raise Problem(422, f"body.format: displacy draws what {needed} finds; add one to the models, or ask for json")


def drawn(names: Sequence[str]) -> list[str]:
    """Return those of some models, or tasks, that displaCy draws the results of."""
    return [name for name in names if name.partition(":")[0] in _STYLES.values()]


def json_answer(choice: Choice, sentences: Sequence[Sentence]) -> bytes:
    """Return the sentences as JSON."""
    return _json(choice, [sentence.to_dict() for sentence in sentences])


def conllu_answer(sentences: Sequence[Sentence]) -> bytes:
    """Return the sentences as CoNLL-U, named by their number in the request; those without tokens are counted there."""
    blocks = Blocks()
    parts = [blocks.add(sentence, str(number)) for number, sentence in enumerate(sentences, start=1)]
    return "".join([*parts, blocks.end()]).encode()


def displacy_answer(choice: Choice, sentences: Sequence[Sentence]) -> bytes:
    """Return the sentences as what displaCy draws with ``manual=True``: ``dep`` and ``ent``, where models ran."""
    styles = [style for style, task in _STYLES.items() if any(name.startswith(f"{task}:") for name in choice)]
    return _json(choice, [{style: sentence.to_displacy(style) for style in styles} for sentence in sentences])


def _json(choice: Choice, sentences: list[dict[str, Any]]) -> bytes:
    models = dict(name.split(":", 1) for name in choice)
    return json.dumps({"models": models, "sentences": sentences}, ensure_ascii=False).encode()
