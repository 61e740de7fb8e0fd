"""The JSON API of the desk beside the door."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from app.attendance.door import badges, guests, residence, walk_ins
from app.attendance.door.guests import FoundGuests
from app.attendance.door.residence import Lives
from app.attendance.door.walk_ins import WalkIn, WalkInOut
from app.core.web.pages import UNKEPT
from app.core.web.request import Request


@get("/api/v1/gates/{gate:uuid}/guests", tags=["gates"])
async def find_guests(
    request: Request,
    gate: FromPath[UUID],
    q: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=guests.MOST)] = guests.USUAL,
) -> Response[FoundGuests]:
    """Find guests by a part of the name in any script (one character is enough), the address or the number's end.

    The best first: valid tickets, then whole names, words, beginnings. Only guests whose ticket opens this gate's
    event are found. New and changed tickets are found within five seconds.
    """
    found = await guests.search(gate=gate, typed=q, limit=limit, principal=request.scope["user"], now=request.now)
    return Response(found, headers=UNKEPT)


@post(
    "/api/v1/gates/{gate:uuid}/walk-ins",
    tags=["gates"],
    responses={201: ResponseSpec(WalkInOut, description="Registered; the same form gives the same bytes.")},
)
async def register_walk_in(request: Request, gate: FromPath[UUID], data: JSONBody[WalkIn]) -> Response[bytes]:
    """Register somebody at the door; the same `form` gives the same answer again."""
    answer = await walk_ins.register(gate=gate, asked_for=data, principal=request.scope["user"], now=request.now)
    return Response(answer, media_type="application/json", headers=UNKEPT)


@get("/api/v1/gates/{gate:uuid}/guests/{ticket:uuid}/badge", tags=["gates"], media_type="application/pdf")
async def print_badge(request: Request, gate: FromPath[UUID], ticket: FromPath[UUID]) -> Response[bytes]:
    """Give the badge of one guest as PDF; it is written down who took it."""
    found = await badges.badge(gate=gate, ticket=ticket, principal=request.scope["user"], now=request.now)
    headers = {**UNKEPT, "content-disposition": 'inline; filename="badge.pdf"'}
    return Response(found, media_type="application/pdf", headers=headers)


@post("/api/v1/gates/{gate:uuid}/guests/{ticket:uuid}/residence", status_code=204, tags=["gates"])
async def declare_residence(
    request: Request, gate: FromPath[UUID], ticket: FromPath[UUID], data: JSONBody[Lives]
) -> None:
    """Note where a guest lives whose ticket does not say so; after that the code opens the gate.

    Said again it changes nothing; a ticket that names another country already is put right elsewhere (409).
    """
    await residence.declare(gate=gate, ticket=ticket, said=data, principal=request.scope["user"], now=request.now)


HANDLERS: list[Any] = [find_guests, register_walk_in, print_badge, declare_residence]
