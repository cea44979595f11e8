"""Processes that work through tasks, each in a process of its own, and outlive the death of any of them.

A pool of ``concurrent.futures`` is broken as a whole when one of its processes dies, and one of ``multiprocessing``
waits for ever; neither can tell what the dead one worked on. So every process has a pipe of its own here, whose end
says that the process has died, and what it was handed last says over what.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Any

from vnlp_colab.errors import WorkerError
from vnlp_colab.pipeline.worker import Message, check_script, serve
from vnlp_colab.runtime.forking import WORK, ForkLock, renew_in_children

_LOG = logging.getLogger(__name__)

# Tasks that a worker holds: the one in hand, and the next, so that it need not wait for its results to be fetched.
_HELD = 2
TRIES = 2
# Seconds that a worker whose pipe has ended has to end itself.
_GRACE = 5.0


class TaskLost(WorkerError):
    """Workers died over a task, as often as it was to be tried."""


@dataclass(eq=False, slots=True)
class Task:
    """Something to be worked on.

    Attributes:
        payload: What a worker is handed; must be picklable.
        name: Says what it is, for messages.
        tries: After how many deaths it is given up.
        deaths: How many workers have died over it.
        dropped: Whether nobody waits for it any more.
        outcome: How it ended, when it has.
    """

    payload: Any
    name: Callable[[], str]
    tries: int = TRIES
    deaths: int = 0
    dropped: bool = False
    outcome: tuple[Message, Any] | None = None


@dataclass(eq=False, slots=True)
class _Worker:
    process: Any
    connection: Any
    ready: bool = False
    held: deque[Task] = field(default_factory=deque)


class Pool:
    """A number of worker processes.

    They are started by ``start``, or with the first task, and again after ``close``. They end with the pool, and
    with this process, however it ends. Safe to use from several threads. A forked child starts workers of its own.

    Args:
        size: How many.
        prepare: Called once in each worker; returns what is called there with the payload of each task. Must be
            picklable: workers are started afresh, not forked, because the threads of a runtime do not survive that.
    """

    def __init__(self, size: int, prepare: Callable[[], Callable[[Any], Any]]) -> None:
        self.size = size
        self._prepare = prepare
        self._workers: list[_Worker] = []
        self._waiting: deque[Task] = deque()
        self._stillborn = 0
        self._lock = ForkLock()
        renew_in_children(self)

    def start(self) -> None:
        """Start the workers, and return when all are ready.

        Raises:
            WorkerError: If they die before that.
            Exception: Whatever preparing raised in a worker.
        """
        with self._lock, self._closing_on_error():
            self._fill()
            while not all(worker.ready for worker in self._workers):
                self._turn()

    def submit(self, payload: Any, name: Callable[[], str], tries: int = TRIES) -> Task:
        """Hand in a task."""
        task = Task(payload, name, tries)
        with self._lock, self._closing_on_error():
            self._waiting.append(task)
            self._hand_out()
        return task

    def result(self, task: Task) -> Any:
        """Wait for a task to end, and return what it gave.

        Raises:
            TaskLost: If workers died over it as often as it was to be tried.
            WorkerError: If they cannot be started.
            Exception: Whatever the work on it raised.
        """
        while True:
            # Between two turns another thread has its chance.
            with self._lock:
                if task.outcome is not None:
                    break
                with self._closing_on_error():
                    self._turn()
        kind, value = task.outcome
        if kind is not Message.DONE:
            raise value
        return value

    def drop(self, tasks: Iterable[Task]) -> None:
        """Forget tasks: those that are not begun yet will not be, as far as possible."""
        with self._lock:
            for task in tasks:
                task.dropped = True

    def close(self) -> None:
        """End the workers at once. What they held waits for the next ones."""
        with self._lock:
            for worker in self._workers:
                worker.process.kill()  # they hold nothing that would have to be put in order
            for worker in self._workers:
                worker.process.join()
                worker.connection.close()
                self._waiting.extendleft(reversed(worker.held))
            self._workers.clear()
            self._waiting = deque(task for task in self._waiting if not task.dropped)

    def after_in_child(self) -> None:
        """Leave the workers and their tasks to the parent: two that read one pipe would have each other's results."""
        for worker in self._workers:
            worker.connection.close()  # the parent's end must be the only one for its death to end the pipe
            _disown(worker.process)
        self._workers.clear()
        self._waiting.clear()
        self._stillborn = 0

    @contextlib.contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        """Close after any exception: Ctrl-C may have cut a message in two, so the pipes are of no more use."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _turn(self) -> None:
        """Hand out what waits, wait for something to happen, and deal with it."""
        self._hand_out()
        ready = wait([worker.connection for worker in self._workers])
        for worker in [worker for worker in self._workers if worker.connection in ready]:
            try:
                message = worker.connection.recv_bytes()
            except (EOFError, OSError):  # which of them depends on how the process ended, and on the system
                self._bury(worker)
            else:
                self._receive(worker, *pickle.loads(message))

    def _fill(self) -> None:
        while len(self._workers) < self.size:
            self._workers.append(_started(self._prepare))

    def _hand_out(self) -> None:
        self._fill()
        while self._waiting:
            worker = min(self._workers, key=lambda worker: len(worker.held))
            if len(worker.held) >= _HELD:
                return
            task = self._waiting.popleft()
            if task.dropped:
                continue
            worker.held.append(task)
            # Where it has died meanwhile, its pipe says so at the next turn.
            with contextlib.suppress(OSError):
                worker.connection.send(task.payload)

    def _receive(self, worker: _Worker, kind: Message, value: Any) -> None:
        if kind is Message.READY:
            worker.ready = True
            self._stillborn = 0
        elif kind is Message.UNABLE:
            raise value
        else:
            worker.held.popleft().outcome = (kind, value)

    def _bury(self, worker: _Worker) -> None:
        """Take note of a worker's death, and see to the tasks that it held."""
        worker.process.join(_GRACE)
        worker.process.kill()
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        cause = _cause(worker.process.exitcode)
        if not worker.ready:
            self._waiting.extendleft(reversed(worker.held))
            self._stillborn += 1
            if self._stillborn >= TRIES:
                self._stillborn = 0
                raise WorkerError(
                    f"a worker process ended before it was ready ({cause}). A script that uses workers must do so "
                    "under `if __name__ == '__main__':`, since they import it; with little memory, use fewer workers"
                )
            return
        if worker.held:
            self._mourn(worker.held.popleft(), cause)
        # These it had not begun.
        self._waiting.extendleft(reversed(worker.held))

    def _mourn(self, task: Task, cause: str) -> None:
        task.deaths += 1
        if task.dropped:
            return
        if task.deaths < task.tries:
            _LOG.warning("a worker process died (%s) over %s; trying once more in a new one", cause, task.name())
            self._waiting.appendleft(task)
            return
        task.outcome = (
            Message.FAILED,
            TaskLost(
                f"{task.name()}: {task.deaths} worker processes died over it (the last one: {cause}). "
                'Look at this row, leave it without results (on_error="skip", --on-error skip), or use fewer workers'
            ),
        )


