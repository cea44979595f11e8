"""Structured logs: a JSON object a line on stderr, and never a text that was sent in."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import Any

import structlog
from structlog.types import EventDict, Processor

LOGGER = "vnlp_colab.service"


def logger() -> Any:
    """Return the service's logger: its methods take an event and what belongs to it, by names."""
    return structlog.stdlib.get_logger(LOGGER)


def configure() -> None:
    """Send this process's logs, uvicorn's among them, to stderr in this form."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_texts,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.captureWarnings(True)
    # All that libraries, asyncio among them, have to say goes the same way.
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in (LOGGER, "uvicorn", "uvicorn.error"):
        found = logging.getLogger(name)
        found.handlers = [handler]
        found.propagate = False
        found.setLevel(logging.INFO)
    threading.excepthook = _thread_failed


def _thread_failed(failure: threading.ExceptHookArgs) -> None:
    logger().error("a thread failed", exc_info=failure.exc_value)


def without_texts(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and its places in the code: messages may quote what was annotated."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["trace"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        record.exc_info = None
        if record.name == "asyncio":
            # Its further lines show the objects that it speaks of, and a result or a message may be in them.
            event["event"] = str(event["event"]).partition("\n")[0]
    return event
