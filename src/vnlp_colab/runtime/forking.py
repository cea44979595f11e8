"""Forks wait until no thread is inside a model.

A child has none of its parent's threads, but their locks as they were at that moment: one that a thread held inside the
runtime would stay held in the child for ever. So a fork waits for the batches in hand, and the next ones for the fork.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds that a fork waits. Only a model that forks itself, in a thread that somebody waits for, needs as long.
_PATIENCE = 60.0


class Work:
    """Counts who is inside a model."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._forking = False
        self._own = threading.local()

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Hold up forks during a block."""
        nested = self._nested
        with self._changed:
            # Whoever is inside already is being waited for.
            self._changed.wait_for(lambda: nested or not self._forking)
            self._inside += 1
        self._nested = nested + 1
        try:
            yield
        finally:
            self._nested = nested
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @property
    def _nested(self) -> int:
        """How often this thread is inside."""
        return getattr(self._own, "count", 0)

    @_nested.setter
    def _nested(self, count: int) -> None:
        self._own.count = count

    def before(self) -> None:
        """Wait until nobody else is inside, and let nobody in."""
        self._changed.acquire()
        self._changed.wait_for(lambda: not self._forking, _PATIENCE)
        self._forking = True
        self._changed.wait_for(lambda: self._inside == self._nested, _PATIENCE)

    def after_in_parent(self) -> None:
        """Let the others in again."""
        self._forking = False
        self._changed.notify_all()
        self._changed.release()

    def after_in_child(self) -> None:
        """Begin anew: the threads that were counted, or wait, are not there."""
        self._changed = threading.Condition()
        self._inside = self._nested
        self._forking = False


WORK = Work()
"""That of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=WORK.before, after_in_parent=WORK.after_in_parent, after_in_child=WORK.after_in_child)
