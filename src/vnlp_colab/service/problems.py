"""Errors as a client sees them: JSON that says what is wrong and what to do (RFC 9457), and never a text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
# The status under which logs and metrics count a client that went away; nothing is sent.
CLIENT_GONE = 499

# Faults of one body that are told at most: a list of a thousand numbers has a thousand.
_TOLD = 5

# What to do about the errors that the framework finds; ours bring it along.
_ADVICE = {
    400: "send JSON as the documentation at /openapi.json describes it",
    404: "the addresses of this service are listed at /openapi.json",
    405: "the header Allow lists the methods that this address takes",
}
_HEADER = "it is read as JSON only with the header Content-Type: application/json; send that with it"
_ENCODING = "it is not UTF-8; send JSON that is encoded in UTF-8"


class ProblemDetail(BaseModel):
    """An error."""

    title: str = Field(description="The status in words.")
    status: int = Field(description="The status of the response.")
    detail: str = Field(description="What is wrong, and what to do about it.")


class Problem(HTTPException):
    """An error that a client is answered.

    Args:
        status: The status.
        detail: What is wrong, and what to do about it.
        headers: More headers.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))

    def response(self) -> Response:
        """The response that says it."""
        try:
            title = HTTPStatus(self.status_code).phrase
        except ValueError:
            title = "Client Closed Request" if self.status_code == CLIENT_GONE else "Error"
        body = ProblemDetail(title=title, status=self.status_code, detail=self.detail)
        return Response(body.model_dump_json(), self.status_code, self.headers, MEDIA_TYPE)


def retry(status: int, detail: str, seconds: float) -> Problem:
    """Return an error that passes, with when to try again, in whole seconds from 1 to 60."""
    return Problem(status, detail, {"Retry-After": str(min(60, max(1, round(seconds))))})


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how the answers of these statuses are described in the API's schema."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Let every error of an application leave it in this form."""

    async def of_framework(request: Request, error: Exception) -> Response:
        if isinstance(error, RequestValidationError):
            faults = error.errors()
            if isinstance(error.body, bytes):  # left as it came, for want of the header
                return Problem(422, f"body: {_HEADER}").response()
            unreadable = any(fault["type"] == "json_invalid" for fault in faults)
            return Problem(400 if unreadable else 422, _faults(faults)).response()
        if isinstance(error, Problem):
            return error.response()
        if isinstance(error, HTTPException):
            if isinstance(error.__cause__, UnicodeDecodeError):
                return Problem(error.status_code, f"body: {_ENCODING}", error.headers).response()
            advice = _ADVICE.get(error.status_code)
            detail = f"{error.detail}; {advice}" if advice else str(error.detail)
            return Problem(error.status_code, detail, error.headers).response()
        return Problem(500, "an error of the service; its log tells which, under this X-Request-ID").response()

    app.add_exception_handler(HTTPException, of_framework)
    app.add_exception_handler(RequestValidationError, of_framework)
    app.add_exception_handler(Exception, of_framework)


def _faults(errors: Sequence[Mapping[str, Any]]) -> str:
    """Name the places and faults of a body, without what stands there."""
    told = [f"{'.'.join(map(str, error['loc']))}: {_message(error)}" for error in errors[:_TOLD]]
    more = f" (and {len(errors) - _TOLD} more)" if len(errors) > _TOLD else ""
    return "; ".join(told) + more


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "")
        return f"the body is not valid JSON: {json.dumps(reason, ensure_ascii=False)}"
    return str(error["msg"])
