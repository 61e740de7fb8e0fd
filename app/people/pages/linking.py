"""The page behind the mail that proves a second address."""

from http import HTTPStatus
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext_lazy as _
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.people import linking

DONE = {
    "linked": _("Thank you. From now on you are counted once."),
    "apart": _("Thank you. Nothing was changed."),
}


@get("/other-address/{token:str}", include_in_schema=False)
async def show_challenge(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the button that proves the address; mail scanners open links too."""
    return await _page(request, token)


@post("/other-address/{token:str}", include_in_schema=False)
async def prove(request: Request, token: FromPath[str]) -> Response[Any]:
    """Prove the address; a second time changes nothing."""
    choice = (await read_form(request)).get("person", "")
    try:
        linked = await linking.prove(token=token, choice=str(choice), now=request.now)
    except Invalid as error:
        return await _page(request, token, error.errors)
    return done(f"/other-address/{token}", "linked" if linked else "apart")


async def _page(request: Request, token: str, errors: list[FieldError] | None = None) -> Response[str]:
    return page(
        request,
        "people/other_address.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        challenge=await linking.look(token=token, now=request.now),
        token=token,
        nobody=linking.NOBODY,
        errors=errors or [],
        done_words=DONE,
        headers=UNKEPT,
    )


HANDLERS: list[Any] = [show_challenge, prove]
