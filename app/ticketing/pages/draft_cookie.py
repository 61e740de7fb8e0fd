"""The cookie by which a browser finds the form again that somebody began in it."""

from typing import TypeVar

from litestar import Response
from litestar.datastructures import Cookie

from app.core.settings import settings
from app.core.web.pages import see_other
from app.core.web.request import Request
from app.ticketing.registering import drafts

T = TypeVar("T")
COOKIE = "machi_draft"


def token_of(request: Request) -> str:
    """Return the token of the form that was begun in this browser, or nothing."""
    return request.cookies.get(COOKIE, "")


def _cookie(convention: str, token: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=token,
        max_age=seconds,
        path=f"/{convention}/register",
        httponly=True,
        samesite="lax",
        secure=settings().secure,
    )


def begun(answer: Response[T], convention: str, token: str) -> Response[T]:
    """Let the browser remember the form; the cookie goes to this convention's form only."""
    answer.set_cookie(_cookie(convention, token, int(drafts.KEPT.total_seconds())))
    return answer


def forgotten(address: str, convention: str) -> Response[bytes]:
    """Lead on and let the browser forget the form."""
    answer = see_other(address)
    answer.set_cookie(_cookie(convention, "", 0))
    return answer
