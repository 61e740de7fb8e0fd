"""The office's pages of conventions, of the city's venues and of organisers."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import conventions, organisers, places, queries
from app.events.edits import ConventionEdit, Move, NewConvention, OrganiserEdit, VenueEdit
from app.events.errors import StillNeeded, WrongState
from app.events.owned import OwnConvention
from app.events.pages.frame import DONE, REFUSED, STATES, Form, filled, form_page, sent, state_of, who

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
CONVENTIONS = "/office/conventions"
ORGANISERS = "/office/organisers"


@get(CONVENTIONS, **HTML)
async def show_conventions(request: Request) -> Response[str]:
    """List the conventions, the latest first."""
    return page(request, "events/console/conventions.html", found=await queries.conventions(), done_words=DONE)


@get(f"{CONVENTIONS}/new", **HTML)
async def new_convention(request: Request) -> Response[str]:
    """Show the form of a new convention, modelled on the last one."""
    return await _new_page(request, Form(await conventions.proposed(now=request.now)))


async def _new_page(request: Request, form: Form) -> Response[str]:
    return form_page(
        request,
        "events/console/new_convention.html",
        form,
        crumbs=[(CONVENTIONS, _("Conventions")), ("", _("New convention"))],
        models=[(str(c.id), text(c.title)) for c in await queries.conventions()],
        zones=conventions.ZONES,
    )


@post(f"{CONVENTIONS}/new", **POSTED)
async def create_convention(request: Request) -> Response[Any]:
    """Make a convention."""
    form = await sent(request)
    try:
        made = await conventions.create(principal=who(request), wish=check(form.typed, NewConvention), now=request.now)
    except REFUSED as error:
        plainer = _("End it with the year, such as yokohama-2027: a word alone may be the address of another page.")
        return await _new_page(request, form.refused(error, slug=plainer))
    return done(f"{CONVENTIONS}/{made}", "added")


@get(f"{CONVENTIONS}/{{convention:uuid}}", **HTML)
async def show_convention(request: Request, convention: FromPath[UUID]) -> Response[str]:
    """Show the form of a convention, and the city's venues."""
    stored = await conventions.one(convention=convention)
    return await _convention_page(request, stored, filled(conventions.edit_of(stored), stored.revision))


async def _convention_page(request: Request, stored: OwnConvention, form: Form, refusal: str = "") -> Response[str]:
    events = await queries.events_in(stored.id)
    return form_page(
        request,
        "events/console/convention.html",
        form,
        one=stored,
        refusal=refusal,
        crumbs=[(CONVENTIONS, _("Conventions")), ("", text(stored.title))],
        events=[(event, STATES[state_of(event, stored.zone, request.now)]) for event in events],
        venues=await conventions.city_venues(convention=stored.id),
        done_words=DONE,
    )


@post(f"{CONVENTIONS}/{{convention:uuid}}", **POSTED)
async def save_convention(request: Request, convention: FromPath[UUID]) -> Response[Any]:
    """Save a convention."""
    form = await sent(request)
    try:
        wish = check(form.typed, ConventionEdit)
        await conventions.change(
            principal=who(request), convention=convention, seen=form.seen, wish=wish, now=request.now
        )
    except REFUSED as error:
        return await _convention_page(request, await conventions.one(convention=convention), form.refused(error))
    return done(f"{CONVENTIONS}/{convention}", "saved")


@post(f"{CONVENTIONS}/{{convention:uuid}}/publish", **POSTED)
async def publish_convention(request: Request, convention: FromPath[UUID]) -> Response[Any]:
    """Show a convention to everybody."""
    try:
        await conventions.publish(principal=who(request), convention=convention, now=request.now)
    except WrongState as error:
        return await _refused(request, convention, error)
    return done(f"{CONVENTIONS}/{convention}", "published")


async def _refused(request: Request, convention: UUID, error: DomainError) -> Response[str]:
    """Say on the convention's own page why something is not done to it."""
    stored = await conventions.one(convention=convention)
    form = filled(conventions.edit_of(stored), stored.revision)
    answer = await _convention_page(request, stored, form, error.detail)
    answer.status_code = int(error.status)
    return answer


@post(f"{CONVENTIONS}/{{convention:uuid}}/unpublish", **POSTED)
async def unpublish_convention(request: Request, convention: FromPath[UUID]) -> Response[Any]:
    """Hide a convention again."""
    try:
        await conventions.unpublish(principal=who(request), convention=convention, now=request.now)
    except (StillNeeded, WrongState) as error:
        return await _refused(request, convention, error)
    return done(f"{CONVENTIONS}/{convention}", "saved")


@post(f"{CONVENTIONS}/{{convention:uuid}}/events/{{event:uuid}}/move", **POSTED)
async def move_event(request: Request, convention: FromPath[UUID], event: FromPath[UUID]) -> Response[bytes]:
    """Show an event earlier or later in the programme."""
    earlier = check((await sent(request)).typed, Move).to == "earlier"
    await conventions.move(principal=who(request), convention=convention, event=event, earlier=earlier, now=request.now)
    return done(f"{CONVENTIONS}/{convention}", "saved")


@get(f"{CONVENTIONS}/{{convention:uuid}}/venues/new", **HTML)
async def new_venue(request: Request, convention: FromPath[UUID]) -> Response[str]:
    """Show the form of a new venue of the city."""
    return _venue_page(request, await conventions.one(convention=convention), "", Form())


def _venue_page(request: Request, stored: OwnConvention, name: str, form: Form) -> Response[str]:
    below = name or _("New venue")
    crumbs = [(CONVENTIONS, _("Conventions")), (f"{CONVENTIONS}/{stored.id}", text(stored.title)), ("", below)]
    return form_page(request, "events/console/city_venue.html", form, title=below, crumbs=crumbs)


