"""The addresses under /v1, and how their schema describes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from vnlp_colab import __version__
from vnlp_colab.service.answers import (
    CONLLU_TYPE,
    Format,
    check_format,
    conllu_answer,
    displacy_answer,
    drawn,
    json_answer,
)
from vnlp_colab.service.bodies import JsonRoute
from vnlp_colab.service.core import Service
from vnlp_colab.service.problems import Problem, ProblemDetail, documented
from vnlp_colab.service.stream import MEDIA_TYPE, LineResponse, annotated_lines

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DIVIDE = "split the text, for example with /v1/split"
_EXAMPLE = "Ayşe dün İstanbul'da yeni bir kitap aldı."


class AnnotateRequest(BaseModel):
    """Texts to annotate."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": {"text": _EXAMPLE}})

    text: str | list[str] = Field(description="A text, or several.")
    models: list[str] | None = Field(
        None, description="Tasks, or tasks with a model, of those at /v1/models. Left out: all tasks."
    )
    format: Annotated[Format, Field(strict=False)] = Field(Format.JSON, description="The form of the answer.")

    @property
    def texts(self) -> list[str]:
        """The texts."""
        return [self.text] if isinstance(self.text, str) else self.text


class Annotated_(BaseModel):
    """The annotation of each text, in their order."""

    model_config = ConfigDict(title="Annotated")

    models: dict[str, str] = Field(description="The model that ran for each task.")
    sentences: list[dict[str, Any]] = Field(
        description="JSON: the text, its tokens, and a member for each column of the library's results. displaCy: "
        "`dep` and `ent`, which `displacy.render(..., manual=True)` draws."
    )


