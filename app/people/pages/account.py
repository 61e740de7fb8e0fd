"""Pages of one's own account: roles, ways to prove oneself, sessions."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.validation import Line, check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import passkeys, proving, sessions
from app.people.pages.cookies import held_cookie, with_session
from app.people.policy import POLICY
from app.people.proofs import proofs_of, roles_of_human
from app.people.roles import ROLE_NAMES, Principal
from app.people.strength import NEEDS, strongest_need
from app.people.ways import START, local

ELSEWHERE = ("/account/data", "/account/tokens")
"""Further pages of an account, where there are any."""


class RoleForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a button of the choice of roles sends."""

    account: UUID
    next: Line = START
    csrf: str = ""


def own(request: Request) -> tuple[Principal, UUID]:
    """Return whoever is signed in with a browser, and his account; a token has no account page (`NotFound`)."""
    principal: Principal = request.scope["user"]
    if principal.session is None or principal.account is None:
        raise NotFound
    return principal, principal.account


@get("/account", include_in_schema=False)
async def show_account(request: Request) -> Response[str]:
    """Show what belongs to oneself."""
    principal, account = own(request)
    return page(
        request,
        "people/my_account.html",
        held=await proving.held_by_human(account),
        role_names=ROLE_NAMES,
        passkeys=await passkeys.passkeys_of(account),
        proofs=await proofs_of(account),
        needed=strongest_need(await roles_of_human(account)),
        sessions=await sessions.sessions_of(principal, request.now),
        others=[path for path in ELSEWHERE if principal.role in POLICY.get(f"GET {path}", ())],
    )


@get("/account/role", include_in_schema=False)
async def show_roles(request: Request) -> Response[str]:
    """Show the roles one may act in."""
    _principal, account = own(request)
    return page(
        request,
        "people/my_role.html",
        held=await proving.held_by_human(account),
        role_names=ROLE_NAMES,
        next=local(request.query_params.get("next")),
    )


@post("/account/role", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def take_role(request: Request) -> Response[bytes]:
    """Act in another of one's roles, under a new session id."""
    principal, _account = own(request)
    form = check(await read_form(request), RoleForm)
    entered = await proving.switch_role(
        principal=principal, account=form.account, cookie=held_cookie(request), now=request.now
    )
    return with_session(local(form.next), entered.cookie, entered.role)


@post("/account/sessions/{session:uuid}/end", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def end_session(request: Request, session: FromPath[UUID]) -> Response[bytes]:
    """End one of one's sessions."""
    principal, _account = own(request)
    await sessions.end_one(session=session, principal=principal, now=request.now)
    return done("/account", "ended")


@post("/account/sessions/end-others", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def end_other_sessions(request: Request) -> Response[bytes]:
    """End all of one's sessions but this one."""
    principal, _account = own(request)
    await sessions.end_others(principal=principal, now=request.now)
    return done("/account", "ended")


def needs_of(principal: Principal) -> str:
    """Return the strength that the role somebody acts in needs."""
    return NEEDS[principal.role].strength  # type: ignore[index]  # somebody is signed in


HANDLERS: list[Any] = [show_account, show_roles, take_role, end_session, end_other_sessions]
