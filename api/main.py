"""The application: middlewares, errors and routers. Handlers live in ``routers``, what they use in ``platform``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.middleware.cors import CORSMiddleware

from models.settings import Settings

from . import docs, errors
from .platform import open_parts
from .request_context import RequestContext
from .routers import (
    api_keys,
    auth,
    automations,
    batches,
    billing,
    checkout,
    comparisons,
    credits,
    drafts,
    events,
    files,
    giving,
    health,
    hooks,
    jobs,
    models,
    operator,
    pipeline_runs,
    pipelines,
    plans,
    runs,
    subscriptions,
    texts,
    tools,
    top_ups,
    usage,
    users,
    webhooks,
)

ROUTERS = (
    health,
    auth,
    users,
    api_keys,
    tools,
    jobs,
    models,
    comparisons,
    drafts,
    pipelines,
    pipeline_runs,
    runs,
    batches,
    automations,
    hooks,
    texts,
    plans,
    checkout,
    subscriptions,
    billing,
    webhooks,
    credits,
    giving,
    top_ups,
    usage,
    events,
    files,
    operator,
)
EXPOSED = ["X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy", "Idempotent-Replayed", "Location"]


def create_app(settings: Settings) -> FastAPI:
    """Build the application. Nothing is connected before its lifespan starts, nor needs to be reachable then."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = app.state.platform = open_parts(settings)
        await parts.start()
        try:
            yield
        finally:
            await parts.close()

    app = FastAPI(
        title="AI创意工坊 API",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.settings = settings
    errors.install(app)
    docs.install(app)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    for module in ROUTERS:
        app.include_router(module.router)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
        max_age=600,
    )
    app.add_middleware(RequestContext)
    if settings.otlp_endpoint is not None:
        _trace(app)
    return app


def _trace(app: FastAPI) -> None:
    """A span for every request; imported here, since it costs a process that does not trace."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(app, excluded_urls="api/health,metrics", exclude_spans=["receive", "send"])


async def metrics() -> Response:
    """Prometheus metrics of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
