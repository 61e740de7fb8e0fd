"""Pages of the office about privacy: letters from people, times, the register, and who was affected by a leak."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.response import Stream

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, language
from app.core.validation import Address, check
from app.core.web.console import done, listed, timed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.people import affected, erasure, own_data, personal_files, retention
from app.people.affected import Question
from app.people.own_data import OwnPerson
from app.people.pages.own_data import zipped

HOME = "/office/privacy"
ZONE = "Asia/Tokyo"
KINDS = [
    ("device", gettext_lazy("A device at a gate")),
    ("account", gettext_lazy("An account")),
    ("session", gettext_lazy("A signed-in browser")),
    ("export", gettext_lazy("Lists taken of an event")),
]


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a letter is about, and what is to be done: look, hand over everything, erase."""

    email: Address
    persons: tuple[UUID, ...] = ()
    act: str = "find"
    csrf: str = ""


@get(HOME, include_in_schema=False)
async def show_search(request: Request) -> Response[str]:
    """Show the form that finds somebody by the exact address of a letter."""
    return _found(request, "", None)


def _found(
    request: Request,
    email: str,
    persons: list[OwnPerson] | None,
    *,
    errors: list[FieldError] | None = None,
    template: str = "people/office_privacy.html",
) -> Response[str]:
    return page(
        request,
        template,
        status=422 if errors else 200,
        headers=UNKEPT,
        email=email,
        persons=persons,
        errors=errors or [],
    )


@post(HOME, include_in_schema=False)
async def answer_letter(request: Request) -> Response[Any] | Stream:
    """Find, hand over or ask before erasing. The address comes in a body: no address of ours ever holds it."""
    form = listed(await read_form(request), "persons")
    typed = form.get("email", "")
    try:
        letter = check(form, Letter)
    except Invalid as error:
        return _found(request, typed if isinstance(typed, str) else "", None, errors=error.errors)
    persons = await own_data.persons_by_address(letter.email)
    chosen = [person for person in persons if person.id in letter.persons]
    if letter.act == "find":
        return _found(request, letter.email, persons)
    if not chosen:
        errors = [FieldError("persons", "required", _("Choose whom this is about."))]
        return _found(request, letter.email, persons, errors=errors)
    if letter.act == "export":
        return await _hand_over(request, chosen)
    return _found(request, letter.email, chosen, template="people/office_erase.html")


async def _hand_over(request: Request, chosen: list[OwnPerson]) -> Stream:
    ids = [person.id for person in chosen]
    actor = request.scope["user"].actor
    return zipped(request, await own_data.collect(persons=ids, actor=actor, now=request.now))


@post(f"{HOME}/erase", include_in_schema=False)
async def erase_by_letter(request: Request) -> Response[bytes]:
    """Erase those whom the page before named."""
    letter = check(listed(await read_form(request), "persons"), Letter)
    known = {person.id for person in await own_data.persons_by_address(letter.email)}
    chosen = [person for person in letter.persons if person in known]
    await erasure.erase(persons=chosen, actor=request.scope["user"].actor, now=request.now)
    return done(HOME, "erased")


@get("/office/retention", include_in_schema=False)
async def show_retention(request: Request) -> Response[str]:
    """Show how long each kind of data is kept, and what would go now."""
    return await _retention(request, {})


@post("/office/retention", include_in_schema=False)
async def choose_retention(request: Request) -> Response[Any]:
    """Keep other days, from the next run on."""
    form = await read_form(request)
    wanted = form.get("days", {})
    wanted = wanted if isinstance(wanted, dict) else {}
    try:
        await retention.choose(wanted=wanted, actor=request.scope["user"].actor, now=request.now)
    except Invalid as error:
        return await _retention(request, wanted, error.errors)
    return done("/office/retention", "saved")


async def _retention(request: Request, typed: dict[str, Any], errors: list[FieldError] | None = None) -> Response[str]:
    return page(
        request,
        "people/retention.html",
        status=422 if errors else 200,
        rules=await retention.rules(now=request.now),
        typed=typed,
        errors=errors or [],
    )


@get(f"{HOME}/register", include_in_schema=False)
async def show_register(request: Request) -> Response[str]:
    """Show the register of files of personal information, in Japanese and in the reader's language."""
    tags = ["ja"] if language() == "ja" else ["ja", "en"]
    return page(
        request,
        "people/personal_files.html",
        headings=personal_files.HEADINGS,
        registers=[(tag, await personal_files.rows(tag)) for tag in tags],
    )


@get(f"{HOME}/register.csv", include_in_schema=False)
async def take_register(request: Request) -> Response[bytes]:  # noqa: ARG001
    """Give the register for a spreadsheet, in Japanese."""
    return Response(
        await personal_files.as_csv(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="kojin-joho-file-bo.csv"'},
    )


@get(f"{HOME}/affected", include_in_schema=False)
async def show_affected(request: Request) -> Response[str]:
    """Show the form that asks who was affected."""
    return await _affected(request, {"kind": "device"})


async def _affected(
    request: Request, typed: dict[str, Any], *, errors: list[FieldError] | None = None, **found: Any
) -> Response[str]:
    values = {"found": None, "people": None, **found}
    return page(
        request,
        "people/affected.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        typed=typed,
        kinds=KINDS,
        subjects=await affected.subjects(),
        errors=errors or [],
        most=affected.MOST_LISTED,
        **values,
    )


@post(f"{HOME}/affected", include_in_schema=False)
async def find_affected(request: Request) -> Response[str]:
    """Count who was affected; with `list`, also name them, for whoever has to tell them."""
    form = await read_form(request)
    wants_list = form.pop("list", "") == "yes"
    try:
        question = check(timed(form, ZONE, "since", "until"), Question)
    except Invalid as error:
        return await _affected(request, form, errors=error.errors)
    if question.until <= question.since:
        late = FieldError("until", "order", _("This must be later than the beginning."))
        return await _affected(request, form, errors=[late])
    actor = request.scope["user"].actor
    found = await affected.affected(question=question, actor=actor, now=request.now)
    people = None
    if wants_list:
        people = await affected.named(persons=found.persons[: affected.MOST_LISTED], actor=actor, now=request.now)
    return await _affected(request, form, found=found, people=people)


HANDLERS = [
    show_search,
    answer_letter,
    erase_by_letter,
    show_retention,
    choose_retention,
    show_register,
    take_register,
    show_affected,
    find_affected,
]
