"""Running the application: processes, connections, and an orderly end."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from typing import Any

from vnlp_colab.errors import MissingExtra
from vnlp_colab.service.settings import Settings

_EXTRA = "serve"
# Longer than the minute for which proxies and clients keep a connection: who closes first must not be the server, or a
# request may be sent just then, and be lost.
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True, slots=True)
class Binding:
    """Where and how a server listens.

    Attributes:
        host: The address to listen at.
        port: The port.
        workers: Processes that share the connections; each loads the models.
        connections: Connections of each process, beyond which they are answered 503.
        grace: Seconds that requests in flight have to finish when the server is told to stop.
        root_path: The path under which a proxy shows the service.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    connections: int = 1024
    grace: int = 30
    root_path: str = ""


def check_installed() -> None:
    """Raise ``MissingExtra`` unless what the service needs is installed."""
    try:
        import fastapi
        import fastapi_offline
        import prometheus_client
        import structlog
        import uvicorn
    except ImportError as error:
        raise MissingExtra(error.name or "fastapi", _EXTRA, "The service") from error
    del fastapi, fastapi_offline, prometheus_client, structlog, uvicorn


def run(settings: Settings, binding: Binding) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight finish first.

    Raises:
        MissingExtra: The extra ``serve`` is not installed.
    """
    check_installed()
    if binding.workers == 1:  # which writes nothing, and runs where there is no place to write
        _run(settings, binding)
        return
    with tempfile.TemporaryDirectory(prefix="vnlp-colab-metrics-") as shared:
        # Set before prometheus_client is imported, which looks for it then.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared
        _run(settings, binding)


def _run(settings: Settings, binding: Binding) -> None:
    import uvicorn

    from vnlp_colab.service import app
    from vnlp_colab.service.logs import configure

    configure()
    os.environ[app.SETTINGS] = replace(settings, load_first=binding.workers > 1).to_json()
    protocol: Any = "vnlp_colab.service.connection:Connection"
    uvicorn.run(
        "vnlp_colab.service.app:from_environment",
        factory=True,
        host=binding.host,
        port=binding.port,
        workers=binding.workers,
        http=protocol,
        ws="none",
        limit_concurrency=binding.connections,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=binding.grace,
        root_path=binding.root_path,
        log_config=None,
        access_log=False,
        server_header=False,
    )
