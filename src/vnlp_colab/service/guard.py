"""What stands around every request: limits of size and time, headers, a line of the log, the metrics."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vnlp_colab.service.logs import logger
from vnlp_colab.service.metrics import Metrics
from vnlp_colab.service.problems import CLIENT_GONE, Problem
from vnlp_colab.service.settings import Settings

# Its lines are limited, not its length.
STREAM = "/v1/annotate/stream"

# Everything comes from the service itself, and no text can become a script or be sent elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# What a proxy may have named a request; anything else could forge lines of the log.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Guard:
    """The outermost middleware.

    Args:
        app: The application.
        settings: The limits.
        metrics: Where requests are counted.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._settings)
        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, exchange.receive, exchange.send)
            except ClientDisconnect:
                exchange.status = CLIENT_GONE
            finally:
                self._record(scope, exchange)

    def _record(self, scope: Scope, exchange: _Exchange) -> None:
        seconds = time.perf_counter() - exchange.begin
        # The pattern of the address, not the address: a label for every path that is tried would have no bound.
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(_method(scope), route, str(exchange.outcome)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        logger().info(
            "request",
            request_id=exchange.request_id,
            method=scope["method"],
            route=route,
            status=exchange.outcome,
            ms=round(seconds * 1000, 1),
            received=exchange.received,
            sent=exchange.sent,
            **scope.get("state", {}).get("log", {}),
        )


class _Exchange:
    """One request and its answer, with the limits between them and the application."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        self.request_id = given.decode() if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        self.begin = time.perf_counter()
        self.status = 500
        self.received = 0
        self.sent = 0
        self._receive = receive
        self._send = send
        self._settings = settings
        self._streams = scope["path"].endswith(STREAM)
        self._announced = headers.get(b"content-length", b"")
        self._whole = False
        self._left = False
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def receive(self) -> Message:
        """Receive a part of the body.

        Raises:
            Problem: It does not come in time, or is too large.
        """
        if self._whole:
            return await self._receive()
        if not self._streams:
            self._check_size(int(self._announced) if self._announced.isdigit() else 0)
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds_left())
        except TimeoutError:
            raise _closing(408, "the body did not arrive in time; send it faster, or in several requests") from None
        if message["type"] == "http.disconnect":
            self._left = True
            return message
        self.received += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if not self._streams:
            self._check_size(self.received)
        return message

    @property
    def outcome(self) -> int:
        """The status that is recorded: who left before its body was there was answered, but not heard."""
        return CLIENT_GONE if self._left else self.status

    def _seconds_left(self) -> float:
        """A stream lives as long as it moves; a body must be there within a time."""
        if self._streams:
            return self._settings.idle
        return max(0.0, self._settings.timeout - (time.perf_counter() - self.begin))

    def _check_size(self, size: int) -> None:
        if size > self._settings.max_body:
            raise _closing(
                413,
                f"the body has more than {self._settings.max_body:,} bytes; send the texts in several requests, "
                f"or as a stream to {STREAM}",
            )

    async def send(self, message: Message) -> None:
        """Send a part of the answer.

        Raises:
            ClientDisconnect: The client does not take it.
        """
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.request_id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        self.sent += len(message.get("body", b""))
        try:
            await asyncio.wait_for(self._send(message), self._settings.idle)
        except TimeoutError:
            raise ClientDisconnect from None


def _closing(status: int, detail: str) -> Problem:
    """What is left of the body is not read, so that the connection cannot be used again."""
    return Problem(status, detail, {"Connection": "close"})


def _method(scope: Scope) -> Any:
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return scope["method"] if scope["method"] in known else "other"
