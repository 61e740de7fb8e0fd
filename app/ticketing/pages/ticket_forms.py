"""The forms of one ticket: changing what was declared with it, and passing it on to somebody else.

Their fields are named as those of the first person of a registration, and asked in the same words.
"""

from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post

from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import NAMES, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.ticketing import queries
from app.ticketing.errors import LastCode, SoldOut
from app.ticketing.life import holder_queries
from app.ticketing.life.by import HOLDER
from app.ticketing.life.change import change
from app.ticketing.life.edits import NewHolder, TicketEdit
from app.ticketing.life.holding import doable
from app.ticketing.life.transfer import transfer
from app.ticketing.life.used import used
from app.ticketing.pages import form_files, form_wish
from app.ticketing.pages.form_files import LARGEST_FORM
from app.ticketing.pages.form_view import Person, labels, residence_options
from app.ticketing.pages.party import Member, act, as_list, members
from app.ticketing.pages.party_actions import REFUSED
from app.ticketing.pages.ticket_actions import OF_PARTY, OWN, At, at
from app.ticketing.registering import answers, offers, uploads
from app.ticketing.registering.asked import asked
from app.ticketing.registering.drafts import files_of
from app.ticketing.registering.needs import NEEDS
from app.ticketing.registering.uploads import UploadGone
from app.ticketing.schemas import Offer, OfferedQuestion, OfferedSession
from app.ticketing.states import HOLDING

SAID = (*REFUSED, SoldOut, LastCode, UploadGone)
"""What the form says above itself, with everything typed still there."""
P = "party.0"
T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True):
    """What a form may ask with a ticket: questions, and sessions with the places left in each."""

    questions: list[OfferedQuestion]
    sessions: list[tuple[OfferedSession, int]]
    reserved: list[str]
    found: Offer


class Form(msgspec.Struct, frozen=True):
    """A form as it came, or is shown first. `key` is what its files belong to, `wrong` what is wrong with them.

    `ticked` are sessions; `dropped` says that a button only took a file out.
    """

    here: At
    found: Asked
    member: Member
    key: str
    ticked: list[str] = []
    wrong: list[FieldError] = []
    dropped: bool = False


async def _asked(here: At, request: Request) -> Asked:
    found = await offers.offer(here.view.convention_slug, now=request.now)
    wanted = found.types.get(here.view.ticket_type)
    reserved = [str(s.id) for s in here.view.sessions if s.reserved]
    left = await queries.places_left(found.convention)
    sessions = [
        (s, left.get(s.quota, 0))
        for s in found.sessions.values()
        if s.quota and s.ends_at > request.now and wanted and offers.opens(wanted, s, found)
    ]
    return Asked(
        questions=asked(found, wanted) if wanted else [],
        sessions=sessions if here.view.state in HOLDING else [],
        reserved=reserved,
        found=found,
    )


@get([f"{OWN}/change", f"{OF_PARTY}/change"], include_in_schema=False)
async def show_change(request: Request) -> Response[str]:
    """Show what was declared with a ticket, to be changed."""
    here = await at(request)
    found = await _asked(here, request)
    member = await _declared(here, found)
    return await _form(request, "change", Form(here, found, member, str(uuid4()), found.reserved))


@post([f"{OWN}/change", f"{OF_PARTY}/change"], include_in_schema=False, request_max_body_size=LARGEST_FORM)
async def send_change(request: Request) -> Response[Any]:
    """Change the ticket."""
    form = await _read(request)
    if form.dropped:
        return await _form(request, "change", form)
    try:
        await change(ticket=form.here.view.id, wish=_checked(_edit(form), TicketEdit, form), by=HOLDER, now=request.now)
    except (Invalid, *SAID) as error:
        return await _form(request, "change", form, error)
    return done(form.here.back, "changed")


@get(f"{OF_PARTY}/pass-on", include_in_schema=False)
async def show_pass_on(request: Request) -> Response[Any]:
    """Ask who takes the ticket over."""
    here = await at(request)
    if not doable(here.view, used=here.view.id in await used([here.view.id]), now=request.now).transfer:
        return see_other(here.back)  # that page says how things stand
    return await _form(request, "pass_on", Form(here, await _asked(here, request), {}, str(uuid4())))


@post(f"{OF_PARTY}/pass-on", include_in_schema=False, request_max_body_size=LARGEST_FORM)
async def pass_on(request: Request) -> Response[Any]:
    """Pass the ticket on."""
    form = await _read(request)
    if form.dropped:
        return await _form(request, "pass_on", form)
    try:
        to = _checked(_plain(form.member, form.found), NewHolder, form)
        await transfer(ticket=form.here.view.id, to=to, by=HOLDER, now=request.now)
    except (Invalid, *SAID) as error:
        return await _form(request, "pass_on", form, error)
    return done(form.here.back, "passed-on")


