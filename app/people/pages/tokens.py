"""Pages of one's own API tokens."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import scopes, tokens
from app.people.roles import KINDS
from app.people.tokens import DEFAULT_DAYS, Wanted

LIST = "/account/tokens"


@get(LIST, include_in_schema=False)
async def show_tokens(request: Request) -> Response[str]:
    """List one's own tokens, with the form for a new one."""
    return await _page(request, {})


@post(LIST, include_in_schema=False)
async def make(request: Request) -> Response[str]:
    """Make a token and show it, this once."""
    form = listed(await read_form(request), *KINDS)
    try:
        made = await tokens.make(asked=check(form, Wanted), principal=request.scope["user"], now=request.now)
    except Invalid as error:
        return await _page(request, form, errors=error.errors)
    return page(request, "people/token.html", headers={"cache-control": "no-store"}, token=made, name=form["name"])


async def _page(request: Request, typed: dict[str, Any], *, errors: list[FieldError] | None = None) -> Response[str]:
    principal = request.scope["user"]
    found = await tokens.listed(principal, request.now)
    return page(
        request,
        "people/tokens.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        tokens=found,
        names=await scopes.names(token.scope for token in found),
        offered=await scopes.offered([principal.role], principal, request.now),
        typed={"days": DEFAULT_DAYS, **typed},
        most_days=tokens.MOST_DAYS,
        errors=errors or [],
    )


@post(f"{LIST}/{{token:uuid}}/revoke", include_in_schema=False)
async def revoke(request: Request, token: FromPath[UUID]) -> Response[bytes]:
    """Revoke one of one's own tokens."""
    await tokens.revoke(token=token, principal=request.scope["user"], now=request.now)
    return done(LIST, "revoked")


HANDLERS: list[Any] = [show_tokens, make, revoke]
