"""What runs in a worker process."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import traceback
from collections.abc import Callable
from enum import IntEnum
from multiprocessing.spawn import get_preparation_data
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from vnlp_colab.errors import VNLPError, WorkerError
from vnlp_colab.pipeline.gate import ROW_MARK

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class Message(IntEnum):
    """What a worker says: that it is ready or cannot be, or how a task ended."""

    READY = 0
    UNABLE = 1
    DONE = 2
    FAILED = 3


def check_script() -> None:
    """Make sure that worker processes will find the script that this process runs, which they import.

    Raises:
        WorkerError: It is no file, as one that was piped into ``python -`` is none.
    """
    script = get_preparation_data("").get("init_main_from_path")
    if script is not None and not os.path.exists(script):
        raise WorkerError(
            f"worker processes import the script that starts them, and {os.path.basename(script)} is no file (a script "
            "read from standard input never is): save the script as a file, or make the pipeline without workers"
        )


def serve(connection: Connection, prepare: Callable[[], Callable[[Any], Any]]) -> None:
    """Work through the tasks that come through ``connection``, until it ends.

    Args:
        connection: Gives payloads; takes pickled ``(Message, value)`` pairs.
        prepare: Returns the function that is called with each payload.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to deal with
    tasks: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_receive, args=(connection, tasks), daemon=True).start()
    with contextlib.suppress(OSError):  # the pipe: errors of the work are caught where they arise
        try:
            work = prepare()
        except Exception as error:
            # Whatever it is, it is the parent's caller who has to learn of it.
            connection.send_bytes(pickle.dumps((Message.UNABLE, _portable(error))))
            return
        connection.send_bytes(pickle.dumps((Message.READY, None)))
        while True:
            connection.send_bytes(_answer(work, tasks.get()))


def _receive(connection: Connection, tasks: SimpleQueue[Any]) -> None:
    """Take in tasks while others are worked on, so that the parent never waits for a pipe to empty."""
    while True:
        try:
            tasks.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)  # the parent is gone, or has no more use for this process


def _answer(work: Callable[[Any], Any], payload: Any) -> bytes:
    try:
        return pickle.dumps((Message.DONE, work(payload)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        # The same: it is raised again in the parent.
        return pickle.dumps((Message.FAILED, _portable(error)))


def _portable(error: Exception) -> Exception:
    """Return an exception that survives being pickled, with the traceback of a bug as a note."""
    if not isinstance(error, VNLPError):
        error.add_note("In a worker process:\n" + "".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        # Classes may refuse to be pickled or to be made again in any way they like.
        substitute = RuntimeError(f"{type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", []):
            substitute.add_note(note)
        if ROW_MARK in vars(error):
            setattr(substitute, ROW_MARK, vars(error)[ROW_MARK])
        return substitute
    return error
