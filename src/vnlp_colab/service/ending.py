"""The end of a process that work still holds up: a batch that runs cannot be stopped, nor can models that load."""

from __future__ import annotations

import os
import threading

from vnlp_colab.service.logs import logger

# How long the end may take once requests have had their time, before whatever still runs is given up.
SECONDS = 3.0


def leave_soon(seconds: float = SECONDS) -> None:
    """Let this process end after some seconds at the latest, with 0, whatever its threads do."""
    timer = threading.Timer(seconds, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    logger().warning("work that nobody waits for still runs; it is given up")
    # No handlers and destructors: they would run while the models do.
    os._exit(0)
