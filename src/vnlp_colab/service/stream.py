"""A stream of JSON Lines, annotated as it comes: both ways at once, in constant memory, the order kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.columns import TOKENS, check_free, check_tokens
from vnlp_colab.pipeline.formats import json_line
from vnlp_colab.pipeline.jsonl import parse_row
from vnlp_colab.results import Sentence
from vnlp_colab.service.answers import columns_of
from vnlp_colab.service.core import Service
from vnlp_colab.service.models import Choice
from vnlp_colab.service.problems import Problem

MEDIA_TYPE = "application/jsonl"


class _Line(NamedTuple):
    """A line in work: its number, and its object with what will be its annotation, or what is wrong with it."""

    number: int
    row: Mapping[str, Any]
    work: asyncio.Future[Sentence] | str


class LineResponse(Response):
    """Sends lines as they are made, while the body may still be read: the framework's own would read from it too."""

    media_type = MEDIA_TYPE

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        async with aclosing(self._lines) as lines:  # type: ignore[type-var]
            # The first line before the headers: a client that asked whether to send its body is answered only when it
            # is read, and no more after the answer has begun.
            line = await anext(lines, b"")
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while line:
                await send({"type": "http.response.body", "body": line, "more_body": True})
                line = await anext(lines, b"")
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def annotated_lines(
    service: Service, body: AsyncIterator[bytes], choice: Choice, column: str, log: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Yield a line for each line of the body that is not blank: its object with the annotation, or an error.

    Args:
        service: The service.
        body: The body, in parts of any size.
        choice: The models.
        column: The member that holds the text.
        log: Takes what the log says of the stream.
    """
    columns = columns_of(choice)
    ahead: asyncio.Queue[_Line | None] = asyncio.Queue(service.settings.stream_window)
    feeder = asyncio.create_task(_feed(service, body, choice, column, ahead), name="stream")
    log.update(texts=0, refused=0)
    try:
        while (line := await ahead.get()) is not None:
            outcome = await _outcome(service, line.work)
            written = outcome if isinstance(outcome, str) else _annotated(service, line, outcome, columns)
            log["texts" if isinstance(written, bytes) else "refused"] += 1
            if isinstance(written, str):
                written = json.dumps({"line": line.number, "error": written}, ensure_ascii=False).encode() + b"\n"
            yield written
        await feeder  # its error, if it has one
    finally:
        feeder.cancel()
        await asyncio.gather(feeder, return_exceptions=True)
        while not ahead.empty():
            left = ahead.get_nowait()
            if left is not None and not isinstance(left.work, str):
                left.work.cancel()


async def _feed(
    service: Service, body: AsyncIterator[bytes], choice: Choice, column: str, ahead: asyncio.Queue[_Line | None]
) -> None:
    """Queue the lines of the body; where the queue or the client is behind, no more of it is read."""
    number = 0
    try:
        async for number, raw in _lines(body, service.settings.max_body):
            if raw.strip():
                await ahead.put(await _begun(service, ahead, choice, column, number, raw))
    except Problem as problem:
        # The answer has begun, so that a line of it has to tell.
        await ahead.put(_Line(number + 1, {}, problem.detail))
    finally:
        task = asyncio.current_task()
        # Who cancels it takes no more lines: one more would wait for room for ever.
        if task is None or not task.cancelling():
            await ahead.put(None)


async def _lines(body: AsyncIterator[bytes], longest: int) -> AsyncIterator[tuple[int, bytes]]:
    """Yield the lines of a body, with their numbers."""
    number, rest = 0, b""
    async for part in body:
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            number += 1
            yield number, line
        if len(rest) > longest:
            raise Problem(413, f"the line has more than {longest:,} bytes; the stream ends here")
    if rest:
        yield number + 1, rest


async def _begun(service: Service, stream: Hashable, choice: Choice, column: str, number: int, raw: bytes) -> _Line:
    try:
        row = parse_row(raw.decode(), number)
        if column not in row:
            raise InputError(f"the object has no member {column!r}; name its text's with the parameter text_column")
        text = row[column]
        if text is not None and not isinstance(text, str):
            raise InputError(f"expected text as its member {column!r}, found {type(text).__name__}")
    except UnicodeDecodeError as error:
        return _Line(number, {}, f"the line is not UTF-8: {error.reason}")
    except InputError as error:
        return _Line(number, {}, error.reason)
    text = text or ""
    limits = service.settings
    if len(text) > limits.max_characters:
        most = limits.max_characters
        return _Line(number, row, f"the text has {len(text):,} characters, and {most:,} are allowed; split it")
    (tokens,) = await service.tokens([text])
    if tokens > limits.max_tokens:
        return _Line(number, row, f"the text has {tokens:,} tokens, and {limits.max_tokens:,} are allowed; split it")
    return _Line(number, row, await service.batcher.submit_when_room(stream, choice, text, tokens))


def _annotated(service: Service, line: _Line, sentence: Sentence, columns: Sequence[str]) -> bytes | str:
    """Return a line of the answer, or what is wrong: members that annotation adds may be there already."""
    try:
        check_free(line.row, columns)
        if TOKENS in line.row:
            check_tokens([line.row[TOKENS]], [sentence], [line.number])
        written = json_line(line.row, sentence, columns).encode()
    except InputError as error:
        return error.reason if error.column is None else f"member {error.column!r}: {error.reason}"
    service.count([sentence])
    return written


async def _outcome(service: Service, work: asyncio.Future[Sentence] | str) -> Sentence | str:
    if isinstance(work, str):
        return work
    await asyncio.wait({work}, timeout=service.settings.timeout)
    if not work.done():
        work.cancel()
        return f"the text was not annotated within {service.settings.timeout:g} s; try it again later"
    if work.cancelled():
        return "the service is stopping; send the line again"
    error = work.exception()
    return work.result() if error is None else service.refusal(error).detail
