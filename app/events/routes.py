"""The programme, for programs."""

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar import Controller, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.request import Request
from app.events.addresses import full
from app.events.conditional import answer
from app.events.programme import Wish, by_event, find, programme, programme_of_event, sessions_of
from app.events.published import convention_out, event_out
from app.events.schemas import ConventionOut, Event, EventOut, Session

JSON = "application/json"
MOST = 100

Day = Annotated[str, QueryParameter(description="Only sessions on this day, such as 2026-11-21.")]
Place = Annotated[str, QueryParameter(name="venue", description="Slug of a venue.")]
Mode = Annotated[str, QueryParameter(description="on_site, online or hybrid.")]
Lang = Annotated[str, QueryParameter(description="Only sessions held in this language (BCP 47); texts are in it too.")]
Linked = Annotated[str, QueryParameter(name="event", description="Slug of an event.")]
Search = Annotated[str, QueryParameter(description="Words in any language; one character is enough.")]
Limit = Annotated[str, QueryParameter(description="How many events, 1 to 100.")]
Cursor = Annotated[str, QueryParameter(description="Where the page begins, as the Link header gives it.")]


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list is asked for; the cursor is the slug of the last event of the part before."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=80)] = ""


class ProgrammeController(Controller):
    """What is on."""

    path = "/api/v1"
    tags = ["Programme"]

    @get("/conventions/{convention:str}", responses={200: ResponseSpec(ConventionOut, description="The convention.")})
    async def convention(self, request: Request, convention: FromPath[str]) -> Response[bytes]:
        """Show a convention with its days, venues and events."""
        found = await programme(convention=convention)
        return answer(request, msgspec.json.encode(convention_out(found)), media_type=JSON)

    @get(
        "/conventions/{convention:str}/events",
        responses={200: ResponseSpec(list[EventOut], description="The events that have something to show.")},
    )
    async def events(
        self,
        request: Request,
        convention: FromPath[str],
        *,
        day: Day = "",
        venue: Place = "",
        mode: Mode = "",
        lang: Lang = "",
        event: Linked = "",
        q: Search = "",
        limit: Limit = "",
        cursor: Cursor = "",
    ) -> Response[bytes]:
        """List the events with those of their sessions that meet every filter."""
        asked = {"day": day, "venue": venue, "mode": mode, "lang": lang, "event": event, "q": q}
        wish, part = check(_given(asked), Wish), check(_given({"limit": limit, "cursor": cursor}), Slice)
        found = await programme(convention=convention)
        groups, more = cut(by_event(find(found, wish)), part)
        body = msgspec.json.encode([event_out(found, event, sessions) for event, sessions in groups])
        link = _next(request, groups[-1][0].slug) if more else {}
        return answer(request, body, media_type=JSON, headers=link)

    @get("/events/{event:str}", responses={200: ResponseSpec(EventOut, description="The event.")})
    async def event(self, request: Request, event: FromPath[str]) -> Response[bytes]:
        """Show an event by id or slug; a slug of several years means this year's."""
        found, one = await programme_of_event(event=event, now=request.now)
        return answer(request, msgspec.json.encode(event_out(found, one, sessions_of(found, one))), media_type=JSON)


Groups = list[tuple[Event, list[Session]]]


def cut(groups: Groups, part: Slice) -> tuple[Groups, bool]:
    """Return the part of a list of events that was asked for, and whether more follows; sorted as in the programme."""
    slugs = [event.slug for event, _sessions in groups]
    if part.cursor and part.cursor not in slugs:
        raise Invalid(
            [FieldError("cursor", "unknown", _("The list has changed; please start again without a cursor."))]
        )
    first = slugs.index(part.cursor) + 1 if part.cursor else 0
    return groups[first : first + part.limit], first + part.limit < len(groups)


def _given(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _next(request: Request, cursor: str) -> dict[str, str]:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    return {"link": f'<{full(request.scope["path"])}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}


HANDLERS = [ProgrammeController]