class SplitRequest(BaseModel):
    """A text to split."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": {"text": "Geldi. Gitti."}})

    text: str = Field(description="The text.")


class Split(BaseModel):
    """The sentences of a text."""

    sentences: list[str]


class Limits(BaseModel):
    """What a request may bring."""

    texts: int
    characters: int = Field(description="Of each text.")
    tokens: int = Field(description="Of each text.")
    body: int = Field(description="Bytes.")
    seconds: float


class Loaded(BaseModel):
    """What the service has."""

    version: str
    tasks: dict[str, list[str]] = Field(description="The models of each task; the first runs where none is named.")
    limits: Limits


class State(BaseModel):
    """How the service is."""

    status: str


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The annotation, in the form that was asked for.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Annotated"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    },
    **documented(400, 408, 413, 422, 429, 503),
}
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A line for each line that is not blank: its object with the annotation, or `line`, its number, "
        "and `error`.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    **documented(422, 503),
}
# Whatever comes is answered: a line that is no such object by a line that says so.
_LINES = {
    "requestBody": {
        "content": {
            MEDIA_TYPE: {
                "schema": {"description": 'Lines of JSON objects: {"text": "..."}, with any other members.'},
            }
        }
    }
}


def routes(service: Service) -> APIRouter:
    """Return the addresses under /v1."""
    router = APIRouter(prefix="/v1", route_class=JsonRoute)
    _add_models(router, service)
    _add_split(router, service)
    _add_annotate(router, service)
    _add_stream(router, service)
    return router


def _add_models(router: APIRouter, service: Service) -> None:
    limits = service.settings

    @router.get("/models")
    def models() -> Loaded:
        """Say which models are loaded, and what a request may bring."""
        return Loaded(
            version=__version__,
            tasks={task: list(found) for task, found in service.models.tasks.items()},
            limits=Limits(
                texts=limits.max_texts,
                characters=limits.max_characters,
                tokens=limits.max_tokens,
                body=limits.max_body,
                seconds=limits.timeout,
            ),
        )


def _add_split(router: APIRouter, service: Service) -> None:
    @router.post("/split", responses=documented(400, 408, 413, 422))
    def split(body: SplitRequest) -> Split:
        """Split a text into sentences."""
        _check_text(service, body.text, "body.text", "send it in parts")
        return Split(sentences=[text for text in service.splitter.split_sentences(body.text) if text.strip()])


def _add_annotate(router: APIRouter, service: Service) -> None:
    @router.post("/annotate", response_class=Response, responses=_ANSWERS)
    async def annotate(body: AnnotateRequest, request: Request) -> Response:
        """Annotate a text, or several, with some or all of the models."""
        choice = service.choose(body.models)
        check_format(body.format, choice)
        texts = body.texts
        tokens = await _check_texts(service, body.text)
        request.state.log = {"models": ",".join(choice), "texts": len(texts), "characters": sum(map(len, texts))}
        sentences = await service.annotate(choice, texts, tokens, request.receive)
        if body.format == Format.CONLLU:
            return Response(conllu_answer(sentences), media_type=CONLLU_TYPE)
        answer = json_answer if body.format == Format.JSON else displacy_answer
        return Response(answer(choice, sentences), media_type="application/json")


def _add_stream(router: APIRouter, service: Service) -> None:
    @router.post("/annotate/stream", response_class=Response, responses=_STREAMED, openapi_extra=_LINES)
    async def annotate_stream(
        request: Request,
        models: Annotated[list[str] | None, Query(description="As in /v1/annotate.")] = None,
        text_column: Annotated[str, Query(description="The member of each object that holds its text.")] = "text",
    ) -> Response:
        """Annotate JSON Lines as they come. Read the answer while you send: each waits for the other."""
        choice = service.choose(models)
        request.state.log = {"models": ",".join(choice)}
        return LineResponse(annotated_lines(service, request.stream(), choice, text_column, request.state.log))


async def _check_texts(service: Service, given: str | list[str]) -> list[int]:
    """Return how many tokens each text has.

    Raises:
        Problem: The texts are too many, or one is too long (422).
    """
    most = service.settings.max_texts
    named = {"body.text": given} if isinstance(given, str) else {f"body.text.{i}": text for i, text in enumerate(given)}
    if len(named) > most:
        raise Problem(422, f"body.text: {len(named):,} texts, and {most:,} are allowed; send several requests")
    for place, text in named.items():
        _check_text(service, text, place, _DIVIDE)
    tokens = await service.tokens(list(named.values()))
    for place, count in zip(named, tokens, strict=True):
        if count > service.settings.max_tokens:
            most = service.settings.max_tokens
            raise Problem(422, f"{place}: {count:,} tokens, and {most:,} are allowed; {_DIVIDE}")
    return tokens


def _check_text(service: Service, text: str, place: str, advice: str) -> None:
    """Raise ``Problem`` (422) if a text is too long, which the advice is about, or cannot be written."""
    most = service.settings.max_characters
    if len(text) > most:
        raise Problem(422, f"{place}: {len(text):,} characters, and {most:,} are allowed; {advice}")
    if _SURROGATE.search(text):
        raise Problem(422, f"{place}: half of a surrogate pair is no character; send valid Unicode")


def _drawable(names: Sequence[str]) -> dict[str, Any]:
    """Return what the schema says of displacy: that it needs one of these models."""
    chosen = {"anyOf": [{"type": "null"}, {"type": "array", "contains": {"enum": list(names)}}]}
    return {
        "if": {"properties": {"format": {"const": Format.DISPLACY}}, "required": ["format"]},
        "then": {"properties": {"models": chosen}} if names else {"not": {}},
    }


def describe(app: FastAPI, service: Service) -> None:
    """Let the application's schema tell the limits and the models, which are known only now."""
    limits = service.settings

    def schema() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            kinds = found["components"]["schemas"]
            kinds.pop("HTTPValidationError", None)
            kinds.pop("ValidationError", None)
            kinds["ProblemDetail"] = ProblemDetail.model_json_schema()
            kinds["Annotated"] = Annotated_.model_json_schema()
            text = {"type": "string", "maxLength": limits.max_characters}
            given = kinds["AnnotateRequest"]["properties"]
            given["text"]["anyOf"] = [text, {"type": "array", "items": text, "maxItems": limits.max_texts}]
            kinds["SplitRequest"]["properties"]["text"].update(text)
            kinds["AnnotateRequest"] |= _drawable(drawn(service.models.names))
            stream = found["paths"]["/v1/annotate/stream"]["post"]["parameters"]
            named = next(parameter["schema"] for parameter in stream if parameter["name"] == "models")
            for choice in (given["models"], named):
                choice["anyOf"][0]["items"]["enum"] = list(service.models.names)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]
