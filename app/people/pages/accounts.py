"""Pages of people with roles: all of them for the office, their own for organisers, secretaries and leads."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import FieldError, Invalid, Outdated
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import accounts, scopes
from app.people.accounts import Account, Change
from app.people.roles import INVITES, KINDS, NEEDS_SCOPE, ROLE_NAMES

AREAS = ("/office/people", "/console/staff")
"""The same pages stand in two consoles; whom they show depends on who asks."""


def _paths(rest: str = "") -> list[str]:
    return [f"{area}{rest}" for area in AREAS]


def _area(request: Request) -> str:
    return next(area for area in AREAS if request.scope["path"].startswith(area))


@get(_paths(), include_in_schema=False)
async def show_accounts(request: Request) -> Response[str]:
    """List the accounts within reach, by role and a part of the name."""
    principal = request.scope["user"]
    asked = {name: request.query_params.get(name, "")[:200] for name in ("q", "role")}
    found = await accounts.listed(principal, **asked)
    return page(
        request,
        "people/accounts.html",
        area=_area(request),
        asked=asked,
        accounts=found,
        roles=INVITES[principal.role],
        role_names=ROLE_NAMES,
        names=await scopes.names(account.scope for account in found),
    )


@get(_paths("/{account:uuid}"), include_in_schema=False)
async def show_account(request: Request, account: FromPath[UUID]) -> Response[str]:
    """Show one account, with what may be done about it."""
    found = await accounts.one(account=account, principal=request.scope["user"])
    typed: dict[str, Any] = {"label": found.label} | {str(kind): ids for kind, ids in found.scope.named().items()}
    return await _form(request, found, typed | {"seen": found.digest})


@post(_paths("/{account:uuid}"), include_in_schema=False)
async def change_account(request: Request, account: FromPath[UUID]) -> Response[Any]:
    """Save what the form says."""
    found = await accounts.one(account=account, principal=request.scope["user"])
    form = listed(await read_form(request), *KINDS)
    try:
        asked = check(form, Change)
        await accounts.change(account=account, asked=asked, principal=request.scope["user"], now=request.now)
    except Invalid as error:
        return await _form(request, found, form, errors=error.errors, status=error.status)
    except Outdated as error:
        stored = await accounts.one(account=account, principal=request.scope["user"])
        again = form | {"seen": stored.digest}
        return await _form(request, stored, again, errors=error.errors, status=error.status)
    return done(f"{_area(request)}/{account}", "saved")


async def _form(
    request: Request,
    account: Account,
    typed: dict[str, Any],
    *,
    errors: list[FieldError] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response[str]:
    return page(
        request,
        "people/account.html",
        status=status,
        outdated=status == Outdated.status,
        area=_area(request),
        subject=account,
        role_names=ROLE_NAMES,
        offered=await scopes.offered([account.role], request.scope["user"], request.now),
        needs=scopes.needs(account.role) if account.role in NEEDS_SCOPE else "",
        typed=typed,
        errors=errors or [],
    )


@get(_paths("/{account:uuid}/suspend"), include_in_schema=False)
async def ask_to_suspend(request: Request, account: FromPath[UUID]) -> Response[str]:
    """Ask once more before an account is closed."""
    found = await accounts.one(account=account, principal=request.scope["user"])
    here = f"{_area(request)}/{account}"
    return page(
        request,
        "core/confirm.html",
        question=_("Suspend %(name)s?", name=found.label),
        words=_("The account stays, and you can let it in again at any time."),
        consequences=[
            _("It is signed out everywhere, at once."),
            _("Its API tokens open nothing any more."),
            _("Its open invitations are withdrawn."),
        ],
        action=f"{here}/suspend",
        button=_("Suspend"),
        back=here,
        danger=True,
    )


@post(_paths("/{account:uuid}/suspend"), include_in_schema=False)
async def suspend(request: Request, account: FromPath[UUID]) -> Response[bytes]:
    """Close an account."""
    await accounts.suspend(account=account, principal=request.scope["user"], now=request.now)
    return done(f"{_area(request)}/{account}", "suspended")


@post(_paths("/{account:uuid}/reinstate"), include_in_schema=False)
async def reinstate(request: Request, account: FromPath[UUID]) -> Response[bytes]:
    """Open a suspended account again."""
    await accounts.reinstate(account=account, principal=request.scope["user"], now=request.now)
    return done(f"{_area(request)}/{account}", "reinstated")


@post(_paths("/{account:uuid}/sign-out"), include_in_schema=False)
async def end_sessions(request: Request, account: FromPath[UUID]) -> Response[bytes]:
    """Sign an account out everywhere."""
    await accounts.end_sessions(account=account, principal=request.scope["user"], now=request.now)
    return done(f"{_area(request)}/{account}", "signed-out")


HANDLERS: list[Any] = [
    show_accounts,
    show_account,
    change_account,
    ask_to_suspend,
    suspend,
    reinstate,
    end_sessions,
]
