"""Console, reports of video platforms: whom to register there, what came back, and whose stays nobody is sure of."""

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.attendance.online.reports import drafts, places, queries, registrants, taking, waiting
from app.attendance.online.reports.places import Ground
from app.attendance.online.reports.reading import Platform
from app.attendance.online.reports.taking import Report
from app.attendance.online.reports.waiting import Decided
from app.attendance.online.reports.words import CODES, PLATFORMS
from app.core import spreadsheet
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT, see_other
from app.core.web.request import Request
from app.events import desk, sessions
from app.events.pages.frame import Form, chosen_file, event_frame, form_page, sent, who

SHOWN = 200
"""Lines of a report that a page shows."""
DECISIONS = {
    "counted": gettext_lazy("It counts: the person was there"),
    "dismissed": gettext_lazy("It does not count"),
}
DONE = {
    "taken": gettext_lazy("Taken. What is sure counts already."),
    "already": gettext_lazy("This report had been taken before; nothing has changed."),
    "decided": gettext_lazy("Decided."),
}


def _path(event: UUID, session: UUID, *parts: object) -> str:
    return "/".join([f"/console/events/{event}/sessions/{session}/reports", *map(str, parts)])


async def _ground(request: Request, event: UUID, session: UUID) -> Ground:
    found = await places.ground_of(session, who(request))
    if found.event != event:
        raise NotFound
    return found


async def _page(
    request: Request, event: UUID, template: str, form: Form, *, below: str, **values: Any
) -> Response[str]:
    own = await desk.own_event(principal=who(request), event=event)
    frame = event_frame(own, "reports", now=request.now, below=below)
    answer = form_page(
        request,
        f"attendance/console/{template}.html",
        form,
        platforms=PLATFORMS,
        codes=CODES,
        **frame | {"done_words": {**frame["done_words"], **DONE}},
        **values,
    )
    answer.headers.update(UNKEPT)
    return answer


