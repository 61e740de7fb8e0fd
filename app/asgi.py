"""The only place that puts the packages together for the web."""

import datetime as dt
import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.static_files import create_static_files_router

from app.core.db import DB
from app.core.log import configure
from app.core.settings import settings
from app.core.web import health, metrics, well_known
from app.core.web.frame import Frame
from app.core.web.pages import DIST, STATIC
from app.core.web.problems import EXCEPTION_HANDLERS
from app.core.web.request import Request
from app.people.guard import admit
from app.people.policy import check_policy

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes; a full upload of 1,000 scans is about 400 kB."""

PACKAGES = ("people", "events", "ticketing", "attendance", "kpi")


def _handlers() -> list[Any]:
    """Every package offers `HANDLERS` in `routes` (JSON) and in `pages`."""
    found: list[Any] = [health.live, health.ready, metrics.metrics, *well_known.HANDLERS]
    for name in (f"app.{package}.{face}" for package in PACKAGES for face in ("routes", "pages")):
        if importlib.util.find_spec(name):
            found += import_module(name).HANDLERS
    return found


def _static() -> Router:
    DIST.mkdir(parents=True, exist_ok=True)
    return create_static_files_router(path=STATIC, directories=[DIST], include_in_schema=False, cache_control=None)


@asynccontextmanager
async def _database(_: Litestar) -> AsyncIterator[None]:
    """Hold the connection pool open while the application serves."""
    await DB.start_connection_pool()
    try:
        yield
    finally:
        await DB.close_connection_pool()


def now() -> dt.datetime:
    """The clock of production."""
    return dt.datetime.now(dt.UTC)


def routes(app: Litestar) -> list[str]:
    """Return every route as the policy names it: `METHOD /path`."""
    return sorted(
        f"{method} {route.path_format}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method not in {"OPTIONS", "HEAD"}
    )


def create_app(*, clock: Callable[[], dt.datetime] = now) -> Litestar:
    """Build the application; tests bring their own clock."""
    app = Litestar(
        [*_handlers(), _static()],
        lifespan=[_database],
        guards=[admit],
        exception_handlers=EXCEPTION_HANDLERS,
        request_class=Request,
        request_max_body_size=LARGEST_BODY,
        openapi_config=OpenAPIConfig(
            title="Machigurumi",
            version="1",
            path="/schema",
            render_plugins=[JsonRenderPlugin()],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
        ),
        logging_config=None,
    )
    app.state.clock = clock
    check_policy(routes(app))
    return app


def application() -> Frame:
    """What the web server runs."""
    configure(settings().log_level)
    return Frame(create_app())
