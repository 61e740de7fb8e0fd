"""Calendars of partners: paste an address, look at the report, go live; and all that may be done with one later."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import LANGUAGES, NAMES, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import REFUSED, Form, chosen_file, filled, sent, who
from app.exchange.agreeing import overview, reach, reports, sources
from app.exchange.agreeing.edits import NewSource, SourceEdit
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.agreeing.zones import ZONES
from app.exchange.errors import AgreementNotValid
from app.exchange.pages.frame import (
    HTML,
    NO,
    OFFICE,
    ONE,
    OWN_ONE,
    POSTED,
    SHOWN,
    form_page,
    source_frame,
)
from app.exchange.pulling.pull import pull
from app.exchange.words import said

SOURCE = f"{ONE}/sources/{{source:str}}"
OWN_SOURCE = f"{OWN_ONE}/sources/{{source:str}}"
LARGEST = 10 * 1024 * 1024
"""Bytes of a file that is handed in, as of one that is fetched."""
LARGEST_FORM = LARGEST + 64 * 1024
TAGS = [(tag, NAMES[tag]) for tag in LANGUAGES]


@get(f"{OFFICE}/sources/new", **HTML)
async def new_source(request: Request, partner: FromQuery[str] = "") -> Response[str]:
    """Show the one form that a new calendar needs."""
    usual = {"partner": partner, "kind": "ics", "zone": "Asia/Tokyo", "language": "ja"}
    return await _new_page(request, Form(usual))


async def _new_page(request: Request, form: Form) -> Response[str]:
    found = await overview.listed(who(request), request.now)
    return form_page(
        request,
        "new_source",
        form,
        partners=[(one.partner.slug, text(one.partner.name)) for one in found],
        kinds=list(overview.KINDS.items()),
        tags=TAGS,
        zones=ZONES,
        crumbs=[(OFFICE, _("Partner cities")), ("", _("New calendar"))],
    )


@post(f"{OFFICE}/sources/new", **POSTED)
async def add_source(request: Request) -> Response[Any]:
    """Add a calendar, read it once, and show the report; nobody else sees anything of it yet."""
    form = await sent(request)
    try:
        made = await sources.add(principal=who(request), wish=check(form.typed, NewSource), now=request.now)
    except REFUSED as error:
        return await _new_page(request, form.refused(error))
    except AgreementNotValid as error:
        refusal = Invalid([FieldError("partner", "agreement", error.detail)])
        return await _new_page(request, form.refused(refusal))
    return await _read(request, made)


async def _read(request: Request, found: SourceRef) -> Response[Any]:
    """Read a calendar that has an address, and go to its page."""
    if found.url_sealed:
        await pull(source=found.id, now=request.now, why="officer")
    return done(source_address(request, found), "read" if found.url_sealed else "added")


def source_address(request: Request, found: SourceRef) -> str:
    """Return the address of a calendar's page for whoever asks."""
    root = "/partner" if who(request).role == "partner" else OFFICE
    return f"{root}/{found.partner_slug}/sources/{found.id}"


@get([SOURCE, OWN_SOURCE], **HTML)
async def show_source(
    request: Request,
    partner: FromPath[str],
    source: FromPath[str],
    show: FromQuery[str] = "all",
    reading: FromQuery[str] = "",
) -> Response[str]:
    """Show a calendar: what was read, repaired and left out, line by line, and what waits for a decision."""
    found = await both(request, partner, source)
    return await source_page(request, *found, show=show, reading=reach.as_id(reading))


async def both(request: Request, partner: str, source: str) -> tuple[PartnerRef, SourceRef]:
    """Return a partner within reach and a source of it. Raises `NotFound`."""
    found = await reach.partner(partner, who(request))
    return found, await reach.source_from(found, source)


async def source_page(
    request: Request,
    partner: PartnerRef,
    found: SourceRef,
    *,
    refusal: DomainError | None = None,
    show: str = "all",
    reading: UUID | None = None,
    status: int = 200,
    **values: Any,
) -> Response[str]:
    """Show a calendar's page, with what went wrong if anything did."""
    line = await overview.of_source(found, request.now)
    return page(
        request,
        "exchange/agreeing/source.html",
        status=int(refusal.status) if refusal else status,
        headers=UNKEPT,
        refusal=refusal.detail if refusal else "",
        line=line,
        report=await reports.report(found, reading=reading, show=_shown(show)),
        readings=await reports.readings(found),
        to_decide=await reports.to_decide(found, now=request.now),
        outcomes=reports.OUTCOMES,
        why=reports.WHY,
        kinds_found=reports.KINDS,
        kinds=overview.KINDS,
        said=said,
        **source_frame(request, partner, found),
        **{"errors": [], "secret": "", **values},
    )


