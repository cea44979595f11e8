"""The application: every address, behind the guard."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from starlette.responses import FileResponse, Response

from vnlp_colab import __version__
from vnlp_colab.service import problems
from vnlp_colab.service.api import State, describe, routes
from vnlp_colab.service.core import Service
from vnlp_colab.service.ending import leave_soon
from vnlp_colab.service.guard import Guard
from vnlp_colab.service.logs import configure
from vnlp_colab.service.metrics import MEDIA_TYPE, Metrics
from vnlp_colab.service.models import Models
from vnlp_colab.service.settings import Settings

# The settings of worker processes, which are started with nothing but their environment.
SETTINGS = "VNLP_COLAB_SERVICE_SETTINGS"

_STATIC = Path(__file__).parent / "static"
_ASSETS = "/docs/assets"


def from_environment() -> Guard:
    """Make the application in a process of the server, from the settings in its environment."""
    configure()
    return create_app(Settings.from_json(os.environ[SETTINGS]), stopping=leave_soon)


def create_app(
    settings: Settings, models: Models | None = None, stopping: Callable[[], object] = lambda: None
) -> Guard:
    """Make the application.

    Args:
        settings: Models and limits.
        models: The models; those of the settings if left out.
        stopping: Called when the service begins to end.

    Raises:
        ModelNotAvailable: A model is not known; the message lists the known ones.
    """
    metrics = Metrics()
    service = Service(settings, models or Models(settings), metrics)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        stopping()
        await service.stop()

    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        static_url=_ASSETS,
        title="vnlp-colab",
        version=__version__,
        description="Annotates Turkish text: parts of speech, features, lemmas, entities, dependency trees, sentiment.",
        lifespan=lifespan,
    )
    problems.install(app)
    app.include_router(routes(service))
    _add_states(app, service)
    _add_pages(app)
    describe(app, service)
    return Guard(app, settings, metrics)


def _add_states(app: FastAPI, service: Service) -> None:
    """Add what orchestrators and monitoring ask."""

    # Who asks for the headers alone, as some load balancers do, gets them.
    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", responses=problems.documented(503))
    async def alive() -> State:
        """Whether the process works; it does while models load, and does not where they cannot be loaded."""
        if service.failed:
            service.check_ready()
        return State(status="alive")

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", responses=problems.documented(503))
    async def ready() -> State:
        """Whether the models are loaded."""
        service.check_ready()
        return State(status="ready")

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(service.metrics.render(), media_type=MEDIA_TYPE)


def _add_pages(app: FastAPI) -> None:
    """Add the page, its assets, and the documentation of the API; all of it is served from here."""

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        root = request.scope.get("root_path", "").rstrip("/")
        found = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=f"{app.title}: API",
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}/static/icon.svg",
        )
        found.headers["Content-Security-Policy"] = _docs_policy(bytes(found.body).decode())
        return found

    app.mount("/static", StaticFiles(directory=_STATIC), name="static")


def _docs_policy(html: str) -> str:
    """Allow the page's own scripts by their hashes, and the styles that Swagger UI writes into its elements."""
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    ]
    return (
        f"default-src 'none'; script-src 'self' {' '.join(hashes)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
