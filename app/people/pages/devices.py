"""Pages of phones: the console where they are enrolled and revoked, and the page the phone itself opens."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core import qr
from app.core.errors import DomainError, FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.core.validation import Label, check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import access, devices, scopes
from app.people.devices import Device, Enrol, Provide
from app.people.errors import CodeClosed
from app.people.pages.entering import enter
from app.people.roles import ENROLS, ROLE_NAMES

LIST = "/console/devices"
ENROL = "/gate/enrol"
NO_STORE = {"cache-control": "no-store"}


class Renamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form of a phone sends."""

    name: Label
    csrf: str = ""


@get(LIST, include_in_schema=False)
async def show_devices(request: Request) -> Response[str]:
    """List the phones within reach, and the codes that wait for theirs."""
    principal = request.scope["user"]
    found = await devices.listed(principal)
    return page(
        request,
        "people/devices.html",
        devices=found,
        codes=await devices.open_codes(principal, request.now),
        names=await scopes.names(device.scope for device in found),
        role_names=ROLE_NAMES,
        now=request.now,
    )


@get(f"{LIST}/new", include_in_schema=False)
async def show_form(request: Request) -> Response[str]:
    """Show the form that makes a code."""
    return await _form(request, {})


@post(f"{LIST}/new", include_in_schema=False)
async def provide(request: Request) -> Response[str]:
    """Make a code and show it, this once."""
    form = listed(await read_form(request), "gates")
    try:
        made = await devices.provide(asked=check(form, Provide), principal=request.scope["user"], now=request.now)
    except Invalid as error:
        return await _form(request, form, errors=error.errors)
    address = f"{settings().base_url}{ENROL}"
    return page(
        request,
        "people/device_code.html",
        headers=NO_STORE,
        made=made,
        address=address,
        symbol=qr.svg(f"{address}#{made.code}", label=_("Code that enrols the phone")),
        minutes=devices.MINUTES,
    )


async def _form(request: Request, typed: dict[str, Any], *, errors: list[FieldError] | None = None) -> Response[str]:
    principal = request.scope["user"]
    return page(
        request,
        "people/device_new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        gates=await scopes.choices("gates", principal.scope, now=request.now),
        roles=[(role, ROLE_NAMES[role]) for role in reversed(ENROLS[principal.role])],
        typed={"role": "staff", **typed},
        errors=errors or [],
    )


@post(f"{LIST}/codes/{{code:uuid}}/withdraw", include_in_schema=False)
async def withdraw_code(request: Request, code: FromPath[UUID]) -> Response[bytes]:
    """Close a code that nobody has used."""
    await devices.withdraw(code=code, principal=request.scope["user"], now=request.now)
    return done(LIST, "withdrawn")


@get(f"{LIST}/{{device:uuid}}", include_in_schema=False)
async def show_device(request: Request, device: FromPath[UUID]) -> Response[str]:
    """Show one phone, with what may be done about it."""
    found = await devices.one(device=device, principal=request.scope["user"])
    return await _one(request, found, {"name": found.name})


@post(f"{LIST}/{{device:uuid}}", include_in_schema=False)
async def rename(request: Request, device: FromPath[UUID]) -> Response[Any]:
    """Call a phone otherwise."""
    found = await devices.one(device=device, principal=request.scope["user"])
    form = await read_form(request)
    try:
        name = check(form, Renamed).name
    except Invalid as error:
        return await _one(request, found, form, errors=error.errors)
    await devices.rename(device=device, name=name, principal=request.scope["user"], now=request.now)
    return done(f"{LIST}/{device}", "saved")


async def _one(
    request: Request, device: Device, typed: dict[str, Any], *, errors: list[FieldError] | None = None
) -> Response[str]:
    return page(
        request,
        "people/device.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        device=device,
        names=await scopes.names([device.scope]),
        role_names=ROLE_NAMES,
        typed=typed,
        errors=errors or [],
    )


@get(f"{LIST}/{{device:uuid}}/revoke", include_in_schema=False)
async def ask_to_revoke(request: Request, device: FromPath[UUID]) -> Response[str]:
    """Ask once more before a phone is closed for good."""
    found = await devices.one(device=device, principal=request.scope["user"])
    return page(
        request,
        "core/confirm.html",
        question=_("Revoke %(name)s?", name=found.name),
        words=_("Do this at once when a phone is lost. It cannot be taken back; the phone can be enrolled anew."),
        consequences=[
            _("It admits nobody any more, within a second."),
            _("Scans it still holds are kept for people to look at, and count for nobody."),
        ],
        action=f"{LIST}/{device}/revoke",
        button=_("Revoke"),
        back=f"{LIST}/{device}",
        danger=True,
    )


@post(f"{LIST}/{{device:uuid}}/revoke", include_in_schema=False)
async def revoke(request: Request, device: FromPath[UUID]) -> Response[bytes]:
    """Close a phone for good."""
    await devices.revoke(device=device, principal=request.scope["user"], now=request.now)
    return done(LIST, "revoked")


@get(ENROL, include_in_schema=False)
async def show_enrolment(request: Request) -> Response[str]:
    """Show the page that a phone opens; its code stands behind the #, which no log sees."""
    return _enrolment(request, {})


@post(ENROL, include_in_schema=False)
async def enrol(request: Request) -> Response[Any]:
    """Enrol a phone without scripts: it gets a session, and no key pair."""
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        enrolled = await devices.enrol(asked=check(form, Enrol), now=request.now)
    except (Invalid, CodeClosed) as error:
        return _enrolment(request, form, error)
    phone = await access.by_token(enrolled.token, request.now)
    assert phone.account is not None  # noqa: S101  # it was enrolled a moment ago
    return await enter(request, phone.account, "/gate")


def _enrolment(request: Request, typed: dict[str, Any], error: DomainError | None = None) -> Response[str]:
    closed = [FieldError("code", "closed", error.detail)] if isinstance(error, CodeClosed) else []
    return page(
        request,
        "people/enrol.html",
        status=int(error.status) if error else HTTPStatus.OK,
        headers=NO_STORE,
        typed={name: value for name, value in typed.items() if name in {"code", "name"}},
        errors=error.errors if isinstance(error, Invalid) else closed,
    )


@post("/gate/enter", include_in_schema=False)
async def enter_gates(request: Request) -> Response[bytes]:
    """Open a session for the phone that bears the token, so that it can open the pages of its gates.

    For nobody else: a narrow token would become a whole account, and an old session a fresh proof.
    """
    principal = request.scope["user"]
    if principal.device is None or principal.csrf:
        raise NotFound
    return await enter(request, principal.account, "/gate")


HANDLERS: list[Any] = [
    show_devices,
    show_form,
    provide,
    withdraw_code,
    show_device,
    rename,
    ask_to_revoke,
    revoke,
    show_enrolment,
    enrol,
    enter_gates,
]