async def _read(request: Request) -> Form:
    """Return the form with its files kept."""
    here = await at(request)
    found = await _asked(here, request)
    sent = await read_form(request)
    sent["party"] = members(sent)[:1]
    key = _key(sent)
    errors = await form_files.keep(sent, found.found, bears=UUID(key), request=request)
    action = str(sent.get("action", ""))
    dropped = act(sent["party"], action, sent) if action.startswith("drop.") else None
    member = (dropped or sent["party"])[0]
    return Form(here, found, member, key, as_list(sent.get("sessions")), errors, dropped is not None)


def _key(form: dict[str, Any]) -> str:
    """Return what the files of a form belong to: drawn when it was shown."""
    try:
        return str(UUID(str(form.get("key"))))
    except ValueError:
        return str(uuid4())


async def _declared(here: At, found: Asked) -> Member:
    """Return what was declared with a ticket, as its form shows it; the address of whoever registered is left out."""
    view = here.view
    given = (await answers.of([view.id])).get(view.id, {})
    own = view.email if view.email != await holder_queries.address_of_registration(view.registration) else ""
    return {
        "name": view.name,
        "reading": view.reading,
        "organisation": view.organisation,
        "residence": view.residence,
        "email": own,
        "child": view.child,
        "needs": list(view.needs),
        "needs_note": view.needs_note,
        "languages": list(view.languages),
        "answers": {q.slug: given[q.id] for q in found.questions if q.id in given},
    }


def _plain(member: Member, found: Asked) -> dict[str, Any]:
    """Return a person as the interface takes one, unchecked."""
    words = ("name", "residence", "reading", "organisation", "email", "needs_note")
    given = form_wish.answers(member.get("answers", {}), found.questions)
    return {
        **{name: member.get(name, "") for name in words},
        "child": member.get("child") == "true",
        "needs": as_list(member.get("needs")),
        "languages": as_list(member.get("languages")),
        "answers": given,
    }


def _edit(form: Form) -> dict[str, Any]:
    """Return what changes: whatever the form shows, also what was emptied; a file that is not sent anew stays."""
    raw = _plain(form.member, form.found)
    emptied = {q.slug: [] if q.kind == "choices" else "" for q in form.found.questions if q.kind != "file"}
    raw["answers"] = {**emptied, **raw["answers"]}
    if form.found.sessions:
        raw["sessions"] = list(dict.fromkeys(form.ticked))
    return raw


def _checked(raw: dict[str, Any], kind: type[T], form: Form) -> T:
    """Return the form as `kind`, or raise `Invalid` with every wrong field, also those of its files."""
    wrong = [msgspec.structs.replace(e, field=e.field.removeprefix("party[0].")) for e in form.wrong]
    try:
        wish = check(raw, kind)
    except Invalid as error:
        raise Invalid([*(_needed(e, raw) for e in error.errors), *wrong]) from None
    if wrong:
        raise Invalid(wrong)
    return wish


def _needed(error: FieldError, raw: dict[str, Any]) -> FieldError:
    """Return an error about a select on which nothing was chosen as the registration form says it."""
    if error.code == "choice" and raw.get(error.field) == "":
        return FieldError(error.field, "required", _("This is needed."))
    return error


async def _form(request: Request, name: str, form: Form, error: DomainError | None = None) -> Response[str]:
    person = Person(P, 1, form.member, text(form.here.view.type_title), form.found.questions, 0, open=True)
    shown = {str(session.id) for session, _left in form.found.sessions}
    return page(
        request,
        f"ticketing/{name}.html",
        status=int(error.status) if error else 200,
        form=form,
        here=form.here,
        found=form.found,
        person=person,
        kept=[session for session in form.found.reserved if session not in shown],
        residences=residence_options,
        needs=NEEDS,
        spoken=NAMES,
        as_list=as_list,
        sent=await uploads.waiting(files_of({"party": [form.member]})),
        labels={
            **{field: _short(words) for field, words in labels([person]).items()},
            "sessions": _("Reserved places"),
        },
        errors=_shown(error.errors) if isinstance(error, Invalid) else [],
        refusal=error if error and not isinstance(error, Invalid) else None,
        headers=UNKEPT,
    )


def _short(words: str) -> str:
    """Return the name of a field without whose it is: there is one person."""
    return words.rpartition(" – ")[2]


def _shown(errors: list[FieldError]) -> list[FieldError]:
    """Return errors by the names of the form's fields."""
    named = [
        msgspec.structs.replace(e, field="sessions" if e.field.startswith("sessions") else f"party[0].{e.field}")
        for e in errors
    ]
    return form_wish.shown(named)


HANDLERS = [show_change, send_change, show_pass_on, pass_on]
