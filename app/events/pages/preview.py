"""A draft as it will look, for those who run it. Read afresh each time and never kept for anybody else."""

from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events import desk, queries, shown
from app.events.owned import Held
from app.events.pages.frame import address, who
from app.events.pages.programme import event_values, session_values
from app.events.schemas import Programme
from app.events.shown import Line


async def _programme(own: Held) -> Programme:
    found = await queries.programme(own.convention.slug, draft=own.event.id)
    if found is None:
        raise NotFound
    return found


@get("/console/events/{event:uuid}/preview", include_in_schema=False)
async def preview(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the public page of an event, published or not."""
    own = await desk.own_event(principal=who(request), event=event)
    found = await _programme(own)
    values = event_values(found, found.events[event], request)
    groups = [(day, [_here(line, found, event) for line in lines]) for day, lines in values["groups"]]
    return page(
        request,
        "events/console/preview_event.html",
        headers=UNKEPT,
        **{**values, "groups": groups, "register_path": address(event, "tickets")},
        back=address(event),
        own=own,
    )


def _here(line: Line, found: Programme, event: UUID) -> Line:
    """Return a line whose links stay in the preview."""
    key = next(key for key, one in shown.lines(found).items() if one.path == line.path)
    return msgspec.structs.replace(
        line, path=address(event, "preview", "sessions", key), event_path=address(event, "preview")
    )


@get("/console/events/{event:uuid}/preview/sessions/{session:uuid}", include_in_schema=False)
async def preview_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[str]:
    """Show the public page of a session, published or not."""
    own = await desk.own_event(principal=who(request), event=event)
    found = await _programme(own)
    one = found.sessions.get(session)
    if one is None or one.event != event:
        raise NotFound
    values = session_values(found, one, request)
    return page(
        request,
        "events/console/preview_session.html",
        headers=UNKEPT,
        **{**values, "line": _here(values["line"], found, event), "register_path": address(event, "tickets")},
        back=address(event, "preview"),
        own=own,
    )


HANDLERS = [preview, preview_session]
