"""Pages of the doors: signing in and out, the start page."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid
from app.core.settings import settings
from app.core.signing import new_token
from app.core.validation import Address, Line, check
from app.core.web.forms import read_form
from app.core.web.pages import page, see_other
from app.core.web.request import Request
from app.people import passkeys, proving, sign_in
from app.people.access import session_cookie
from app.people.errors import CeremonyOver, PasskeyRefused
from app.people.pages.cookies import (
    ASKED,
    CEREMONY,
    NEXT,
    agent,
    asked_options,
    cookie,
    held_cookie,
    passkey_place,
    said,
    with_session,
)
from app.people.ways import START, local


class SignInForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sign-in form sends."""

    email: Address
    next: Line = START
    csrf: str = ""


class PasskeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser says about a passkey, as JSON; empty where scripts do not run."""

    credential: str = ""
    next: Line = START
    csrf: str = ""


def _sign_in_form(
    request: Request,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: list[FieldError] | None = None,
    refused: str = "",
) -> Response[str]:
    held = typed or {}
    return page(
        request,
        "people/sign_in.html",
        status=status,
        email=str(held.get("email", "")),
        next=local(held.get("next") or request.query_params.get("next")),
        errors=errors or [],
        refused=refused,
        place=passkey_place(request),
        openid=bool(settings().openid_issuer),
    )


@get("/sign-in", include_in_schema=False)
async def show_sign_in(request: Request) -> Response[Any]:
    """Show the form, or the start page to whoever is signed in already."""
    return see_other("/start") if request.scope["user"].account else _sign_in_form(request)


@post("/sign-in", include_in_schema=False)
async def ask_for_link(request: Request) -> Response[Any]:
    """Promise a link and say so, in the same words whoever asks."""
    form = await read_form(request)
    try:
        asked = check(form, SignInForm)
    except Invalid as error:
        return _sign_in_form(request, status=error.status, typed=form, errors=error.errors)
    browser = request.cookies.get(ASKED) or new_token()
    await sign_in.request_link(email=asked.email, browser=browser, now=request.now)
    answer = page(request, "people/link_sent.html", minutes=sign_in.LINK_MINUTES)
    answer.set_cookie(cookie(ASKED, browser, seconds=3600, path="/sign-in"))
    answer.set_cookie(cookie(NEXT, local(asked.next), seconds=3600, path="/sign-in"))
    return answer


@post("/sign-in/passkey/options", include_in_schema=False, status_code=HTTPStatus.OK)
async def passkey_options(request: Request) -> Response[bytes]:
    """Begin to sign in with a passkey; the answer is the same for everybody."""
    return asked_options(await passkeys.ask_to_use(now=request.now))


@post("/sign-in/passkey", include_in_schema=False)
async def use_passkey(request: Request) -> Response[Any]:
    """Sign in with a passkey: no address was typed, the passkey says whose it is."""
    form = check(await read_form(request), PasskeyForm)
    try:
        entered = await proving.sign_in_with_passkey(
            credential=said(form.credential),
            token=request.cookies.get(CEREMONY),
            now=request.now,
            agent=agent(request),
            replaces=held_cookie(request),
        )
    except (Invalid, CeremonyOver, PasskeyRefused) as error:
        words = error.errors[0].detail if isinstance(error, Invalid) else error.detail
        return _sign_in_form(request, status=int(error.status), typed={"next": form.next}, refused=words)
    return with_session(onward(form.next, entered.choices), entered.cookie, entered.role)


@get("/sign-in/{token:str}", include_in_schema=False)
async def show_link(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the button that signs in; looking does not use the link up, mail scanners look at everything."""
    await sign_in.open_link(token=token, browser=request.cookies.get(ASKED), now=request.now)
    return page(request, "people/confirm.html", token=token)


@post("/sign-in/{token:str}", include_in_schema=False)
async def use_link(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Sign in: a fresh session, whatever cookie came along is ended."""
    entered = await sign_in.confirm(
        token=token,
        browser=request.cookies.get(ASKED),
        now=request.now,
        agent=agent(request),
        replaces=held_cookie(request),
    )
    return with_session(onward(request.cookies.get(NEXT), entered.choices), entered.cookie, entered.role)


def onward(asked: object, choices: int) -> str:
    """Return where to go on to: a choice of roles comes first where there is one."""
    address = local(asked)
    return address if choices == 1 else f"/account/role?{urlencode({'next': address})}"


@post("/sign-out", include_in_schema=False)
async def leave(request: Request) -> Response[bytes]:
    """End the session here and on the server."""
    await sign_in.sign_out(cookie=held_cookie(request), now=request.now)
    answer = see_other("/")
    answer.set_cookie(cookie(session_cookie(), "", seconds=0))
    return answer


HANDLERS = [
    show_sign_in,
    ask_for_link,
    passkey_options,
    use_passkey,
    show_link,
    use_link,
    leave,
]
