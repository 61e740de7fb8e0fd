"""Pages of the office: the officers' desk, its given-up jobs, the audit log."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core import audit, jobs
from app.core.errors import Invalid
from app.core.validation import check
from app.core.web.pages import page, see_other
from app.core.web.request import Request
from app.people import office
from app.people.office import Asked
from app.people.waiting import todos

AUDIT = "/office/audit"


@get("/office", include_in_schema=False)
async def show_office(request: Request) -> Response[str]:
    """Show the officers' desk."""
    principal = request.scope["user"]
    return page(
        request,
        "people/office.html",
        todos=await todos(principal, request.now),
        backlog=await jobs.backlog(request.now),
    )


@get("/office/jobs", include_in_schema=False)
async def show_jobs(request: Request) -> Response[str]:
    """Show the work that was given up, and how much waits."""
    return page(request, "people/jobs.html", backlog=await jobs.backlog(request.now), given_up=await jobs.given_up())


@post("/office/jobs/{job:uuid}/again", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def run_again(request: Request, job: FromPath[UUID]) -> Response[bytes]:
    """Put a given-up job back into the queue."""
    await office.try_again(job=job, actor=request.scope["user"].actor, now=request.now)
    return see_other("/office/jobs")


@get(AUDIT, include_in_schema=False)
async def show_audit(request: Request) -> Response[str]:
    """Show the audit log, newest first; `verify` recomputes its whole chain."""
    typed = {name: request.query_params.get(name, "").strip()[:120] for name in ("actor", "action", "subject")}
    found = await office.audit_entries(_asked(request, typed))
    return page(
        request,
        "people/audit.html",
        found=found,
        typed=typed,
        actions=await office.audit_actions(),
        older=_address(typed, before=found.older),
        newer=_address(typed, after=found.newer),
        verdict=await audit.verify() if "verify" in request.query_params else None,
    )


def _asked(request: Request, typed: dict[str, str]) -> Asked:
    places = {name: request.query_params[name] for name in ("before", "after") if name in request.query_params}
    try:
        return check({**typed, **places}, Asked)
    except Invalid:
        return msgspec.convert(typed, Asked)


def _address(typed: dict[str, str], **place: int | None) -> str:
    kept: dict[str, Any] = {name: value for name, value in (typed | place).items() if value}
    return f"{AUDIT}?{urlencode(kept)}" if any(place.values()) else ""


HANDLERS = [show_office, show_jobs, run_again, show_audit]
