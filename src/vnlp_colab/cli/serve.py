"""``vnlp-colab serve``: the HTTP service and its page."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from vnlp_colab import catalog
from vnlp_colab.cli import options, pipelines
from vnlp_colab.cli.app import app
from vnlp_colab.errors import InputError
from vnlp_colab.service.settings import DEFAULT_MODELS, Settings
from vnlp_colab.store import bundle
from vnlp_colab.store.bundles import cached

MODELS_VARIABLE = "VNLP_COLAB_SERVE_MODELS"

_DEFAULTS = Settings()
_MODELS = ",".join(DEFAULT_MODELS)

Host = Annotated[str, typer.Option(help="The address to listen at; 0.0.0.0 is all of this machine's.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")]
Served = Annotated[
    str,
    typer.Option(
        envvar=MODELS_VARIABLE,
        help="What to load, separated by commas: tasks, 'task:Model', or presets, as in run. Several models may be for "
        "one task; the first is its default. The default models come with the package and need no network.",
    ),
]
Processes = Annotated[int, typer.Option(min=1, help="Processes that share the connections; each loads the models.")]
BatchSize = Annotated[
    int,
    typer.Option(
        min=1,
        help="Texts of concurrent requests that the models are handed at once, fewer if they are long; 1: no batching.",
    ),
]
Queue = Annotated[int, typer.Option(min=1, help="Texts that may wait in a process; beyond that the answer is 429.")]
MaxTexts = Annotated[int, typer.Option(min=1, help="Texts that a request may bring.")]
MaxCharacters = Annotated[int, typer.Option(min=1, help="Characters that a text may have.")]
MaxTokens = Annotated[
    int,
    typer.Option(
        min=1, help="Tokens that a text may have. Its time depends on them, by their square where it is parsed."
    ),
]
MaxBody = Annotated[int, typer.Option(min=1, metavar="BYTES", help="Size that a request may have.")]
Timeout = Annotated[
    float, typer.Option(min=0.01, metavar="SECONDS", help="Time until a request that waits is answered 503.")
]
Connections = Annotated[int, typer.Option(min=1, help="Connections a process takes at once.")]
Grace = Annotated[
    int, typer.Option(min=0, metavar="SECONDS", help="Time that requests in flight have to finish at the end.")
]
RootPath = Annotated[str, typer.Option(help="The path under which a proxy in front shows the service, as /nlp.")]


@app.command()
def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    models: Served = _MODELS,
    style: pipelines.Style = "boun",
    config: pipelines.Config = None,
    accept_changed: pipelines.AcceptChanged = False,
    workers: Processes = 1,
    threads: options.Threads = None,
    device: options.RunsOn = options.Device.AUTO,
    batch_size: BatchSize = _DEFAULTS.batch_size,
    queue: Queue = _DEFAULTS.queue,
    max_texts: MaxTexts = _DEFAULTS.max_texts,
    max_characters: MaxCharacters = _DEFAULTS.max_characters,
    max_tokens: MaxTokens = _DEFAULTS.max_tokens,
    max_body: MaxBody = _DEFAULTS.max_body,
    timeout: Timeout = _DEFAULTS.timeout,
    connections: Connections = 1024,
    grace: Grace = 30,
    root_path: RootPath = "",
) -> None:
    """Serve annotation over HTTP, with a page to try it on at / and the API's documentation at /docs.

    SIGTERM and Ctrl-C end it when the requests in flight are done.
    """
    from vnlp_colab.service import server

    server.check_installed()
    pipelines.check_config(context, config, accept_changed, ("style",))
    names, own = _named(models, style) if config is None else _saved(config, accept_changed)
    most: dict[str, Any] = {
        "max_texts": max_texts,
        "max_characters": max_characters,
        "max_tokens": max_tokens,
        "max_body": max_body,
    }
    settings = Settings(names, own, device, threads, batch_size, queue, timeout=timeout, **most)
    _check(settings, host, port)
    # The server ends in its own time, and raises the signal again when it has: there is nothing left to do then.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    server.run(settings, server.Binding(host, port, workers, connections, grace, root_path))


def _named(models: str, style: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Models by their names, and what else answers depend on."""
    return tuple(name.strip() for name in models.split(",") if name.strip()), {"style": style}


def _saved(config: Path, accept_changed: bool) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The same of a saved configuration."""
    from vnlp_colab.pipeline.pipeline import read_config

    found = read_config(config, accept_changed=accept_changed, progress=sys.stderr.isatty())
    return found.names, dict(found.options)


def _check(settings: Settings, host: str, port: int) -> None:
    """Fail on what can be seen before processes are started: unknown models, what is not cached, a port in use."""
    from vnlp_colab.runtime.session import listed_providers
    from vnlp_colab.service.models import models_of_tasks

    wanted = models_of_tasks(settings.models).values()
    listed_providers()  # without a runtime nothing that is fetched could run
    for spec in catalog.closure(tuple(name for names in wanted for name in names)):
        if cached(spec) is None:
            bundle(spec.name, progress=sys.stderr.isatty())
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"cannot listen at {host}:{port} ({error}); choose another --port or --host") from error
