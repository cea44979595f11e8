"""Streams texts through the models: window by window, batch by batch, the order of the input restored."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Protocol

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.annotator import Annotator
from vnlp_colab.pipeline.gate import KNOWN, Gate, Rules, acquit_models, concerns_rows, name_row
from vnlp_colab.pipeline.limits import megabytes
from vnlp_colab.pipeline.loaders import Loader, Window
from vnlp_colab.results import Sentence
from vnlp_colab.runtime.forking import in_one_process
from vnlp_colab.text.tokenise import TreebankWordTokenize

# Batches that are sorted by length together. More make batches more even, fewer let results out sooner.
_BATCHES_IN_WINDOW = 8


class Runs(Protocol):
    """What streams texts through the models, here or in other processes.

    Attributes:
        rules: How rows are treated that are too large, or that the models fail over.
    """

    rules: Rules

    def run(
        self,
        texts: Iterable[object],
        batch_size: int,
        done: Callable[[int], object] | None = None,
        number: Callable[[int], int] | None = None,
    ) -> Iterator[Sentence]:
        """Yield one result a text, in order; arguments as ``Runner.run`` has them."""


class Runner:
    """Annotates any number of texts in constant memory.

    Args:
        annotator: The models.
        loader: Cuts the stream of texts into tokenised windows of batches.
        rules: How rows are treated that are too large, or that the models fail over.
    """

    def __init__(self, annotator: Annotator, loader: Loader, rules: Rules | None = None) -> None:
        self.annotator = annotator
        self._loader = loader
        self.rules = rules or Rules()
        self._known: tuple[str, list[str]] | None = None

    @in_one_process
    def run(
        self,
        texts: Iterable[object],
        batch_size: int,
        done: Callable[[int], object] | None = None,
        number: Callable[[int], int] | None = None,
    ) -> Generator[Sentence, None, None]:
        """Yield one result a text, in the order of the texts, which are drawn as results are.

        Args:
            texts: Texts; ``None`` and NaN count as empty.
            batch_size: How many texts the models are handed at once. Results do not depend on it.
            done: Called with the number of texts after each batch.
            number: Turns a text's position into the number of its row, for notes on errors of the models.

        Raises:
            InputError: If an item is not text, too large, or a model refuses it; it names the item's 0-based position.
            WorkerError: If a forked child asks for more of a run that its parent has begun.
            Exception: Whatever else a model raised, with a note that names the row.
        """
        try:
            yield from self.run_from(0, texts, batch_size, done)
        except Exception as error:
            name_row(error, number)
            raise

    def run_from(
        self, first: int, texts: Iterable[object], batch_size: int, done: Callable[[int], object] | None = None
    ) -> Iterator[Sentence]:
        """Do the work of ``run`` for texts of which the first has the position ``first``; errors get no notes."""
        check_batch_size(batch_size)
        gate = Gate(self.rules, first)
        for window in self._loader(gate.admit(texts), batch_size * _BATCHES_IN_WINDOW, batch_size):
            yield from self._window(window._replace(first=window.first + first), done or (lambda count: None), gate)

    def _window(self, window: Window, done: Callable[[int], object], gate: Gate) -> list[Sentence]:
        results = [
            gate.result(place, self.annotator.empty(text)) for place, text in enumerate(window.texts, window.first)
        ]
        done(len(results) - sum(map(len, window.batches)))
        for index, error in (window.failures or {}).items():
            results[index] = self._failed(window.first + index, window.texts[index], error, gate)
        for batch in window.batches:
            for part in self._packed(window, batch, gate, results):
                for index, sentence in zip(part, self._batch(window, part, gate), strict=True):
                    results[index] = sentence
            done(len(batch))
        return results

    def _packed(self, window: Window, batch: list[int], gate: Gate, results: list[Sentence]) -> Iterator[list[int]]:
        """Divide a batch that would need too much memory; rows beyond the limits get their results here."""
        limits = self.rules.limits
        part: list[int] = []
        used = 0.0
        for index in batch:
            need = megabytes(self.annotator.need, window.tokens[index])
            try:
                limits.check_row(len(window.tokens[index]), need)
            except InputError as error:
                results[index] = gate.failed(window.first + index, window.texts[index], error)
                continue
            if part and used + need > limits.memory:
                yield part
                part, used = [], 0.0
            part.append(index)
            used += need
        if part:
            yield part

    def _batch(self, window: Window, batch: list[int], gate: Gate) -> list[Sentence]:
        texts = [window.texts[index] for index in batch]
        tokens = [window.tokens[index] for index in batch]
        try:
            found = self.annotator.annotate(texts, tokens)
        except Exception as error:
            # Whatever a model raises: a row is to blame, and the others must not suffer from it.
            if not concerns_rows(error):
                raise
            if len(batch) == 1:
                return [self._failed(window.first + batch[0], texts[0], error, gate)]
        else:
            if self._known is None or len(tokens[0]) < len(self._known[1]):
                self._known = texts[0], tokens[0]
            return found
        # A model speaks of its batch, not of the stream, and memory that a batch lacks its halves may have.
        half = len(batch) // 2
        return [sentence for part in (batch[:half], batch[half:]) for sentence in self._batch(window, part, gate)]

    def _failed(self, position: int, text: str, error: Exception, gate: Gate) -> Sentence:
        """Return the result of a row over which something was raised, once it is sure that the row is to blame."""
        if self.rules.skips:
            acquit_models(error, position, self._again)
        return gate.failed(position, text, error)

    def _again(self) -> None:
        """Annotate a text that went well before, the shortest that has, or else a sentence that every model can."""
        text, tokens = self._known or (KNOWN, TreebankWordTokenize(KNOWN))
        self.annotator.annotate([text], [tokens])


def check_batch_size(batch_size: int) -> None:
    """Raise ``InputError`` unless ``batch_size`` is a whole number above 0."""
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size must be a whole number above 0, not {batch_size!r}")
