"""Pages about this site, and how it looks to its reader."""

import re

from litestar import Response, get, post
from litestar.datastructures import Cookie

from app.core.settings import settings
from app.core.web.forms import read_form
from app.core.web.pages import THEME_COOKIE, THEMES, page, see_other
from app.core.web.request import Request

YEAR = 365 * 24 * 3600


@get("/accessibility", include_in_schema=False)
async def accessibility(request: Request) -> Response[str]:
    """State how accessible these pages are, and how to say that one is not."""
    return page(request, "events/accessibility.html", contact=settings().contact)


@post("/appearance", include_in_schema=False)
async def choose_appearance(request: Request) -> Response[bytes]:
    """Remember light or dark, or forget it so that the device decides; go back to where the reader was."""
    form = await read_form(request)
    chosen = form.get("theme")
    answer = see_other(_inside(form.get("back")))
    answer.set_cookie(_cookie(chosen) if chosen in THEMES else _cookie("", seconds=0))
    return answer


def _inside(address: object) -> str:
    """Return an address of this site only: two slashes, of either kind, lead to another."""
    inside = isinstance(address, str) and address.isprintable() and re.match(r"/(?![/\\])", address)
    return str(address) if inside else "/"


def _cookie(value: str, *, seconds: int = YEAR) -> Cookie:
    return Cookie(
        key=THEME_COOKIE,
        value=value,
        max_age=seconds,
        path="/",
        samesite="lax",
        secure=settings().secure,
        httponly=True,
    )


HANDLERS = [accessibility, choose_appearance]
