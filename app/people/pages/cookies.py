"""The cookies of signing in: none of them says who somebody is."""

from typing import NamedTuple
from urllib.parse import urlsplit

from litestar import Response
from litestar.datastructures import Cookie

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.core.web.pages import see_other
from app.core.web.request import Request
from app.people.access import session_cookie
from app.people.browsers import in_words
from app.people.ceremonies import LASTS
from app.people.passkeys import Asked, party
from app.people.roles import Role
from app.people.strength import NEEDS

ASKED = "machi_asked"
"""By this the browser that asked for a link is known again."""
NEXT = "machi_next"
"""Where to go on to once the link is opened."""
CEREMONY = "machi_ceremony"
"""By this the browser that began with a passkey is known again."""
OPENID = "machi_openid"
"""By this the browser that went to its organisation is known again."""


def cookie(key: str, value: str, *, seconds: int, path: str = "/") -> Cookie:
    """Make a cookie that no script reads and no other site sends with its forms."""
    return Cookie(
        key=key,
        value=value,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="lax",
        secure=settings().secure,
    )


def agent(request: Request) -> str:
    """Return the browser in words."""
    return in_words(request.headers.get("user-agent", ""))


def held_cookie(request: Request) -> str:
    """Return the session cookie that came along, or nothing."""
    return request.cookies.get(session_cookie(), "")


def with_session(address: str, value: str, role: Role) -> Response[bytes]:
    """Lead to `address` with the cookie of a new session."""
    answer = see_other(address)
    answer.set_cookie(cookie(session_cookie(), value, seconds=int(NEEDS[role].absolute.total_seconds())))
    return answer


class Place(NamedTuple):
    """Where passkeys work: here, or at `address`, because they answer to a host name."""

    here: bool
    address: str


def passkey_place(request: Request) -> Place:
    """Return whether passkeys work under the name by which we were called, and where they do."""
    origin = party().origin
    return Place(request.headers.get("host", "") == urlsplit(origin).netloc, origin + request.url.path)


def asked_options(asked: Asked) -> Response[bytes]:
    """Answer a script with what it is to ask the browser, and bind the answer to this browser."""
    answer = Response(asked.options.encode(), media_type="application/json", headers={"cache-control": "no-store"})
    answer.set_cookie(cookie(CEREMONY, asked.token, seconds=int(LASTS.total_seconds())))
    return answer


def said(credential: str) -> str:
    """Return what the browser said about a passkey, or raise `Invalid` where it could not: scripts do not run."""
    if not credential:
        words = _("Passkeys need scripts. Allow them for this site, or use another way.")
        raise Invalid([FieldError("credential", "required", words)])
    return credential
