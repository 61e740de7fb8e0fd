"""Pages of the doors: signing in and out, the start page."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid
from app.core.settings import settings
from app.core.signing import new_token
from app.core.validation import Address, check
from app.core.web.forms import read_form
from app.core.web.pages import page, see_other
from app.core.web.request import Request
from app.people import sign_in
from app.people.access import ABSOLUTE, session_cookie

ASKED = "machi_asked"
"""The cookie by which the browser that asked for a link is known again; it says nothing about anybody."""


class SignInForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sign-in form sends."""

    email: Address
    csrf: str = ""


def _cookie(key: str, value: str, *, seconds: int, path: str = "/") -> Cookie:
    return Cookie(
        key=key,
        value=value,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="lax",
        secure=settings().secure,
    )


def _sign_in_form(
    request: Request, *, status: int = 200, email: str = "", errors: list[FieldError] | None = None
) -> Response[str]:
    return page(request, "people/sign_in.html", status=status, email=email, errors=errors or [])


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
        typed = form.get("email", "")
        return _sign_in_form(
            request, status=error.status, email=typed if isinstance(typed, str) else "", errors=error.errors
        )
    browser = request.cookies.get(ASKED) or new_token()
    await sign_in.request_link(email=asked.email, browser=browser, now=request.now)
    answer = page(request, "people/link_sent.html", minutes=sign_in.LINK_MINUTES)
    answer.set_cookie(_cookie(ASKED, browser, seconds=3600, path="/sign-in"))
    return answer


@get("/sign-in/{token:str}", include_in_schema=False)
async def show_link(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the button that signs in; looking does not use the link up, mail scanners look at everything."""
    await sign_in.open_link(token=token, browser=request.cookies.get(ASKED), now=request.now)
    return page(request, "people/confirm.html", token=token)


@post("/sign-in/{token:str}", include_in_schema=False)
async def use_link(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Sign in: a fresh session, whatever cookie came along is ended."""
    cookie = await sign_in.confirm(token=token, browser=request.cookies.get(ASKED), now=request.now)
    await sign_in.sign_out(cookie=request.cookies.get(session_cookie(), ""), now=request.now)
    answer = see_other("/start")
    answer.set_cookie(_cookie(session_cookie(), cookie, seconds=int(ABSOLUTE.total_seconds())))
    return answer


@post("/sign-out", include_in_schema=False)
async def leave(request: Request) -> Response[bytes]:
    """End the session here and on the server."""
    await sign_in.sign_out(cookie=request.cookies.get(session_cookie(), ""), now=request.now)
    answer = see_other("/")
    answer.set_cookie(_cookie(session_cookie(), "", seconds=0))
    return answer


@get("/start", include_in_schema=False)
async def start(request: Request) -> Response[str]:
    """Show what this role works with."""
    return page(request, "people/start.html")


HANDLERS = [
    show_sign_in,
    ask_for_link,
    show_link,
    use_link,
    leave,
    start,
]
