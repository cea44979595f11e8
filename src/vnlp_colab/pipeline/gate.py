"""Which rows the models get to see, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from vnlp_colab.errors import InputError, ModelError, VNLPError, WorkerError
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.loaders import as_text
from vnlp_colab.results import Failure, Sentence

RAISE = "raise"
SKIP = "skip"
ON_ERROR = (RAISE, SKIP)

ROW_MARK = "_vnlp_colab_row"
"""The attribute of an error that holds the position of the row over which a model raised it."""

KNOWN = "Bugün hava çok güzel."
"""A sentence that every model can annotate."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows are treated.

    Attributes:
        on_error: ``"raise"`` ends the run at a row that cannot be annotated, ``"skip"`` leaves it without results.
        limits: What rows and batches may be.
    """

    on_error: str = RAISE
    limits: Limits = field(default_factory=Limits)

    @property
    def skips(self) -> bool:
        """Whether rows may fail."""
        return self.on_error == SKIP

    def facts(self) -> dict[str, Any]:
        """Return the rules as JSON has them."""
        return {"on_error": self.on_error, **{f"limit of {name}": value for name, value in asdict(self.limits).items()}}


class Gate:
    """Stands before the models for one run.

    Args:
        rules: How rows are treated.
        first: The position of the first text.
    """

    def __init__(self, rules: Rules, first: int = 0) -> None:
        self.rules = rules
        self._first = first
        self._refused: dict[int, Sentence] = {}

    def admit(self, texts: Iterable[object]) -> Iterator[str]:
        """Yield the texts; in the place of one that is refused, an empty one.

        Raises:
            InputError: One is not text or too long, unless such rows are skipped.
        """
        for position, item in enumerate(texts, self._first):
            try:
                text = as_text(item, position)
                self.rules.limits.check_text(text)
            except InputError as error:
                self._refused[position] = self.failed(position, str(item) if isinstance(item, str) else "", error)
                text = ""
            yield text

    def result(self, position: int, found: Sentence) -> Sentence:
        """Return what becomes of a text: what was ``found``, unless it was not let in. Asked once for every text."""
        return self._refused.pop(position, found)

    def failed(self, position: int, text: str, error: Exception) -> Sentence:
        """Return the result of a row that cannot be annotated, or raise the error with the row's position."""
        if self.rules.on_error == SKIP:
            reason = error.reason if isinstance(error, InputError) else str(error)
            return Sentence(text, (), failure=Failure(type(error).__name__, reason))
        _raise_for_row(error, position)


def concerns_rows(error: Exception) -> bool:
    """Tell whether an error may be that of some rows: what is said of disks, networks and devices is not."""
    return isinstance(error, InputError) or not isinstance(error, VNLPError | OSError)


def acquit_models(error: Exception, position: int, again: Callable[[], object]) -> None:
    """Make sure that a row is to blame for an error that was not foreseen, before the row is left without results.

    Args:
        error: What the models raised over the row.
        position: The row's position.
        again: Hands the models a sentence that is known to be good.

    Raises:
        ModelError: They fail over that too.
        VNLPError: Whatever it says of the disk or the device.
        OSError: The same.
    """
    if isinstance(error, InputError):
        return
    try:
        again()
    except Exception as second:
        # Of any type, as the first one was.
        if not concerns_rows(second) and not isinstance(second, WorkerError):
            raise
        failure = ModelError(
            f"the models failed over a row ({_told(error)}), and then over a sentence known to be good "
            f"({_told(second)}): no row is to blame. Look at the models, the device and the memory, and start again"
        )
        failure.__dict__[ROW_MARK] = position
        raise failure from error


def name_row(error: Exception, number: Callable[[int], int] | None) -> None:
    """Add to an error that a model has raised which row it was over."""
    position = error.__dict__.pop(ROW_MARK, None)
    if position is not None:
        error.add_note(f"This happened over {row_name(position, number)}.")


def row_name(position: int, number: Callable[[int], int] | None) -> str:
    """Name a row as the file counts them, or by its position."""
    return f"row {number(position)}" if number else f"row {position}, counted from 0"


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")[:300]


def _raise_for_row(error: Exception, position: int) -> NoReturn:
    if isinstance(error, InputError):
        raise InputError(error.reason, row=position) from error.__cause__
    if not isinstance(error, VNLPError):
        # Not an error of another type: whoever reports or handles a bug needs it as it is.
        error.__dict__[ROW_MARK] = position
    raise error
