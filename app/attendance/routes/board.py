"""The JSON API of the live board."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from app.attendance.board.live import LIVE, View
from app.attendance.board.told import BoardOut, as_data, board_out
from app.core.web.request import Request
from app.people.guard import pass_of

STREAM_HEADERS = {"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"}
"""No proxy may hold an event back or compress the same bytes for every reader."""


def view_of(request: Request, convention: str, event: UUID | None) -> View:
    """Return what whoever asks may see of a convention or of one event."""
    return View(convention, event, request.scope["user"].scope, request.language)


@get("/api/v1/conventions/{convention:str}/board", tags=["gates"])
async def board(request: Request, convention: FromPath[str], event: FromQuery[UUID | None] = None) -> BoardOut:
    """Read the live board: people inside, entries per minute, refusals, devices and alarms, within your gates."""
    return board_out(await LIVE.look(view_of(request, convention, event), now=request.now))


@get("/api/v1/conventions/{convention:str}/board/stream", tags=["gates"], media_type="text/event-stream")
async def stream(request: Request, convention: FromPath[str], event: FromQuery[UUID | None] = None) -> Stream:
    """Follow the live board: server-sent events `{"at", "pieces": {"board"}}`, at most one a second.

    An event named `end` says that whoever follows may no longer.
    """
    view = view_of(request, convention, event)
    await LIVE.look(view, now=request.now)
    clock = request.app.state.clock
    return Stream(LIVE.stream(view, as_data, pass_of(request), clock), headers=STREAM_HEADERS)


HANDLERS: list[Any] = [board, stream]
