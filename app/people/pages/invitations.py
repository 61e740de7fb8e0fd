"""Pages of invitations: asking somebody to take a role, and taking it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid, NotFound
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import invitations, scopes
from app.people.invitations import Invite
from app.people.pages.entering import enter
from app.people.roles import INVITES, KINDS, NEEDS_SCOPE, ROLE_NAMES, Role

LIST = "/console/invitations"


@get(LIST, include_in_schema=False)
async def show_invitations(request: Request) -> Response[str]:
    """List the invitations within reach, with the roles one may give."""
    principal = request.scope["user"]
    lines = await invitations.listed(principal, request.now)
    return page(
        request,
        "people/invitations.html",
        lines=lines,
        names=await scopes.names(line.scope for line in lines),
        roles=INVITES[principal.role],
        role_names=ROLE_NAMES,
    )


@get(f"{LIST}/new/{{role:str}}", include_in_schema=False)
async def show_form(request: Request, role: FromPath[str]) -> Response[str]:
    """Show the form that invites somebody to a role."""
    return await _form(request, role, {"language": request.language, "form": uuid4()})


@post(f"{LIST}/new/{{role:str}}", include_in_schema=False)
async def send(request: Request, role: FromPath[str]) -> Response[Any]:
    """Send an invitation, in the same words whether the address is known here or not."""
    form = listed(await read_form(request), *KINDS)
    try:
        asked = check({**form, "role": role}, Invite)
        await invitations.invite(asked=asked, principal=request.scope["user"], now=request.now)
    except Invalid as error:
        return await _form(request, role, form, errors=error.errors)
    return done(LIST, "sent")


async def _form(
    request: Request, role: str, typed: dict[str, Any], *, errors: list[FieldError] | None = None
) -> Response[str]:
    found = _invitable(request, role)
    offered = await scopes.offered([found], request.scope["user"], request.now)
    only = {kind: [rows[0].id] for kind, rows in offered.items() if len(rows) == len(offered) == 1}
    return page(
        request,
        "people/invite.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        role=found,
        role_names=ROLE_NAMES,
        offered=offered,
        needs=scopes.needs(found) if found in NEEDS_SCOPE else "",
        typed={**only, **typed} if not errors else typed,
        errors=errors or [],
    )


def _invitable(request: Request, role: str) -> Role:
    found = next((one for one in INVITES[request.scope["user"].role] if one == role), None)
    if found is None:
        raise NotFound
    return found


@post(f"{LIST}/{{invitation:uuid}}/again", include_in_schema=False)
async def send_again(request: Request, invitation: FromPath[UUID]) -> Response[bytes]:
    """Send a new link; the old one is dead."""
    await invitations.send_again(invitation=invitation, principal=request.scope["user"], now=request.now)
    return done(LIST, "sent")


@post(f"{LIST}/{{invitation:uuid}}/withdraw", include_in_schema=False)
async def withdraw(request: Request, invitation: FromPath[UUID]) -> Response[bytes]:
    """Withdraw an open invitation."""
    await invitations.withdraw(invitation=invitation, principal=request.scope["user"], now=request.now)
    return done(LIST, "withdrawn")


@get("/invitations/{token:str}", include_in_schema=False)
async def show_offer(request: Request, token: FromPath[str]) -> Response[str]:
    """Show what the link offers, with a button: looking accepts nothing, mail scanners look too."""
    offer = await invitations.open_link(token=token, now=request.now)
    return page(request, "people/offer.html", offer=offer, token=token, role_names=ROLE_NAMES)


@post("/invitations/{token:str}", include_in_schema=False)
async def take(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Take the role and come in."""
    account = await invitations.accept(token=token, now=request.now)
    return await enter(request, account, "/start", invited=True)


HANDLERS: list[Any] = [show_invitations, show_form, send, send_again, withdraw, show_offer, take]