@get("/console/events/{event:uuid}/reports", include_in_schema=False)
async def show_reports(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the sessions that take place on line, and the reports taken."""
    own = await desk.own_event(principal=who(request), event=event)
    online = [one for one in await sessions.own_sessions(own=own) if one.mode != "on_site"]
    return await _page(
        request,
        event,
        "reports",
        Form(),
        below="",
        sessions=online,
        taken=await queries.taken(event=event),
        waiting=await waiting.how_many(event=event),
    )


@get("/console/events/{event:uuid}/sessions/{session:uuid}/reports", include_in_schema=False)
async def show_session(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[str]:
    """Show what to do with a session's platform: take the list of ids along, bring the report."""
    return await _session(request, await _ground(request, event, session), Form())


async def _session(request: Request, ground: Ground, form: Form) -> Response[str]:
    event, session = ground.event, ground.session
    return await _page(
        request,
        event,
        "session_reports",
        form,
        below=text(session.title),
        session=session,
        at=_path(event, session.id),
        taken=await queries.taken(event=event, session=session.id),
        zones=[(name, name) for name in sorted(available_timezones()) if "/" in name and not name.startswith("Etc/")],
        zone=form.typed.get("zone") or ground.own.convention.zone,
        closes_on=ground.closes_on,
        closed=ground.is_closed(request.now),
    )


@post("/console/events/{event:uuid}/sessions/{session:uuid}/reports", include_in_schema=False, status_code=200)
async def bring(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[Any]:
    """Keep a report and show what is in it; nothing counts yet."""
    ground = await _ground(request, event, session)
    form = await sent(request)
    try:
        report = Report(data=await chosen_file(form), platform=_platform(form), zone=str(form.typed.get("zone", "")))
        made = await drafts.keep(session=session, report=report, principal=who(request), now=request.now)
    except Invalid as error:
        return await _session(request, ground, form.refused(error))
    return see_other(_path(event, session, made))


def _platform(form: Form) -> Platform | None:
    try:
        found: Platform | None = msgspec.convert(form.typed.get("platform"), Platform | None)
    except msgspec.ValidationError:
        return None
    return found


@post(
    "/console/events/{event:uuid}/sessions/{session:uuid}/reports/registrants",
    include_in_schema=False,
    status_code=200,
)
async def export_registrants(request: Request, event: FromPath[UUID], session: FromPath[UUID]) -> Response[bytes]:
    """Give the list under which to register everybody with a platform."""
    await _ground(request, event, session)
    found = await registrants.registrants(session=session, principal=who(request), now=request.now)
    headers = {**UNKEPT, "content-disposition": 'attachment; filename="registrants.csv"'}
    return Response(registrants.as_csv(found), media_type=spreadsheet.CSV, headers=headers)


@get("/console/events/{event:uuid}/sessions/{session:uuid}/reports/{report:uuid}", include_in_schema=False)
async def show_report(
    request: Request, event: FromPath[UUID], session: FromPath[UUID], report: FromPath[UUID]
) -> Response[str]:
    """Show what is in a report that is not taken yet."""
    return await _report(request, await _ground(request, event, session), report, Form())


async def _report(request: Request, ground: Ground, report: UUID, form: Form) -> Response[str]:
    session = ground.session
    found = await drafts.draft_of(session=session.id, draft=report, principal=who(request))
    outcome = await taking.look(session=session.id, report=found.report, principal=who(request), now=request.now)
    return await _page(
        request,
        ground.event,
        "session_report",
        form,
        below=text(session.title),
        session=session,
        outcome=outcome,
        notes=outcome.notes[:SHOWN],
        more=max(0, len(outcome.notes) - SHOWN),
        at=_path(ground.event, session.id, report),
        closes_on=ground.closes_on,
        late=ground.is_closed(request.now),
        may=desk.is_city(who(request)) or not ground.is_closed(request.now),
    )


@post(
    "/console/events/{event:uuid}/sessions/{session:uuid}/reports/{report:uuid}/take",
    include_in_schema=False,
    status_code=200,
)
async def take(
    request: Request, event: FromPath[UUID], session: FromPath[UUID], report: FromPath[UUID]
) -> Response[Any]:
    """Take the report."""
    ground = await _ground(request, event, session)
    form = await sent(request)
    reason = str(form.typed.get("reason", ""))
    if ground.is_closed(request.now) and not reason:
        needed = Invalid([FieldError("reason", "required", _("This is needed."))])
        return await _report(request, ground, report, form.refused(needed))
    outcome = await drafts.take(
        session=session, draft=report, reason=reason[:400], principal=who(request), now=request.now
    )
    return done(_path(event, session), "already" if outcome.already else "taken")


@post(
    "/console/events/{event:uuid}/sessions/{session:uuid}/reports/{report:uuid}/discard",
    include_in_schema=False,
    status_code=200,
)
async def discard(
    request: Request, event: FromPath[UUID], session: FromPath[UUID], report: FromPath[UUID]
) -> Response[bytes]:
    """Throw the report away."""
    await _ground(request, event, session)
    await drafts.discard(session=session, draft=report, principal=who(request))
    return done(_path(event, session), "removed")


@get("/console/events/{event:uuid}/reported", include_in_schema=False)
async def show_waiting(request: Request, event: FromPath[UUID]) -> Response[str]:
    """Show the stays of which nobody is sure whose they are."""
    found = await waiting.waiting(event=event, principal=who(request))
    return await _page(request, event, "reported", Form(), below=_("Stays to decide about"), stays=found)


@get("/console/events/{event:uuid}/reported/{stay:uuid}", include_in_schema=False)
async def show_stay(request: Request, event: FromPath[UUID], stay: FromPath[UUID]) -> Response[str]:
    """Show one of them with a form."""
    return await _stay(request, event, stay, Form())


async def _stay(request: Request, event: UUID, stay: UUID, form: Form) -> Response[str]:
    found = await waiting.one(event=event, stay=stay, principal=who(request))
    below = _("Line %(n)s", n=found.line)
    return await _page(
        request, event, "reported_stay", form, below=below, stay=found, decisions=list(DECISIONS.items())
    )


@post("/console/events/{event:uuid}/reported/{stay:uuid}", include_in_schema=False, status_code=200)
async def decide(request: Request, event: FromPath[UUID], stay: FromPath[UUID]) -> Response[Any]:
    """Decide about a stay."""
    await waiting.one(event=event, stay=stay, principal=who(request))
    form = await sent(request)
    try:
        decided = check({name: words for name, words in form.typed.items() if name != "action"}, Decided)
        await waiting.decide(event=event, stay=stay, decided=decided, principal=who(request), now=request.now)
    except Invalid as error:
        return await _stay(request, event, stay, form.refused(error))
    return done(f"/console/events/{event}/reported", "decided")


HANDLERS: list[Any] = [
    show_reports,
    show_session,
    bring,
    export_registrants,
    show_report,
    take,
    discard,
    show_waiting,
    show_stay,
    decide,
]
