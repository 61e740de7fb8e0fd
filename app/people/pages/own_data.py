"""Pages of one's own data: see it, take it along, put it right, take a consent back, erase it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from app.core.errors import DomainError, FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.people import consents, erasure, own_data
from app.people.errors import NameTaken
from app.people.holders import File
from app.people.own_data import Correction, OwnPerson
from app.people.residence import country_name

HOME = "/account/data"


async def _persons(request: Request) -> list[OwnPerson]:
    return await own_data.persons_behind(request.scope["user"].account)


async def _person(request: Request, person: UUID) -> OwnPerson:
    for one in await _persons(request):
        if one.id == person:
            return one
    raise NotFound


@get(HOME, include_in_schema=False)
async def show_data(request: Request) -> Response[str]:
    """Show what is held about everybody registered with this mailbox."""
    persons = await _persons(request)
    given = await consents.given_by([person.id for person in persons])
    return page(request, "people/own_data.html", persons=persons, given=given, country=country_name)


def zipped(request: Request, files: list[File]) -> Stream:
    """Answer with an archive, made while it is sent; no copy of it stays anywhere."""
    return Stream(
        own_data.archive(files, now=request.now),
        status_code=HTTPStatus.OK,
        media_type="application/zip",
        headers={
            "content-disposition": f'attachment; filename="my-data-{request.now:%Y-%m-%d}.zip"',
            **UNKEPT,
        },
    )


@get(f"{HOME}/export.zip", include_in_schema=False)
async def take_data(request: Request) -> Stream:
    """Give everything held about these persons as one archive."""
    ids = [person.id for person in await _persons(request)]
    if not ids:
        raise NotFound
    actor = request.scope["user"].actor
    return zipped(request, await own_data.collect(persons=ids, actor=actor, now=request.now))


@get(f"{HOME}/{{person:uuid}}/correct", include_in_schema=False)
async def show_correction(request: Request, person: FromPath[UUID]) -> Response[str]:
    """Show the form that puts a name right."""
    found = (await _person(request, person)).details
    typed = {"name": found.name, "reading": found.reading, "organisation": found.organisation}
    return _correction(request, person, typed)


@post(f"{HOME}/{{person:uuid}}/correct", include_in_schema=False)
async def correct(request: Request, person: FromPath[UUID]) -> Response[Any]:
    """Put a name right."""
    await _person(request, person)
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        await own_data.correct(person=person, account=request.scope["user"].account, correction=check(form, Correction))
    except (Invalid, NameTaken) as error:
        return _correction(request, person, form, error)
    return done(HOME, "saved")


def _correction(
    request: Request, person: UUID, typed: dict[str, Any], error: DomainError | None = None
) -> Response[str]:
    errors = error.errors if isinstance(error, Invalid) else []
    if isinstance(error, NameTaken):
        errors = [FieldError("name", "taken", error.detail)]
    return page(
        request,
        "people/correct.html",
        status=422 if error else 200,
        person=person,
        typed=typed,
        errors=errors,
    )


@post(f"{HOME}/consents/{{consent:uuid}}/withdraw", include_in_schema=False)
async def withdraw(request: Request, consent: FromPath[UUID]) -> Response[bytes]:
    """Take back a consent."""
    persons = [person.id for person in await _persons(request)]
    await consents.withdraw(consent=consent, persons=persons, now=request.now)
    return done(HOME, "withdrawn")


@get(f"{HOME}/erase", include_in_schema=False)
async def ask_erase(request: Request) -> Response[Any]:
    """Say what erasing means, and ask whom."""
    persons = await _persons(request)
    return _erase_form(request, persons) if persons else see_other(HOME)


def _erase_form(request: Request, persons: list[OwnPerson], errors: list[FieldError] | None = None) -> Response[str]:
    return page(request, "people/erase.html", status=422 if errors else 200, persons=persons, errors=errors or [])


@post(f"{HOME}/erase", include_in_schema=False)
async def erase(request: Request) -> Response[Any]:
    """Erase those who were ticked; whoever shares the mailbox and was not stays."""
    persons = await _persons(request)
    form = listed(await read_form(request), "persons")
    chosen = [person.id for person in persons if str(person.id) in form["persons"]]
    if not chosen and persons:
        return _erase_form(request, persons, [FieldError("persons", "required", _("Choose whom to erase."))])
    await erasure.erase(persons=chosen, actor=request.scope["user"].actor, now=request.now)
    return done("/privacy" if len(chosen) == len(persons) else HOME, "erased")


HANDLERS = [show_data, take_data, show_correction, correct, withdraw, ask_erase, erase]
