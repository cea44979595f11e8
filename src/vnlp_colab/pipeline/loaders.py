"""Turn a stream of texts into tokenised windows of batches, the next ones while the models work on the last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.unfit import Unfit
from vnlp_colab.text.tokenise import TreebankWordTokenize
from vnlp_colab.text.tokenised import TokenisedText

# Windows that may wait, tokenised, for the models: enough to hide the tokeniser, few enough to bound memory.
AHEAD = 2

# Characters in a window after which it takes no more texts: tokens need many times their memory. So many sentences are
# more than a window's, and documents of this length fill the models' batches alone.
WINDOW_CHARACTERS = 1 << 20

# Texts in the first window; each next one has twice as many, up to the full size. Whoever waits for the first result
# waits for few texts, and a long run soon has full windows.
FIRST_WINDOW = 4

_TF_DATA = "tf.data"


class Window(NamedTuple):
    """A stretch of texts that is sorted, batched and put back into order as one.

    Attributes:
        first: Position of its first text in the stream.
        texts: The texts; a missing one is the empty string.
        tokens: The tokens of each text.
        batches: Places in this window of the texts that go through the models together. Each text that has tokens
            is in one of them, the others in none.
        failures: What the tokeniser raised over texts, by their places; these have no tokens.
    """

    first: int
    texts: list[str]
    tokens: list[list[str]]
    batches: list[list[int]]
    failures: dict[int, Exception] | None = None


class Tokenised(NamedTuple):
    """The texts of a window, the tokens of each, and what was raised over some, by their places."""

    texts: list[str]
    tokens: list[list[str]]
    failures: dict[int, Exception]


# Called with the texts, the length of a window, and the length of a batch.
Loader = Callable[[Iterable[object], int, int], Iterator[Window]]


def loader(name: str, workers: int | None = None) -> Loader:
    """Return the loader called ``name``, for a pipeline with so many worker processes.

    Raises:
        InputError: If there is none, the message lists those that there are; or if it has no part in workers.
        MissingExtra: If it is ``"tf.data"``, and TensorFlow is not installed.
    """
    if name == _TF_DATA:
        if workers:
            raise InputError(
                'loader="tf.data" has no part in worker processes, which prepare their own batches: '
                "leave out the loader (--loader) or the workers (--workers)"
            )
        from vnlp_colab.pipeline import tf_data

        tf_data.tensorflow()
        return tf_data.prefetch
    if name not in _LOADERS:
        raise InputError(f"there is no loader {name!r}; known: {', '.join((*_LOADERS, _TF_DATA))}")
    return _LOADERS[name]


def tokenise(first: int, items: Sequence[object]) -> Tokenised:
    """Return the texts of one window and the tokens of each: those that it came with, or the tokeniser's.

    Raises:
        InputError: If an item is neither text nor missing; it names the item's position.
    """
    texts = [as_text(item, first + offset) for offset, item in enumerate(items)]
    try:
        return Tokenised(texts, [_tokens(text) for text in texts], {})
    except Exception:
        # Whatever it is, memory that was wanting included: one by one, so that each text has its own.
        tokens, failures = [], {}
        for place, text in enumerate(texts):
            try:
                tokens.append(_tokens(text))
            except Exception as error:
                tokens.append([])
                failures[place] = error
    return Tokenised(texts, tokens, failures)


def _tokens(text: str) -> list[str]:
    return list(text.tokens) if isinstance(text, TokenisedText) else TreebankWordTokenize(text)


def prepare(first: int, items: Sequence[object], batch_size: int) -> Window:
    """Tokenise one window, and batch it: the texts sorted by length, so that those of a batch have like lengths.

    Raises:
        InputError: As ``tokenise`` does.
    """
    texts, tokens, failures = tokenise(first, items)
    filled = sorted((place for place, row in enumerate(tokens) if row), key=lambda place: len(tokens[place]))
    batches = [filled[start : start + batch_size] for start in range(0, len(filled), batch_size)]
    return Window(first, texts, tokens, batches, failures)


def prefetch(texts: Iterable[object], size: int, batch_size: int) -> Iterator[Window]:
    """Yield windows of up to ``size`` texts; a thread tokenises the next ones while the caller works.

    The caller's own thread draws from ``texts``: an iterable may be bound to the thread that made it (a
    database cursor), and a source that blocks stays interruptible. If it fails, what it gave before is
    yielded first. The thread ends with the generator.
    """
    source = iter(texts)
    first = 0
    failure: Exception | None = None
    ended = False
    pending: deque[Future[Window]] = deque()
    width = min(size, FIRST_WINDOW)
    pool = ThreadPoolExecutor(1, thread_name_prefix="vnlp-colab-prefetch")
    try:
        while pending or not ended:
            if not ended:
                items, failure, ended = take(source, width)
                width = min(size, 2 * width)
                if items:
                    pending.append(pool.submit(prepare, first, items, batch_size))
                    first += len(items)
            if len(pending) > (0 if ended else AHEAD):
                yield pending.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(cancel_futures=True)


def at_once(texts: Iterable[object], size: int, batch_size: int) -> Iterator[Window]:
    """Yield windows of ``size`` texts, each prepared when it is asked for: for few texts that are all at hand.

    There is no thread to start, and no small first windows, which would split what fits one batch.
    """
    source = iter(texts)
    first = 0
    while True:
        items, failure, ended = take(source, size)
        if items:
            yield prepare(first, items, batch_size)
        if failure is not None:
            raise failure
        if ended:
            return
        first += len(items)


class Taken(NamedTuple):
    """Items of a source, the error that stopped it, if one did, and whether it has ended."""

    items: list[object]
    failure: Exception | None
    ended: bool


def take(source: Iterator[object], size: int) -> Taken:
    """Draw up to ``size`` items, or fewer if these are long texts."""
    items: list[object] = []
    characters = 0
    try:
        for item in source:
            items.append(item)
            if isinstance(item, str):
                characters += len(item)
            if len(items) == size or characters >= WINDOW_CHARACTERS:
                return Taken(items, None, False)
    except Exception as error:
        # Whatever a stranger's iterator raises: it is raised again, after the items that came before it.
        return Taken(items, error, True)
    return Taken(items, None, True)


def as_text(item: object, position: int) -> str:
    """Return ``item`` as text: missing (``None``, NaN) is empty.

    Raises:
        InputError: If it is neither, or stands for what is no text; it names the position.
    """
    if isinstance(item, str):
        if isinstance(item, Unfit):
            raise InputError(item.reason, row=position)
        return item
    if item is None or (isinstance(item, float) and item != item):
        return ""
    raise InputError(f"expected text, found {type(item).__name__} {item!r:.60}", row=position)


# "auto" is the faster one by benchmarks/loaders.py. Alone threads are faster by far; in front of models, which take
# longer than either, the two come out even.
_LOADERS: dict[str, Loader] = {"auto": prefetch, "threads": prefetch, "none": at_once}
