"""What Prometheus is told."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from vnlp_colab.service.batching import Ran

# Where several processes share their figures; prometheus_client itself looks for it when it is imported.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter("vnlp_requests", "Requests.", ("method", "route", "status"), registry=self._registry)
        self.seconds = Histogram(
            "vnlp_request_seconds", "Seconds a request took.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self.in_flight = Gauge(
            "vnlp_requests_in_flight",
            "Requests being answered.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        self.waiting = Gauge(
            "vnlp_queue_texts", "Texts that wait for the models.", multiprocess_mode="livesum", registry=self._registry
        )
        self.texts = Counter("vnlp_texts", "Texts annotated.", registry=self._registry)
        self.tokens = Counter("vnlp_tokens", "Tokens annotated.", registry=self._registry)
        self._batch_texts = Histogram("vnlp_batch_texts", "Texts a batch had.", buckets=_TEXTS, registry=self._registry)
        self._batch_seconds = Histogram(
            "vnlp_batch_seconds", "Seconds a batch took.", buckets=_SECONDS, registry=self._registry
        )
        self._queue_seconds = Histogram(
            "vnlp_queue_seconds",
            "Seconds the oldest text of a batch had waited.",
            buckets=_SECONDS,
            registry=self._registry,
        )

    def ran(self, batch: Ran) -> None:
        """Count a batch."""
        self._batch_texts.observe(batch.items)
        self._batch_seconds.observe(batch.seconds)
        self._queue_seconds.observe(batch.waited)

    def render(self) -> bytes:
        """Return the figures in Prometheus's format, those of all processes where there are several."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        _forget_dead(Path(os.environ[SHARED_FOLDER]))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _forget_dead(folder: Path) -> None:
    """Drop the gauges of processes that ended: a killed one has left what it had in flight in them."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdecimal() and not _is_alive(int(pid)):
            with contextlib.suppress(FileNotFoundError):  # another process has just dropped them
                mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # where signal 0 would interrupt it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
