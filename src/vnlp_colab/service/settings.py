"""What a service is told when it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vnlp_colab.errors import InputError

DEFAULT_MODELS = ("context",)


@dataclass(frozen=True, slots=True)
class Settings:
    """Models and limits of a service.

    Attributes:
        models: Tasks, tasks with a model, or presets, as ``VNLPipeline`` takes them. There may be several models for
            a task: the first is that task's default. The default ones come with the package.
        options: The keywords of ``VNLPipeline`` that results depend on, ``style`` and ``tree`` among them; its
            defaults where they are left out.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        threads: Threads of the models in each process; ``None``: as many as there are CPUs.
        batch_size: Texts of concurrent requests that the models are handed at once; 1 turns batching off.
        queue: Texts that may wait for the models; a request that would exceed it is answered 429. Streams, which wait
            for room, have half of it at most.
        max_texts: Texts that a request may bring.
        max_characters: Characters that a text may have.
        max_tokens: Tokens that a text may have, on which its time depends, by their square for a tree.
        max_body: Bytes that the body of a request, or one line of a stream, may have.
        timeout: Seconds until a request is answered 503, and until its body must have arrived (else 408).
        idle: Seconds that a client may neither send what it began nor take what it is sent.
        stream_window: Lines of one stream that may be in work at once.
        batch_tokens: Tokens that the texts of a batch may have together; a text with more goes alone.
        load_first: Whether models are loaded before the first request is taken. Without it a service says that it is
            not ready yet; where several processes share a port, each can speak for itself only.
    """

    models: tuple[str, ...] = DEFAULT_MODELS
    options: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    threads: int | None = None
    batch_size: int = 64
    queue: int = 1024
    max_texts: int = 256
    max_characters: int = 10_000
    max_tokens: int = 2500
    max_body: int = 4_000_000
    timeout: float = 30.0
    idle: float = 30.0
    stream_window: int = 128
    batch_tokens: int = 4096
    load_first: bool = False

    def __post_init__(self) -> None:
        for name in (
            *("batch_size", "batch_tokens", "queue", "stream_window"),
            *("max_texts", "max_characters", "max_tokens", "max_body"),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(f"{name} must be a whole number above 0, not {value!r}")
        for name in ("timeout", "idle"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} must be a number of seconds above 0, not {getattr(self, name)!r}")
        if self.max_texts > self.queue:
            raise InputError(
                f"a request may bring {self.max_texts} texts, and the queue holds {self.queue}: "
                "raise the queue's length or lower the texts a request"
            )
        if not self.models:
            raise InputError("no models are named; name at least one, for example: pos")

    def to_json(self) -> str:
        """Return the settings in the form in which worker processes are handed them."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read what ``to_json`` wrote."""
        values = json.loads(text)
        return cls(**{**values, "models": tuple(values["models"])})
