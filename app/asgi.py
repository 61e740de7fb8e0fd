"""The only place that puts the packages together for the web."""

import datetime as dt
import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from litestar import Litestar, Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.static_files import create_static_files_router

from app.attendance import routes as attendance
from app.core.cycles import look_seldom
from app.core.db import DB
from app.core.errors import Unauthorized
from app.core.log import configure
from app.core.settings import settings
from app.core.web import health, metrics, well_known
from app.core.web.contract import Contract
from app.core.web.frame import Frame
from app.core.web.pages import DIST, STATIC
from app.core.web.problems import EXCEPTION_HANDLERS
from app.core.web.request import MOST_FIELDS, Request, json_only
from app.core.web.short import LARGEST_BODY, ShortWay
from app.parts import PACKAGES, assemble
from app.people import guard
from app.people.following import close_all
from app.people.guard import admit
from app.people.limited import LIMITS, check_limits, count_miss, hold_back
from app.people.policy import POLICY, check_policy
from app.people.roles import ANONYMOUS


def _handlers() -> list[Any]:
    """Every package offers `HANDLERS` in `routes` (JSON) and in `pages`."""
    found: list[Any] = [health.live, health.ready, metrics.metrics, *well_known.HANDLERS]
    for name in (f"app.{package}.{face}" for package in PACKAGES for face in ("routes", "pages")):
        if importlib.util.find_spec(name):
            found += import_module(name).HANDLERS
    return found


def _short_ways(routes: list[str]) -> dict[str, ShortWay]:
    """Collect the short ways of the packages: each beside a route that exists and is not limited."""
    found = {**attendance.SHORT_WAYS}
    wrong = [route for route in found if route not in routes or route in LIMITS]
    if wrong:
        raise LookupError(f"No short way leads to {', '.join(wrong)}.")
    return found


def _static() -> Router:
    DIST.mkdir(parents=True, exist_ok=True)
    return create_static_files_router(path=STATIC, directories=[DIST], include_in_schema=False, cache_control=None)


@asynccontextmanager
async def _database(_: Litestar) -> AsyncIterator[None]:
    """Hold the connection pool open while the application serves, and end the streams that read through it."""
    await DB.start_connection_pool()
    try:
        yield
    finally:
        await close_all()
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


async def _readers_only(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Show the map of all doors to those who have a key to one; to everybody where nothing is real."""
    if connection.scope["user"] is ANONYMOUS and not settings().on_show:
        raise Unauthorized


def create_app(*, clock: Callable[[], dt.datetime] = now) -> Litestar:
    """Build the application; tests bring their own clock."""
    assemble()
    app = Litestar(
        [*_handlers(), _static()],
        lifespan=[_database],
        guards=[admit, json_only, hold_back],
        after_exception=[count_miss],
        exception_handlers={**EXCEPTION_HANDLERS, **guard.EXCEPTION_HANDLERS},
        request_class=Request,
        request_max_body_size=LARGEST_BODY,
        multipart_form_part_limit=MOST_FIELDS,
        openapi_config=OpenAPIConfig(
            title="Machigurumi",
            version="1",
            openapi_router=Router("/schema", route_handlers=[], guards=[_readers_only], include_in_schema=False),
            render_plugins=[Contract(policy=POLICY, limited=frozenset(LIMITS))],
        ),
        logging_config=None,
    )
    app.state.clock = clock
    app.state.short_ways = _short_ways(routes(app))
    check_policy(routes(app))
    check_limits(routes(app))
    return app


def application() -> Frame:
    """What the web server runs."""
    configure(settings().log_level)
    frame = Frame(create_app())
    look_seldom()
    return frame