def _shown(show: str) -> reports.Show:
    return msgspec.convert(show, reports.Show) if show in reports.KINDS else "all"


@get(f"{SOURCE}/settings", **HTML)
async def show_source_settings(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[str]:
    """Show the form of a calendar; its address is never shown again."""
    found = await both(request, partner, source)
    return _settings_page(request, *found, filled(sources.edit_of(found[1]), found[1].revision))


def _settings_page(request: Request, partner: PartnerRef, found: SourceRef, form: Form) -> Response[str]:
    values = source_frame(request, partner, found, ("", _("Settings")))
    return form_page(request, "source_settings", form, tags=TAGS, zones=ZONES, **values)


@post(f"{SOURCE}/settings", **POSTED)
async def save_source_settings(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[Any]:
    """Save a calendar."""
    (city, found), form = await both(request, partner, source), await sent(request)
    try:
        wish = check(form.typed, SourceEdit)
        await sources.change(principal=who(request), source=found, seen=form.seen, wish=wish, now=request.now)
    except REFUSED as error:
        return _settings_page(request, city, found, form.refused(error))
    return done(source_address(request, found), "saved")


@post(f"{SOURCE}/live", **POSTED)
async def go_live(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[Any]:
    """Show what a calendar brings, and read it by the schedule."""
    city, found = await both(request, partner, source)
    try:
        await sources.go_live(principal=who(request), source=found, now=request.now)
    except NO as error:
        return await source_page(request, city, found, refusal=error)
    return done(source_address(request, found), "live")


@post(f"{SOURCE}/pause", **POSTED)
async def pause_source(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[Any]:
    """Stop reading a calendar for a while."""
    city, found = await both(request, partner, source)
    try:
        await sources.pause(principal=who(request), source=found, now=request.now)
    except NO as error:
        return await source_page(request, city, found, refusal=error)
    return done(source_address(request, found), "paused")


@post(f"{SOURCE}/pull", **POSTED)
async def pull_source(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[Any]:
    """Read a calendar now."""
    city, found = await both(request, partner, source)
    try:
        return await _read(request, found)
    except NO as error:
        return await source_page(request, city, found, refusal=error)


@post([f"{SOURCE}/secret", f"{OWN_SOURCE}/secret"], **SHOWN)
async def new_secret(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[Any]:
    """Draw a key for signed pings and show it, once."""
    city, found = await both(request, partner, source)
    try:
        drawn = await sources.new_secret(principal=who(request), source=found, now=request.now)
    except NO as error:
        return await source_page(request, city, found, refusal=error)
    return await source_page(request, city, await reach.any_source(found.id), secret=drawn)


@post([f"{SOURCE}/file", f"{OWN_SOURCE}/file"], request_max_body_size=LARGEST_FORM, **POSTED)
async def hand_in(request: Request, partner: FromPath[str], source: FromPath[str]) -> Response[Any]:
    """Read a file that somebody has by hand."""
    (city, found), form = await both(request, partner, source), await sent(request)
    try:
        data = await chosen_file(form)
        await pull(source=found.id, now=request.now, why="upload", file=data)
    except Invalid as error:
        return await source_page(request, city, found, errors=error.errors, status=422)
    except NO as error:
        return await source_page(request, city, found, refusal=error)
    return done(source_address(request, found), "read")


@get(f"{SOURCE}/readings/{{reading:str}}/file", **HTML)
async def take_file(
    request: Request, partner: FromPath[str], source: FromPath[str], reading: FromPath[str]
) -> Response[bytes]:
    """Give the bytes of a reading as they came."""
    _city, found = await both(request, partner, source)
    content = await reports.raw(found, reach.needed(reading))
    headers = {**UNKEPT, "content-disposition": 'attachment; filename="reading.bin"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


HANDLERS: list[Any] = [
    new_source,
    add_source,
    show_source,
    show_source_settings,
    save_source_settings,
    go_live,
    pause_source,
    pull_source,
    new_secret,
    hand_in,
    take_file,
]
