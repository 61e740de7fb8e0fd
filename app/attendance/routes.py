"""The JSON API of gates and online presence."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from app.attendance import presence, queries, scans
from app.attendance.schemas import GateStatus, Joined, PresenceIn, PresenceOut, ScansIn, ScansOut
from app.core.i18n import text
from app.core.validation import check
from app.core.web.request import Request

BEAT_SECONDS = int(presence.BEAT.total_seconds())


@post("/api/v1/scans", status_code=200, tags=["gates"])
async def upload_scans(request: Request, data: JSONBody[ScansIn]) -> ScansOut:
    """Upload 1 to 1,000 scans of the device behind the token; one scan on line is a list of one.

    Every scan is answered by a receipt and may then leave the device. Sending a scan again changes nothing and gives
    the first answer again.
    """
    receipts = await scans.record(scans=data.scans, principal=request.scope["user"], now=request.now)
    return ScansOut(receipts=receipts, server_time=request.now)


@get("/api/v1/gates/{gate:uuid}/status", tags=["gates"])
async def gate_status(request: Request, gate: FromPath[UUID]) -> GateStatus:
    """Return today's figures of a gate: people inside its venue, entries, refusals by reason, devices."""
    return await queries.gate_status(gate, request.scope["user"], now=request.now)


@post("/api/v1/join/{token:str}", status_code=200, tags=["online"])
async def join(request: Request, token: FromPath[str]) -> Joined:
    """Enter a session by a personal link: starts a visit, which lives by its beats."""
    room, visit = await presence.join(token=token, now=request.now)
    return Joined(
        visit=visit,
        state=room.state(request.now),
        beat_seconds=BEAT_SECONDS,
        session=room.session,
        title=text(room.title),
        starts_at=room.starts_at,
        ends_at=room.ends_at,
        stream_url=room.stream_url,
    )


@post("/api/v1/presence/beats", status_code=200, tags=["online"])
async def beat(request: Request, data: JSONBody[PresenceIn]) -> PresenceOut:
    """Send a sign of life of a page, every 30 seconds while it is open; 410 once the session is over."""
    state = await presence.beat(token=data.token, visit=data.visit, now=request.now)
    return PresenceOut(state=state, beat_seconds=BEAT_SECONDS)


@post("/api/v1/presence/leave", status_code=204, tags=["online"])
async def leave(request: Request) -> Response[None]:
    """Say farewell for a page. The body is that of a beat, under any content type: browsers send it while closing."""
    said = check(await request.json(), PresenceIn)
    await presence.leave(token=said.token, visit=said.visit, now=request.now)
    return Response(None, status_code=204)


HANDLERS: list[Any] = [upload_scans, gate_status, join, beat, leave]
