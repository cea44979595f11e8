"""The columns that annotation adds, in the forms that frames and files hold them in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnlp_colab.catalog import Task
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.results import Failure, Sentence
from vnlp_colab.text.tokenised import TokenisedText

if TYPE_CHECKING:
    import pyarrow as pa

TOKENS = "tokens"

# Every column that can be added, in order, with the tasks that can fill it.
_FILLED_BY: Mapping[str, tuple[Task, ...]] = {
    TOKENS: (),
    "pos": (Task.POS,),
    "feats": (Task.FEATS,),
    "ner": (Task.NER,),
    "dep": (Task.DEP,),
    "morph": (Task.STEMMER,),
    "lemma": (Task.LEMMA, Task.STEMMER),
    "sentiment": (Task.SENTIMENT,),
}


def result_columns(plan: Iterable[Stage]) -> tuple[str, ...]:
    """Return the columns that a run of ``plan`` adds."""
    tasks = {stage.task for stage in plan if stage.wanted}
    return tuple(name for name, able in _FILLED_BY.items() if not able or tasks.intersection(able))


def cell(sentence: Sentence, column: str) -> Any:
    """Return one cell: a list a sentence (``dep``: of ``(head, deprel)`` tuples), or the sentiment.

    A row that failed has ``None``.
    """
    if sentence.failure is not None:
        return None
    value = getattr(sentence, column)
    return list(value) if isinstance(value, tuple) else value


def check_free(existing: Iterable[str], added: Iterable[str], path: Path | None = None) -> None:
    """Raise ``InputError`` if annotation would overwrite a column.

    ``tokens`` may be there already, once, from preprocessing or an earlier run: ``check_tokens`` compares it.
    """
    present = Counter(list(existing))  # of a mapping it would take the values for counts
    for column in added:
        if column == TOKENS and present[column] > 1:
            raise InputError("there is more than one such column; leave one of them", path=path, column=column)
        if column in present and column != TOKENS:
            raise InputError(
                "the annotation would overwrite this column; rename it, or leave out the model that fills it",
                path=path,
                column=column,
            )


def check_tokens(
    existing: Sequence[Any], sentences: Sequence[Sentence], rows: Sequence[int], path: Path | None = None
) -> None:
    """Raise ``InputError`` if a column ``tokens`` holds anything but the tokens of this tokeniser."""
    for value, sentence, row in zip(existing, sentences, rows, strict=True):
        if sentence.failure is None and _as_list(value) != list(sentence.tokens):
            raise InputError(
                "the annotation would overwrite this column, and it holds other tokens; rename it",
                path=path,
                row=row,
                column=TOKENS,
            )


def _as_list(value: Any) -> list[Any] | None:
    """Return a cell of tokens as a list: from a list, an array, or the JSON that CSV files hold."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return list(value) if hasattr(value, "__len__") and not isinstance(value, str | dict) else None


def arrow_fields(columns: Iterable[str]) -> list[pa.Field]:
    """Return the Arrow fields of added columns: lists of strings, ``dep`` of structs, sentiment a double."""
    import pyarrow as pa

    arc = pa.struct([pa.field("head", pa.int32()), pa.field("deprel", pa.string())])
    kinds = {"dep": pa.list_(arc), "sentiment": pa.float64()}
    return [pa.field(name, kinds.get(name, pa.list_(pa.string()))) for name in columns]


def arrow_array(field: pa.Field, sentences: Sequence[Sentence]) -> pa.Array:
    """Return the Arrow column of ``field`` for ``sentences``."""
    from vnlp_colab.pipeline.arrays import array_of

    return array_of([cell(sentence, field.name) for sentence in sentences], field.type)


def sentence_of(text: str, row: Mapping[str, Any], failure: Failure | None = None) -> Sentence:
    """Return the result that a row of added columns was made of; the inverse of ``arrow_array``.

    Args:
        text: The row's text.
        row: The cells, by column.
        failure: Why there are no results, where there are none.
    """
    if failure is not None:
        return Sentence(text, (), failure=failure)
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    if values.get("dep") is not None:
        values["dep"] = tuple((arc["head"], arc["deprel"]) for arc in values["dep"])
    # Words of multi-word tokens cannot be found in the text.
    return Sentence(text, **values, spans=text.spans if isinstance(text, TokenisedText) else ())
