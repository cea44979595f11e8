"""What feeds the targets of test_fuzz.py: made-up inputs, a limit for each, and a corpus that is kept.

A target that is fed for long is watched: an input that reaches a line of the package which none before it has reached
joins the corpus (``corpus/TARGET.jsonl``, one JSON string a line, bytes as Latin-1), and those that are made up later
are pieces of it put together. ``make test`` tries the whole corpus again, besides some that are new.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import vnlp_colab
from vnlp_colab.errors import VNLPError

SECONDS = float(os.environ.get("VNLP_COLAB_FUZZ_SECONDS", 0))
# Seconds of processor time that one input may take; a hang is what takes longer. What waits and does not work is
# ended by the limit of the test.
LIMIT = 20.0
CORPUS = Path(__file__).parent / "corpus"
PACKAGE = str(Path(vnlp_colab.__file__).parent)
_ENOUGH = 300

Check = Callable[[Any], None]


class Hung(Exception):
    """One input took longer than it may."""


class Refused(Exception):
    """Raised by a target whose reader answers with ``None`` what it refuses."""


class Corpus:
    """The inputs of a target that are worth keeping.

    Args:
        target: The name of the target.
        binary: Whether they are bytes.
        folder: Where they are kept.
    """

    def __init__(self, target: str, binary: bool, folder: Path = CORPUS) -> None:
        self._path = folder / f"{target}.jsonl"
        self._binary = binary
        lines = self._path.read_text("ascii").splitlines() if self._path.exists() else []
        self.inputs: list[Any] = [self._decoded(json.loads(line)) for line in lines]

    def _decoded(self, text: str) -> str | bytes:
        return text.encode("latin-1") if self._binary else text

    def add(self, value: Any) -> None:
        """Keep an input."""
        if value in self.inputs or len(self.inputs) >= _ENOUGH:
            return
        self.inputs.append(value)
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a", encoding="ascii") as lines:
            lines.write(json.dumps(value.decode("latin-1") if self._binary else value) + "\n")

    def spoiled(self) -> st.SearchStrategy[Any]:
        """Inputs of the corpus with a piece of them replaced, by one of another input or by rubbish."""
        rubbish = st.binary(max_size=20) if self._binary else st.text(st.characters(exclude_categories=()), max_size=20)
        inputs = st.sampled_from(self.inputs)

        def cut(value: Any, place: float, length: int) -> Any:
            start = int(place * len(value))
            return value[start : start + length]

        pieces = st.one_of(rubbish, st.builds(cut, inputs, st.floats(0, 1), st.integers(0, 60)))

        def replaced(value: Any, place: float, length: int, piece: Any) -> Any:
            start = int(place * len(value))
            return value[:start] + piece + value[start + length :]

        return st.builds(replaced, inputs, st.floats(0, 1), st.integers(0, 40), pieces)


class Reached:
    """The lines of the package that inputs have reached."""

    def __init__(self) -> None:
        self._lines: set[object] = set()
        self._calls: Counter[CodeType] = Counter()

    @contextlib.contextmanager
    def watching(self, found: Callable[[], None]) -> Iterator[None]:
        """Watch what happens in a block, and call ``found`` if a line is reached for the first time."""
        count, before = len(self._lines), sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        except (VNLPError, Refused) as error:
            self._lines.add(type(error))
            raise
        finally:
            sys.settrace(before)
            if len(self._lines) > count:
                found()

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            return None
        self._calls[code] += 1
        # Watching costs time: a function that was seen so often has shown most of what it does.
        return self._line if self._calls[code] < 5000 else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:
        self._lines.add((frame.f_code, frame.f_lineno))
        return self._line


class Feeder:
    """Feeds a target.

    Args:
        check: The target.
        corpus: Its corpus.

    Attributes:
        inputs: How many inputs it was fed.
        refused: How many of these it refused: with an error that says why, or with ``Refused``.
        seconds: How long it was fed.
    """

    def __init__(self, check: Check, corpus: Corpus) -> None:
        self._check = check
        self._corpus = corpus
        self._reached = Reached()
        self.inputs = 0
        self.refused = 0
        self.seconds = 0.0
        self._last = time.monotonic()

    def feed(self, made_up: st.SearchStrategy[Any], examples: int) -> None:
        """Feed the corpus and some made-up inputs, or the latter for as long as the environment says."""
        self._last = time.monotonic()
        for value in list(self._corpus.inputs):
            self.one(value)
        options = settings(
            max_examples=20 * examples if SECONDS else examples,
            deadline=None,
            derandomize=not SECONDS,
            suppress_health_check=list(HealthCheck),
        )
        while True:
            mixed = st.one_of(made_up, self._corpus.spoiled()) if self._corpus.inputs else made_up
            options(given(mixed)(self.one))()
            if self.seconds >= SECONDS:
                return

    def one(self, value: Any) -> None:
        """Feed one input."""
        now = time.monotonic()
        # A machine that paused has fed nothing meanwhile.
        self.seconds += min(now - self._last, LIMIT)
        self._last = now
        self.inputs += 1
        with limited(LIMIT), self._watched(value):
            try:
                self._check(value)
            except (VNLPError, Refused):
                self.refused += 1

    def _watched(self, value: Any) -> contextlib.AbstractContextManager[None]:
        if not SECONDS:
            return contextlib.nullcontext()
        return self._reached.watching(lambda: self._corpus.add(value))


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``Hung`` in a block that takes more processor time."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise Hung(f"more than {seconds} s of processor time for one input")

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
