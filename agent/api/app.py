"""The API as one ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Response, Router, get
from litestar.config.cors import CORSConfig
from litestar.datastructures import ResponseHeader
from litestar.di import Provide
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.response import File
from litestar.static_files import create_static_files_router
from prometheus_client import CollectorRegistry, generate_latest

from agent.api.checkout import CheckoutRoutes
from agent.api.desk import DeskRoutes
from agent.api.gate import Gate
from agent.api.office import OfficeRoutes
from agent.api.problems import to_response
from agent.screen import CONTENT_SECURITY_POLICY, static_folder
from agent.services import Services
from agent.settings import ApiSettings
from agent.status import VERSION

SECURITY_HEADERS = [
    ResponseHeader(name="X-Content-Type-Options", value="nosniff"),
    ResponseHeader(name="X-Frame-Options", value="DENY"),
    ResponseHeader(name="Referrer-Policy", value="no-referrer"),
    ResponseHeader(name="Content-Security-Policy", value=CONTENT_SECURITY_POLICY),
]


def build_app(
    services: Services,
    gate: Gate,
    settings: ApiSettings,
    *,
    incoming: Path,
    metrics: CollectorRegistry,
    on_ready: Callable[[], None],
) -> Litestar:
    """The application. `on_ready` is called once it answers; `incoming` is the folder that imports wait in."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        services.events.attach(asyncio.get_running_loop())
        on_ready()
        yield
        services.events.close()
        services.events.attach(None)

    @get("/healthz", media_type=MediaType.TEXT, sync_to_thread=False, tags=["Register"], summary="Is the daemon up")
    def health() -> str:
        return "ok\n"

    @get("/metrics", media_type=MediaType.TEXT, sync_to_thread=True, tags=["Register"], summary="For Prometheus")
    def prometheus() -> Response[bytes]:
        return Response(generate_latest(metrics), media_type="text/plain; version=0.0.4; charset=utf-8")

    @get("/", include_in_schema=False, sync_to_thread=False)
    def page() -> File:
        return File(static_folder() / "index.html", media_type="text/html", content_disposition_type="inline")

    api = Router(path="/", route_handlers=[CheckoutRoutes, DeskRoutes, OfficeRoutes], guards=[gate.check_token])
    return Litestar(
        route_handlers=[
            api,
            health,
            prometheus,
            page,
            create_static_files_router("/screen", [static_folder()], include_in_schema=False),
        ],
        guards=[gate.check_origin],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "incoming": Provide(lambda: incoming, sync_to_thread=False),
        },
        exception_handlers={Exception: to_response},
        middleware=[
            RateLimitConfig(
                rate_limit=("second", settings.requests_per_second), exclude=["^/screen", "^/healthz"]
            ).middleware
        ],
        cors_config=_cors(settings),
        response_headers=SECURITY_HEADERS,
        request_max_body_size=settings.body_bytes_max,
        lifespan=[lifespan],
        openapi_config=OpenAPIConfig(
            title="Kopilka register",
            version=VERSION,
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
        ),
        debug=False,
        logging_config=None,
        signature_namespace={"Any": Any},
    )


def _cors(settings: ApiSettings) -> CORSConfig | None:
    """Only configured origins, and only where there are any."""
    if not settings.allowed_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.allowed_origins),
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "Accept-Language", "Idempotency-Key"],
    )
