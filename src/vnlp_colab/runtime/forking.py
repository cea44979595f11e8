"""Forks wait until no thread is inside a model, and a forked child inherits no lock that nobody is left to release.

A child has none of its parent's threads, but their locks as they were at that moment: one that a thread held inside the
runtime would stay held in the child for ever. So a fork waits for the batches and the models in hand, and the next ones
for the fork. Locks of this package, which nothing waits for, are made anew in the child.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 (see the end)
import logging  # noqa: F401
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar
from weakref import WeakSet

from vnlp_colab.errors import WorkerError

Taken = ParamSpec("Taken")
Item = TypeVar("Item")

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
        """Hold up forks during a block.

        Whoever is inside must not wait for a lock under which others go in: they wait for the fork, and it for him.
        """
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


class Inherited(Protocol):
    """What a forked child cannot use as it inherits it."""

    def after_in_child(self) -> None:
        """Make it usable; called in the child, in its only thread."""


_inherited: WeakSet[Inherited] = WeakSet()


def renew_in_children(owner: Inherited) -> None:
    """Have ``owner.after_in_child`` called in every child that is forked while there is the object."""
    _inherited.add(owner)


class ForkLock:
    """A reentrant lock that is free in a forked child, unless the very thread that forked holds it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        renew_in_children(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def after_in_child(self) -> None:
        """Forget a holder that is not there."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = threading.RLock()


def in_one_process(
    run: Callable[Taken, Generator[Item, None, None]],
) -> Callable[Taken, Generator[Item, None, None]]:
    """Let what a generator function gives be drawn in the process alone that has begun to.

    A child has neither the threads nor the worker processes that prepare what comes next, and would wait for it.
    """

    @wraps(run)
    def guarded(*args: Taken.args, **keywords: Taken.kwargs) -> Generator[Item, None, None]:
        begun_in = os.getpid()
        with closing(run(*args, **keywords)) as items:
            for item in items:
                yield item
                if os.getpid() != begun_in:
                    raise WorkerError(
                        "this run was begun before the process forked, and goes on in the parent: begin one of its own "
                        "in the child, with the same pipeline and the texts that are left"
                    )

    return guarded


def _after_in_child() -> None:
    WORK.after_in_child()
    for owner in list(_inherited):
        owner.after_in_child()


if hasattr(os, "register_at_fork"):
    # What is registered last runs first. The two modules above take locks before a fork, which whoever is inside a
    # model may want, and must not hold them while this waits for him: so they have to be there already.
    os.register_at_fork(before=WORK.before, after_in_parent=WORK.after_in_parent, after_in_child=_after_in_child)
