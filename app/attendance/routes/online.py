"""The JSON API of online participation."""

from typing import Any

from litestar import Response, post
from litestar.params import FromPath, JSONBody

from app.attendance.online import beats, presence
from app.attendance.schemas import Joined, PresenceIn, PresenceOut
from app.core.i18n import text
from app.core.validation import check
from app.core.web.request import Request

BEAT_SECONDS = int(presence.BEAT.total_seconds())


@post("/api/v1/join/{token:str}", status_code=200, tags=["online"])
async def join(request: Request, token: FromPath[str]) -> Joined:
    """Enter a session by a personal link: starts a visit, which lives by its beats."""
    room, visit = await beats.join(token=token, now=request.now)
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
    state = await beats.beat(token=data.token, visit=data.visit, now=request.now)
    return PresenceOut(state=state, beat_seconds=BEAT_SECONDS)


@post("/api/v1/presence/leave", status_code=204, tags=["online"])
async def leave(request: Request) -> Response[None]:
    """Say farewell for a page. The body is that of a beat, under any content type: browsers send it while closing."""
    said = check(await request.json(), PresenceIn)
    await presence.leave(token=said.token, visit=said.visit, now=request.now)
    return Response(None, status_code=204)


HANDLERS: list[Any] = [join, beat, leave]
