"""The bodies of requests, read so that nothing in them is dropped in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.jsonl import unique_members
from vnlp_colab.service.problems import Problem


class _UniqueMembers(Request):
    """A request whose JSON has each member once."""

    async def json(self) -> Any:
        """Return the body.

        Raises:
            Problem: A member stands there twice (422).
        """
        body = await self.body()
        try:
            return json.loads(body, object_pairs_hook=unique_members)
        except InputError as error:
            raise Problem(422, f"body: {error.reason}") from error


class JsonRoute(APIRoute):
    """A route whose bodies are read like that: the framework's own reading keeps the last of two members."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answer_unique(request: Request) -> Response:
            return await answer(_UniqueMembers(request.scope, request.receive))

        return answer_unique