def _started(prepare: Callable[[], Callable[[Any], Any]]) -> _Worker:
    if multiprocessing.current_process().daemon:
        raise WorkerError(
            "this process is a daemon of multiprocessing (as those of multiprocessing.Pool are), which may not start "
            "processes: make the pipeline without workers here, or start this process with daemon=False"
        )
    check_script()
    context = multiprocessing.get_context("spawn")
    # A child that is forked here would keep a copy of the worker's end, and think that the worker is its own.
    with WORK.in_hand():
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, prepare), name="vnlp-colab-worker", daemon=True)
        with _deaf_to_interrupts():
            process.start()
        # The worker has the only copy of its end now, so that its death ends the pipe.
        theirs.close()
    return _Worker(process, ours)


def _disown(process: Any) -> None:
    """Have this process, a forked child, not end a process of its parent when it exits itself."""
    # It would: by the books that it inherited they are its own. There is no public way to strike them out.
    children: set[Any] = getattr(multiprocessing.process, "_children", set())
    children.discard(process)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Have processes that are started in the block never see Ctrl-C, which a terminal sends to all of a group.

    They inherit which signals are blocked. A Ctrl-C in the block reaches this process after it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows: the worker sees to it as soon as it runs
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting a process starts this one first, and that unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(code: int | None) -> str:
    """Say how a process ended."""
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    # The kernel's way out of a shortage of memory.
    return f"killed by {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")
