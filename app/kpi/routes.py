"""The KPI as JSON: the figure for everybody, the people behind it for officers."""

import hashlib
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter

from app.core.web.request import Request
from app.kpi import figures
from app.kpi.fiscal import fiscal_year_of
from app.kpi.publishing.public import public, undivided
from app.kpi.schemas import FIRST_YEAR, LAST_YEAR, Explanation, KpiFigure, People
from app.people.policy import OFFICE

LONGEST_PAGE = 1000

Year = Annotated[int | None, QueryParameter(ge=FIRST_YEAR, le=LAST_YEAR)]
"""A fiscal year; none means the present one in Japan."""


@get(
    "/api/v1/kpi/overseas-participants",
    tags=["KPI"],
    responses={200: ResponseSpec(KpiFigure, description="The figure as of the ledger head that it names.")},
)
async def show_figure(request: Request, fiscal_year: Year = None) -> Response[bytes]:
    """Answer KPI 2 of a fiscal year: officers see every country, everybody else small ones folded into regions."""
    found = await figures.figure(fiscal_year=fiscal_year or fiscal_year_of(request.now), now=request.now)
    is_office = request.scope["user"].role in OFFICE
    return _polled(request, found if is_office else undivided(await public(found)), private=is_office)


@get("/api/v1/kpi/overseas-participants/people", tags=["KPI"])
async def list_people(
    request: Request,
    fiscal_year: Year = None,
    cursor: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE)] = 100,
) -> Response[People]:
    """List the people counted, by pseudonym: as many as the figure says."""
    year = fiscal_year or fiscal_year_of(request.now)
    found = await figures.people(fiscal_year=year, after=cursor, limit=limit)
    more = f'<{request.url.path}?fiscal_year={year}&limit={limit}&cursor={found.next}>; rel="next"'
    return Response(found, headers={"cache-control": "no-store", **({"link": more} if found.next else {})})


@get("/api/v1/kpi/overseas-participants/explain", tags=["KPI"])
async def explain_person(request: Request, person: FromQuery[UUID], fiscal_year: Year = None) -> Response[Explanation]:
    """Show the evidence about a pseudonym and what the rules make of it."""
    found = await figures.explain(fiscal_year=fiscal_year or fiscal_year_of(request.now), person=person)
    return Response(found, headers={"cache-control": "no-store"})


def _polled(request: Request, found: KpiFigure, *, private: bool) -> Response[bytes]:
    """Answer with a tag of the content, or 304 to whoever has it already."""
    body = msgspec.json.encode(found)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "etag": tag,
        "cache-control": "private, no-cache" if private else "no-cache",
        "vary": "Authorization, Cookie",
    }
    known = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


HANDLERS = [show_figure, list_people, explain_person]
