"""The officers' board of KPI 2, live, and the people behind its numbers."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromQuery
from litestar.response import Stream
from markupsafe import Markup

from app.attendance.identity.words import KINDS, ROLES
from app.attendance.routes.board import STREAM_HEADERS
from app.core.web.pages import environment, page
from app.core.web.request import Request
from app.kpi.board import people, view
from app.kpi.board.cells import By, Seen
from app.kpi.board.live import LIVE, Board, View
from app.kpi.fiscal import fiscal_year_of
from app.kpi.plan import load_plan
from app.kpi.routes import Year
from app.people.guard import pass_of
from app.people.residence import country_name

PIECES = ("alarms", "figures", "targets", "countries", "days", "events", "venues", "beside", "sensitivity", "others")
"""The live parts of the page, each a macro of `board_pieces.html`; a stream sends those that have changed."""

WORDS: dict[str, Any] = {"number": view.number, "country": country_name, "minutes": people.minutes}


@get("/office/kpi", include_in_schema=False)
async def show_board(request: Request, fiscal_year: Year = None) -> Response[str]:
    """Show the figure of a fiscal year with all that explains it."""
    year = fiscal_year or fiscal_year_of(request.now)
    found = await LIVE.look(View(year, request.language), now=request.now)
    return page(
        request,
        "kpi/board.html",
        board=found,
        shown=view.shown(found),
        years=view.years(now=request.now, shown=year),
        plan=load_plan(),
        pieces={name: Markup(piece) for name, piece in pieces(found).items()},  # noqa: S704  # rendered and escaped
        number=view.number,
    )


@get("/office/kpi/stream", include_in_schema=False, media_type="text/event-stream")
async def stream(request: Request, fiscal_year: Year = None) -> Stream:
    """Send the pieces of the page as they change."""
    sight = View(fiscal_year or fiscal_year_of(request.now), request.language)
    await LIVE.look(sight, now=request.now)
    return Stream(LIVE.stream(sight, pieces, pass_of(request), request.app.state.clock), headers=STREAM_HEADERS)


def pieces(found: Board) -> dict[str, str]:
    """Return the live parts of the page as HTML, in the present language."""
    macros = environment().get_template("kpi/board_pieces.html").module
    shown = view.shown(found)
    return {name: str(getattr(macros, name)(shown, view.number, view.share)) for name in PIECES}


@get("/office/kpi/people", include_in_schema=False)
async def list_people(  # noqa: PLR0917  # one of each thing that a number is named by
    request: Request,
    fiscal_year: Year = None,
    by: FromQuery[By] = "all",
    of: FromQuery[str] = "",
    seen: FromQuery[Seen] = "people",
    after: FromQuery[UUID | None] = None,
) -> Response[str]:
    """List the people behind a number of the board, by pseudonym."""
    year = fiscal_year or fiscal_year_of(request.now)
    found = await people.people(fiscal_year=year, cell=(by, of), seen=seen, after=after)
    return page(request, "kpi/people.html", found=found, name=view.cell_name(found), **WORDS)


@get("/office/kpi/person", include_in_schema=False)
async def show_person(
    request: Request, person: FromQuery[UUID | None] = None, fiscal_year: Year = None
) -> Response[str]:
    """Show the evidence about a pseudonym and what the rules make of it, or ask for one."""
    year = fiscal_year or fiscal_year_of(request.now)
    found = await people.person(fiscal_year=year, pseudonym=person) if person else None
    shown: dict[str, Any] = {"found": found, "person": person, "year": str(year), "words": {**KINDS, **ROLES}}
    return page(request, "kpi/person.html", **shown, **WORDS)


HANDLERS: list[Any] = [show_board, stream, list_people, show_person]
