"""The live board, for whoever leads at the gates, for a phone and for a wall."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from babel.numbers import format_decimal
from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from markupsafe import Markup

from app.attendance.board import drawing
from app.attendance.board.figures import Board
from app.attendance.board.ground import conventions_of
from app.attendance.board.live import LIVE
from app.attendance.board.words import heard, told
from app.attendance.judging.reasons import reason_text
from app.attendance.routes.board import STREAM_HEADERS, view_of
from app.core.i18n import language, locale
from app.core.web.pages import environment, page, see_other
from app.core.web.request import Request
from app.people.guard import pass_of

PIECES = ("alarms", "figures", "venues", "entries", "events", "refusals", "devices")
"""The parts of the page, each a macro of `board_pieces.html`; a stream sends those that have changed."""


@get("/board", include_in_schema=False)
async def choose_board(request: Request) -> Response[Any]:
    """Lead on to the board of the only convention there is, or let the reader choose."""
    lines = await conventions_of(request.scope["user"].scope, now=request.now)
    if len(lines) == 1:
        return see_other(f"/board/{lines[0].slug}")
    return page(request, "attendance/boards.html", conventions=lines)


@get("/board/{convention:str}", include_in_schema=False)
async def convention_board(request: Request, convention: FromPath[str]) -> Response[str]:
    """Show the board of a convention."""
    return await _board_page(request, convention, None)


@get("/board/{convention:str}/{event:uuid}", include_in_schema=False)
async def event_board(request: Request, convention: FromPath[str], event: FromPath[UUID]) -> Response[str]:
    """Show the board of one event."""
    return await _board_page(request, convention, event)


@get("/board/{convention:str}/stream", include_in_schema=False, media_type="text/event-stream")
async def stream(request: Request, convention: FromPath[str], event: FromQuery[UUID | None] = None) -> Stream:
    """Send the pieces of the page as they change."""
    view = view_of(request, convention, event)
    await LIVE.look(view, now=request.now)
    return Stream(LIVE.stream(view, pieces, pass_of(request), request.app.state.clock), headers=STREAM_HEADERS)


async def _board_page(request: Request, convention: str, event: UUID | None) -> Response[str]:
    view = view_of(request, convention, event)
    found = await LIVE.look(view, now=request.now)
    ground = LIVE.ground_of(view)
    return page(
        request,
        "attendance/board.html",
        board=found,
        ground=ground,
        shown=next((one for one in ground.events if one.id == event), None),
        pieces={name: Markup(piece) for name, piece in pieces(found).items()},  # noqa: S704  # rendered and escaped
        wall="wall" in request.query_params,
        stream=f"/board/{convention}/stream" + (f"?event={event}" if event else ""),
    )


def pieces(found: Board) -> dict[str, str]:
    """Return the parts of the page as HTML, in the present language."""
    macros = environment().get_template("attendance/board_pieces.html").module
    given = {
        "alarms": [told(alarm, convention=found.convention) for alarm in found.alarms],
        "figures": found,
        "venues": found.venues,
        "entries": drawing.columns(found.per_minute),
        "events": found,
        "refusals": [(reason_text(line.reason), line.scans) for line in found.refusals],
        "devices": [(line, heard(line.silent)) for line in found.devices],
    }
    return {name: str(getattr(macros, name)(given[name], number)) for name in PIECES}


def number(value: int) -> str:
    """Write a number in the reader's way."""
    return _number(value, language())


@lru_cache(maxsize=4096)
def _number(value: int, tag: str) -> str:
    return str(format_decimal(value, locale=locale(tag)))


HANDLERS: list[Any] = [choose_board, convention_board, event_board, stream]
