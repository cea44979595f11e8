"""Streams texts through the models: window by window, batch by batch, the order of the input restored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.annotator import Annotator
from vnlp_colab.pipeline.loaders import Loader, Window
from vnlp_colab.results import Sentence

# Batches that are sorted by length together. More make batches more even, fewer let results out sooner.
_BATCHES_IN_WINDOW = 8


class Runs(Protocol):
    """What streams texts through the models, here or in other processes."""

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
    """

    def __init__(self, annotator: Annotator, loader: Loader) -> None:
        self.annotator = annotator
        self._loader = loader

    def run(
        self,
        texts: Iterable[object],
        batch_size: int,
        done: Callable[[int], object] | None = None,
        number: Callable[[int], int] | None = None,
    ) -> Iterator[Sentence]:
        """Yield one result a text, in the order of the texts, which are drawn as results are.

        Args:
            texts: Texts; ``None`` and NaN count as empty.
            batch_size: How many texts the models are handed at once. Results do not depend on it.
            done: Called with the number of texts after each batch.
            number: Turns a text's position into the number of its row, for messages; not needed here, where errors
                carry the position.

        Raises:
            InputError: If an item is not text or a model refuses one; it names the item's 0-based position.
        """
        check_batch_size(batch_size)
        for window in self._loader(texts, batch_size * _BATCHES_IN_WINDOW, batch_size):
            yield from self._window(window, done or (lambda count: None))

    def _window(self, window: Window, done: Callable[[int], object]) -> list[Sentence]:
        results = [self.annotator.empty(text) for text in window.texts]
        done(len(results) - sum(map(len, window.batches)))
        for batch in window.batches:
            for index, sentence in zip(batch, self._batch(window, batch), strict=True):
                results[index] = sentence
            done(len(batch))
        return results

    def _batch(self, window: Window, batch: list[int]) -> list[Sentence]:
        texts = [window.texts[index] for index in batch]
        tokens = [window.tokens[index] for index in batch]
        try:
            return self.annotator.annotate(texts, tokens)
        except InputError as error:
            if len(batch) == 1:
                raise InputError(error.reason, row=window.first + batch[0]) from error
            # A model speaks of its batch, not of the stream: run the texts one by one to learn which it was.
            return [sentence for index in batch for sentence in self._batch(window, [index])]


def check_batch_size(batch_size: int) -> None:
    """Raise ``InputError`` unless ``batch_size`` is a whole number above 0."""
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size must be a whole number above 0, not {batch_size!r}")