@post(f"{CONVENTIONS}/{{convention:uuid}}/venues/new", **POSTED)
async def add_venue(request: Request, convention: FromPath[UUID]) -> Response[Any]:
    """Add a venue of the city."""
    stored, form = await conventions.one(convention=convention), await sent(request)
    try:
        await conventions.add_venue(
            principal=who(request), convention=convention, wish=check(form.typed, VenueEdit), now=request.now
        )
    except REFUSED as error:
        return _venue_page(request, stored, "", form.refused(error))
    return done(f"{CONVENTIONS}/{convention}", "added")


@get(f"{CONVENTIONS}/{{convention:uuid}}/venues/{{venue:uuid}}", **HTML)
async def show_venue(request: Request, convention: FromPath[UUID], venue: FromPath[UUID]) -> Response[str]:
    """Show the form of a venue of the city."""
    stored = await conventions.one(convention=convention)
    found = await conventions.city_venue(convention=convention, venue=venue)
    return _venue_page(request, stored, text(found.name), filled(places.venue_edit_of(found), found.revision))


@post(f"{CONVENTIONS}/{{convention:uuid}}/venues/{{venue:uuid}}", **POSTED)
async def save_venue(request: Request, convention: FromPath[UUID], venue: FromPath[UUID]) -> Response[Any]:
    """Save a venue of the city."""
    stored = await conventions.one(convention=convention)
    found = await conventions.city_venue(convention=convention, venue=venue)
    form = await sent(request)
    try:
        wish = check(form.typed, VenueEdit)
        await conventions.change_venue(
            principal=who(request), convention=convention, venue=venue, seen=form.seen, wish=wish, now=request.now
        )
    except REFUSED as error:
        return _venue_page(request, stored, text(found.name), form.refused(error))
    return done(f"{CONVENTIONS}/{convention}", "saved")


@get(f"{CONVENTIONS}/{{convention:uuid}}/venues/{{venue:uuid}}/delete", **HTML)
async def ask_delete_venue(request: Request, convention: FromPath[UUID], venue: FromPath[UUID]) -> Response[str]:
    """Ask whether a venue of the city is to be removed."""
    found = await conventions.city_venue(convention=convention, venue=venue)
    return page(
        request,
        "core/confirm.html",
        question=_("Remove “%(title)s”?", title=text(found.name)),
        words=_("It can be removed while no event, session or gate uses it."),
        action=f"{CONVENTIONS}/{convention}/venues/{venue}/delete",
        button=_("Remove the venue"),
        back=f"{CONVENTIONS}/{convention}",
        danger=True,
    )


@post(f"{CONVENTIONS}/{{convention:uuid}}/venues/{{venue:uuid}}/delete", **POSTED)
async def delete_venue(request: Request, convention: FromPath[UUID], venue: FromPath[UUID]) -> Response[bytes]:
    """Remove a venue of the city."""
    await conventions.delete_venue(principal=who(request), convention=convention, venue=venue, now=request.now)
    return done(f"{CONVENTIONS}/{convention}", "removed")


@get(ORGANISERS, **HTML)
async def show_organisers(request: Request) -> Response[str]:
    """List the organisers."""
    return page(request, "events/console/organisers.html", found=await organisers.everybody())


@get(f"{ORGANISERS}/new", **HTML)
async def new_organiser(request: Request) -> Response[str]:
    """Show the form of a new organiser."""
    return _organiser_page(request, "", Form())


def _organiser_page(request: Request, name: str, form: Form) -> Response[str]:
    below = name or _("New organiser")
    crumbs = [(ORGANISERS, _("Organisers")), ("", below)]
    return form_page(request, "events/console/organiser.html", form, title=below, crumbs=crumbs, fresh=not name)


@post(f"{ORGANISERS}/new", **POSTED)
async def add_organiser(request: Request) -> Response[Any]:
    """Add an organiser."""
    form = await sent(request)
    try:
        await organisers.add(principal=who(request), wish=check(form.typed, OrganiserEdit), now=request.now)
    except REFUSED as error:
        return _organiser_page(request, "", form.refused(error))
    return done(ORGANISERS, "added")


@get(f"{ORGANISERS}/{{organiser:uuid}}", **HTML)
async def show_organiser(request: Request, organiser: FromPath[UUID]) -> Response[str]:
    """Show the form of an organiser."""
    stored = await organisers.one(organiser=organiser)
    return _organiser_page(request, text(stored.name), filled(organisers.edit_of(stored), stored.revision))


@post(f"{ORGANISERS}/{{organiser:uuid}}", **POSTED)
async def save_organiser(request: Request, organiser: FromPath[UUID]) -> Response[Any]:
    """Save an organiser."""
    stored, form = await organisers.one(organiser=organiser), await sent(request)
    try:
        wish = check(form.typed, OrganiserEdit)
        await organisers.change(principal=who(request), organiser=organiser, seen=form.seen, wish=wish, now=request.now)
    except REFUSED as error:
        return _organiser_page(request, text(stored.name), form.refused(error))
    return done(ORGANISERS, "saved")


HANDLERS = [
    show_conventions,
    new_convention,
    create_convention,
    show_convention,
    save_convention,
    publish_convention,
    unpublish_convention,
    move_event,
    new_venue,
    add_venue,
    show_venue,
    save_venue,
    ask_delete_venue,
    delete_venue,
    show_organisers,
    new_organiser,
    add_organiser,
    show_organiser,
    save_organiser,
]
