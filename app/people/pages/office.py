"""Pages of the office: the officers' desk and its given-up jobs."""

from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core import jobs
from app.core.web.pages import page, see_other
from app.core.web.request import Request
from app.people import office


@get("/office", include_in_schema=False)
async def show_office(request: Request) -> Response[str]:
    """Show the officers' desk."""
    return page(request, "people/office.html", backlog=await jobs.backlog(request.now))


@get("/office/jobs", include_in_schema=False)
async def show_jobs(request: Request) -> Response[str]:
    """Show the work that was given up, and how much waits."""
    return page(request, "people/jobs.html", backlog=await jobs.backlog(request.now), given_up=await jobs.given_up())


@post("/office/jobs/{job:uuid}/again", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def run_again(request: Request, job: FromPath[UUID]) -> Response[bytes]:
    """Put a given-up job back into the queue."""
    await office.try_again(job=job, actor=request.scope["user"].actor, now=request.now)
    return see_other("/office/jobs")


HANDLERS = [show_office, show_jobs, run_again]
