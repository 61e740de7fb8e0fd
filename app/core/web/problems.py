"""Every error as RFC 9457 problem details for programs, as a page with a way on for people."""

from collections.abc import Callable
from http import HTTPStatus
from traceback import walk_tb
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import ExceptionHandlersMap

from app.core.errors import BadRequest, DomainError, FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import problems
from app.core.web.pages import page
from app.core.web.refusals import MethodNotAllowed, TooLarge
from app.core.web.request import Request

log = structlog.get_logger()

PROBLEM = "application/problem+json"
BUSY_SECONDS = 5
"""When to come back: longer than a lock is waited for."""


class Busy(DomainError):
    """The database cannot serve this request now; the same request may well succeed in a moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = gettext_lazy("We are very busy at the moment; please try again in a few seconds.")


class InternalError(DomainError):
    """A fault of ours."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title = gettext_lazy("Something went wrong on our side. Nothing of your request was kept; please try again.")


def answer(request: Request, error: DomainError, headers: dict[str, str] | None = None) -> Response[Any]:
    """Answer a domain error in the form the asker reads."""
    found = dict(headers or {})
    if "retry_after" in error.extra:
        found["retry-after"] = str(error.extra["retry_after"])
    if error.status == HTTPStatus.UNAUTHORIZED:
        found["www-authenticate"] = "Bearer"
    if not request.is_api:
        return page(request, "core/error.html", status=int(error.status), headers=found, error=error)
    body = {
        "type": f"/problems/{error.slug()}",
        "title": str(error.title),
        "status": int(error.status),
        "detail": error.detail,
        "instance": f"urn:machigurumi:request:{request.scope['state'].get('request_id', '')}",
        **error.extra,
    }
    return Response(msgspec.json.encode(body), status_code=int(error.status), media_type=PROBLEM, headers=found)


def on_domain_error(request: Request, error: DomainError) -> Response[Any]:
    """A rule of the business said no."""
    return answer(request, error)


def on_http_exception(request: Request, error: HTTPException) -> Response[Any]:
    """Litestar said no: the same words and the same form as our own errors."""
    headers = dict(error.headers or {})
    if isinstance(error, ValidationException):
        return answer(request, _invalid(request, error))
    if isinstance(error, NotFoundException):
        return answer(request, NotFound())
    if isinstance(error, MethodNotAllowedException):
        return answer(request, MethodNotAllowed(), headers)
    if isinstance(error, RequestEntityTooLarge):
        return answer(request, TooLarge())
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer(request, BadRequest(str(error.detail)), headers)
    return on_exception(request, error)


def on_exception(request: Request, error: Exception) -> Response[Any]:
    """A fault of ours: logged with its class and place, told without its words."""
    log.error("fault", id=request.scope["state"].get("request_id"), error=type(error).__name__, exc_info=error)
    return answer(request, InternalError())


def on_busy_database(request: Request, error: Exception) -> Response[Any]:
    """A lock, a statement or a connection was not to be had in time."""
    log.warning("busy", id=request.scope["state"].get("request_id"), error=type(error).__name__)
    return answer(request, Busy(retry_after=BUSY_SECONDS))


def on_driver_error(request: Request, error: asyncpg.InterfaceError) -> Response[Any]:
    """The driver refused: because the connection or the pool closed under us, or because we misuse it."""
    return (on_busy_database if "clos" in str(error) else on_exception)(request, error)


def on_os_error(request: Request, error: OSError) -> Response[Any]:
    """The operating system refused: on the way to the database, or somewhere else."""
    places = (frame.f_globals.get("__name__", "") for frame, _line in walk_tb(error.__traceback__))
    on_the_way = any(place.partition(".")[0] == "asyncpg" for place in places)
    return (on_busy_database if on_the_way else on_exception)(request, error)


def _nothing(_request: Request, _raw: object) -> list[FieldError]:
    return []


def _invalid(request: Request, error: ValidationException) -> DomainError:
    """List every wrong field of the body, or the wrong parameter of path or query."""
    field = request.route_handler.parsed_data_field
    if field is not None and "body" in request.scope["state"]:
        raw = request.scope["state"]["body"]
        # A route may know of more that is wrong than the types say.
        more = request.route_handler.opt.get("also_wrong", _nothing)
        found = problems(raw, field.annotation) + more(request, raw)
        if found:
            return Invalid(found)
    extra = error.extra if isinstance(error.extra, list) else []
    wrong = [
        FieldError(str(item.get("key", "")), "format", _("This is not in the form we understand."))
        for item in extra
        if isinstance(item, dict)
    ]
    if any(isinstance(item, dict) and item.get("source") == "path" for item in extra):
        return NotFound()
    return Invalid(wrong) if wrong else BadRequest()


BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,  # deadlocks
    asyncpg.OperatorInterventionError,  # statements that take too long, a server that goes or comes
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)

EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    **dict.fromkeys(BUSY, on_busy_database),  # type: ignore[arg-type]
    DomainError: on_domain_error,  # type: ignore[dict-item]
    asyncpg.InterfaceError: on_driver_error,  # type: ignore[dict-item]
    OSError: on_os_error,  # type: ignore[dict-item]  # time-outs are of this family
    HTTPException: on_http_exception,  # type: ignore[dict-item]
    Exception: on_exception,  # type: ignore[dict-item]
}


def handler_of(error: Exception) -> Callable[[Request, Any], Response[Any]]:
    """Return what answers an error that Litestar does not see: the handler of its nearest class, as there."""
    return next(EXCEPTION_HANDLERS[kind] for kind in type(error).__mro__ if kind in EXCEPTION_HANDLERS)
