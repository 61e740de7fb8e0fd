"""Naming another address of one's own, "I already have a ticket": of a registration, a ticket, or before registering.

What is answered never says whether anybody is registered with that address; `app.people.linking` sends the mail.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid, NotFound
from app.core.settings import settings
from app.core.signing import derived, seal, unseal
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.events.programme import current_programme
from app.people import linking
from app.people.linking import Claim
from app.ticketing.life import holder_queries

COOKIE = "machi_other_address"
COOKIE_PATH = "/registrations"
COOKIE_LASTS = 2 * 60 * 60
"""Seconds for which a browser keeps an address typed before registering, sealed."""

Find = Callable[[str], Awaitable[UUID | None]]
_PERSON: dict[str, Find] = {
    "registration": holder_queries.person_of_registration,
    "ticket": holder_queries.person_of_ticket,
}


def remembered(request: Request) -> str:
    """Return the address that this browser typed before registering, or nothing."""
    try:
        return unseal(derived(COOKIE), bytes.fromhex(request.cookies.get(COOKIE, ""))).decode()
    except ValueError:
        return ""


@get("/registrations/{token:str}/other-address", include_in_schema=False)
async def show_of_registration(request: Request, token: FromPath[str]) -> Response[str]:
    """Ask whoever registered for another address."""
    return await _form(request, "registration", token, {"email": remembered(request)})


@post("/registrations/{token:str}/other-address", include_in_schema=False)
async def ask_of_registration(request: Request, token: FromPath[str]) -> Response[Any]:
    """Send the mail, if there is anybody to send it to."""
    return await _ask(request, "registration", token)


@get("/tickets/{token:str}/other-address", include_in_schema=False)
async def show_of_ticket(request: Request, token: FromPath[str]) -> Response[str]:
    """Ask the holder of a ticket for another address."""
    return await _form(request, "ticket", token, {})


@post("/tickets/{token:str}/other-address", include_in_schema=False)
async def ask_of_ticket(request: Request, token: FromPath[str]) -> Response[Any]:
    """Send the mail, if there is anybody to send it to."""
    return await _ask(request, "ticket", token)


async def _person(kind: str, token: str) -> UUID:
    person = await _PERSON[kind](token)
    if person is None:
        raise NotFound
    return person


async def _ask(request: Request, kind: str, token: str) -> Response[Any]:
    person, form = await _person(kind, token), await read_form(request)
    try:
        claim = check(form, Claim)
        await linking.ask(person=person, claim=claim, language=request.language, now=request.now)
    except Invalid as error:
        return await _form(request, kind, token, form, error.errors)
    answer = done(f"/{kind}s/{token}/other-address", "asked")
    answer.delete_cookie(COOKIE, path=COOKIE_PATH)
    return answer


async def _form(
    request: Request, kind: str, token: str, typed: dict[str, Any], errors: list[FieldError] | None = None
) -> Response[str]:
    await _person(kind, token)
    return page(
        request,
        "ticketing/other_address.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        back=f"/{kind}s/{token}",
        typed={"form": uuid4(), **typed},
        asked=not errors and request.query_params.get("done") == "asked",
        hours=linking.HOURS,
        errors=errors or [],
        headers=UNKEPT,
    )


@get("/already-registered", include_in_schema=False)
async def show_before(request: Request) -> Response[str]:
    """Say what somebody who already has a ticket can do before registering again."""
    return await _before(request, {})


@post("/already-registered", include_in_schema=False)
async def keep_address(request: Request) -> Response[Any]:
    """Keep another address in this browser until it has registered, and go on to the form."""
    form = await read_form(request)
    try:
        claim = check({"email": form.get("email")} if "email" in form else {}, Claim)
    except Invalid as error:
        return await _before(request, form, error.errors)
    present = await current_programme(now=request.now)
    answer = see_other(f"/{present.convention.slug}/register" if present else "/")
    answer.set_cookie(_cookie(claim.email))
    return answer


def _cookie(address: str) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=seal(derived(COOKIE), address.encode()).hex(),
        path=COOKIE_PATH,
        max_age=COOKIE_LASTS,
        httponly=True,
        secure=settings().secure,
        samesite="lax",
    )


async def _before(request: Request, typed: dict[str, Any], errors: list[FieldError] | None = None) -> Response[str]:
    return page(
        request,
        "ticketing/already_registered.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        typed=typed,
        errors=errors or [],
        headers=UNKEPT,
    )


HANDLERS = [
    show_of_registration,
    ask_of_registration,
    show_of_ticket,
    ask_of_ticket,
    show_before,
    keep_address,
]
