"""Turn a stream of texts into tokenised windows, the next ones while the models work on the last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from vnlp_colab.errors import InputError
from vnlp_colab.text.tokenise import TreebankWordTokenize

# Windows that may wait, tokenised, for the models: enough to hide the tokeniser, few enough to bound memory.
_AHEAD = 2


class Window(NamedTuple):
    """A stretch of texts that is sorted, batched and put back into order as one.

    Attributes:
        first: Position of its first text in the stream.
        texts: The texts; a missing one is the empty string.
        tokens: The tokens of each text.
    """

    first: int
    texts: list[str]
    tokens: list[list[str]]


Loader = Callable[[Iterable[object], int], Iterator[Window]]


def loader(name: str) -> Loader:
    """Return the loader called ``name``.

    Raises:
        InputError: If there is none; the message lists those that there are.
    """
    if name not in _LOADERS:
        raise InputError(f"there is no loader {name!r}; known: {', '.join(_LOADERS)}")
    return _LOADERS[name]


def prepare(first: int, items: Sequence[object]) -> Window:
    """Tokenise one window.

    Raises:
        InputError: If an item is neither text nor missing; it names the item's position.
    """
    texts = [_text(item, first + offset) for offset, item in enumerate(items)]
    return Window(first, texts, [TreebankWordTokenize(text) for text in texts])


def prefetch(texts: Iterable[object], size: int) -> Iterator[Window]:
    """Yield windows of ``size`` texts; a thread tokenises the next ones while the caller works.

    The caller's own thread draws from ``texts``: an iterable may be bound to the thread that made it (a
    database cursor), and a source that blocks stays interruptible. If it fails, what it gave before is
    yielded first. The thread ends with the generator.
    """
    source = iter(texts)
    first = 0
    failure: Exception | None = None
    ended = False
    pending: deque[Future[Window]] = deque()
    pool = ThreadPoolExecutor(1, thread_name_prefix="vnlp-colab-prefetch")
    try:
        while pending or not ended:
            if not ended:
                items, failure = _take(source, size)
                ended = failure is not None or len(items) < size
                if items:
                    pending.append(pool.submit(prepare, first, items))
                    first += len(items)
            if len(pending) > (0 if ended else _AHEAD):
                yield pending.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(cancel_futures=True)


def _take(source: Iterator[object], size: int) -> tuple[list[object], Exception | None]:
    """Draw up to ``size`` items, and the error that stopped the source, if one did."""
    items: list[object] = []
    try:
        for item in source:
            items.append(item)
            if len(items) == size:
                break
    except Exception as error:
        # Whatever a stranger's iterator raises: it is raised again, after the items that came before it.
        return items, error
    return items, None


def _text(item: object, position: int) -> str:
    """Return ``item`` as text: missing (``None``, NaN) is empty."""
    if isinstance(item, str):
        return item
    if item is None or (isinstance(item, float) and item != item):
        return ""
    raise InputError(f"expected text, found {type(item).__name__} {item!r:.60}", row=position)


_LOADERS: dict[str, Loader] = {"auto": prefetch, "threads": prefetch}
