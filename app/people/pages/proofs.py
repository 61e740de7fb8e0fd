"""Pages on which one proves oneself, and adds or removes what one proves oneself with."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core import qr
from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.validation import Label, Line, check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import page, see_other
from app.core.web.request import Request
from app.people import one_time, passkeys, proving
from app.people.errors import CeremonyOver, CodeRefused, LastProof, PasskeyRefused
from app.people.pages.account import needs_of, own
from app.people.pages.cookies import CEREMONY, asked_options, held_cookie, passkey_place, said, with_session
from app.people.proofs import proofs_of
from app.people.strength import FIRST, PROOF, reaches
from app.people.ways import START, local


class PasskeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser says about a passkey, as JSON; empty where scripts do not run."""

    credential: str = ""
    next: Line = START
    csrf: str = ""


class NewPasskeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passkey to be added, with a name to know it by."""

    name: Label
    credential: str = ""
    csrf: str = ""


class NameForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name for a passkey."""

    name: Label
    csrf: str = ""


class CodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The six digits of an authenticator app."""

    code: Line
    next: Line = START
    csrf: str = ""


async def _proof_page(
    request: Request, template: str, *, status: int = 200, errors: list[FieldError] | None = None, asked: object = None
) -> Response[str]:
    principal, account = own(request)
    return page(
        request,
        template,
        status=status,
        proofs=await proofs_of(account),
        needed=needs_of(principal),
        may_add=principal.strength == "first",
        hours=FIRST.seconds // 3600,
        minutes=PROOF.seconds // 60,
        errors=errors or [],
        next=local(asked or request.query_params.get("next")),
        place=passkey_place(request),
    )


def _template(request: Request) -> str:
    """Return the page the session is at: still too weak for its role, or strong enough and to be proved again."""
    principal, _account = own(request)
    return "people/prove.html" if reaches(principal.strength, needs_of(principal)) else "people/strengthen.html"  # type: ignore[arg-type]


@get("/account/strengthen", include_in_schema=False)
async def show_strengthen(request: Request) -> Response[Any]:
    """Show how to make a session good enough for its role."""
    principal, _account = own(request)
    if reaches(principal.strength, needs_of(principal)):  # type: ignore[arg-type]
        return see_other(local(request.query_params.get("next")))
    return await _proof_page(request, "people/strengthen.html")


@get("/account/prove", include_in_schema=False)
async def show_prove(request: Request) -> Response[str]:
    """Show how to prove once more who one is."""
    return await _proof_page(request, _template(request))


@post("/account/prove/options", include_in_schema=False, status_code=HTTPStatus.OK)
async def options_for_proof(request: Request) -> Response[bytes]:
    """Begin a proof with a passkey."""
    principal, _account = own(request)
    return asked_options(await passkeys.ask_to_use(now=request.now, principal=principal))


@post("/account/prove/passkey", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def prove_with_passkey(request: Request) -> Response[Any]:
    """Prove oneself with a passkey and go on."""
    principal, _account = own(request)
    form = check(await read_form(request), PasskeyForm)
    try:
        cookie = await proving.prove_with_passkey(
            principal=principal,
            credential=said(form.credential),
            token=request.cookies.get(CEREMONY),
            cookie=held_cookie(request),
            now=request.now,
        )
    except (Invalid, CeremonyOver, PasskeyRefused) as error:
        return await _again(request, error, "credential", form.next)
    return with_session(local(form.next), cookie, principal.role)  # type: ignore[arg-type]


async def _again(request: Request, error: DomainError, field: str, asked: str) -> Response[str]:
    """Show the page again with what was wrong."""
    wrong = error.errors if isinstance(error, Invalid) else [FieldError(field, error.slug(), error.detail)]
    return await _proof_page(request, _template(request), status=int(error.status), errors=wrong, asked=asked)


@post("/account/prove/code", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def prove_with_code(request: Request) -> Response[Any]:
    """Prove oneself with a one-time code and go on."""
    principal, _account = own(request)
    form = await read_form(request)
    try:
        asked = check(form, CodeForm)
        cookie = await proving.prove_with_code(
            principal=principal, code=asked.code, cookie=held_cookie(request), now=request.now
        )
    except (Invalid, CodeRefused, PasskeyRefused) as error:
        return await _again(request, error, "code", str(form.get("next", START)))
    return with_session(local(asked.next), cookie, principal.role)  # type: ignore[arg-type]


# Passkeys


@get("/account/passkeys/new", include_in_schema=False)
async def show_new_passkey(request: Request) -> Response[str]:
    """Show the form that adds a passkey."""
    return await _new_passkey(request)


async def _new_passkey(
    request: Request, *, status: int = 200, name: str = "", errors: list[FieldError] | None = None
) -> Response[str]:
    own(request)
    return page(
        request,
        "people/new_passkey.html",
        status=status,
        name=name,
        errors=errors or [],
        place=passkey_place(request),
    )


@post("/account/passkeys/options", include_in_schema=False, status_code=HTTPStatus.OK)
async def options_for_new(request: Request) -> Response[bytes]:
    """Begin to add a passkey."""
    principal, _account = own(request)
    return asked_options(await passkeys.ask_to_add(principal=principal, now=request.now))


@post("/account/passkeys", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def add_passkey(request: Request) -> Response[Any]:
    """Add a passkey; the session gets a fresh id."""
    principal, _account = own(request)
    form = await read_form(request)
    try:
        asked = check(form, NewPasskeyForm)
        cookie = await passkeys.add(
            principal=principal,
            credential=said(asked.credential),
            name=asked.name,
            token=request.cookies.get(CEREMONY),
            cookie=held_cookie(request),
            now=request.now,
        )
    except (Invalid, CeremonyOver, PasskeyRefused) as error:
        wrong = error.errors if isinstance(error, Invalid) else [FieldError("credential", error.slug(), error.detail)]
        return await _new_passkey(request, status=int(error.status), name=str(form.get("name", "")), errors=wrong)
    return with_session("/account?done=added", cookie, principal.role)  # type: ignore[arg-type]


@get("/account/passkeys/{passkey:uuid}", include_in_schema=False)
async def show_passkey(request: Request, passkey: FromPath[UUID]) -> Response[str]:
    """Show one passkey: rename or remove it."""
    return await _passkey(request, passkey)


async def _passkey(
    request: Request, passkey: UUID, *, status: int = 200, errors: list[FieldError] | None = None, name: object = None
) -> Response[str]:
    principal, _account = own(request)
    found = await passkeys.find(passkey=passkey, principal=principal)
    typed = found.name if name is None else name
    return page(request, "people/passkey.html", status=status, passkey=found, errors=errors or [], name=typed)


@post("/account/passkeys/{passkey:uuid}/name", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def rename_passkey(request: Request, passkey: FromPath[UUID]) -> Response[Any]:
    """Call a passkey something else."""
    principal, _account = own(request)
    form = await read_form(request)
    try:
        asked = check(form, NameForm)
    except Invalid as error:
        return await _passkey(request, passkey, status=error.status, errors=error.errors, name=form.get("name", ""))
    await passkeys.rename(passkey=passkey, name=asked.name, principal=principal)
    return done("/account", "saved")


@post("/account/passkeys/{passkey:uuid}/remove", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def remove_passkey(request: Request, passkey: FromPath[UUID]) -> Response[Any]:
    """Remove a passkey, and end every other session."""
    principal, _account = own(request)
    try:
        await passkeys.remove(passkey=passkey, principal=principal, now=request.now)
    except LastProof as error:
        wrong = [FieldError("remove", error.slug(), error.detail)]
        return await _passkey(request, passkey, status=error.status, errors=wrong)
    return done("/account", "removed")


# Authenticator app


@post("/account/authenticator", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def begin_authenticator(request: Request) -> Response[bytes]:
    """Make a secret for an authenticator app."""
    principal, _account = own(request)
    await one_time.begin(principal=principal, now=request.now)
    return see_other("/account/authenticator")


@get("/account/authenticator", include_in_schema=False)
async def show_authenticator(request: Request) -> Response[str]:
    """Show the secret that waits for its first code."""
    return await _authenticator(request)


async def _authenticator(
    request: Request, *, status: int = 200, errors: list[FieldError] | None = None
) -> Response[str]:
    principal, _account = own(request)
    secret = await one_time.waiting_secret(principal=principal, now=request.now)
    symbol = qr.svg(one_time.address(secret, principal.label), label=_("Secret for the authenticator app"))
    letters = one_time.in_letters(secret)
    return page(
        request, "people/authenticator.html", status=status, errors=errors or [], symbol=symbol, letters=letters
    )


@post("/account/authenticator/confirm", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def confirm_authenticator(request: Request) -> Response[Any]:
    """Take the first code; the session gets a fresh id."""
    principal, _account = own(request)
    try:
        asked = check(await read_form(request), CodeForm)
        cookie = await one_time.confirm(
            principal=principal, code=asked.code, cookie=held_cookie(request), now=request.now
        )
    except (Invalid, CodeRefused) as error:
        wrong = error.errors if isinstance(error, Invalid) else [FieldError("code", error.slug(), error.detail)]
        return await _authenticator(request, status=int(error.status), errors=wrong)
    return with_session("/account?done=added", cookie, principal.role)  # type: ignore[arg-type]


@post("/account/authenticator/remove", include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def remove_authenticator(request: Request) -> Response[bytes]:
    """Remove the authenticator app, and end every other session."""
    principal, _account = own(request)
    await one_time.remove(principal=principal, now=request.now)
    return done("/account", "removed")


HANDLERS: list[Any] = [
    show_strengthen,
    show_prove,
    options_for_proof,
    prove_with_passkey,
    prove_with_code,
    show_new_passkey,
    options_for_new,
    add_passkey,
    show_passkey,
    rename_passkey,
    remove_passkey,
    begin_authenticator,
    show_authenticator,
    confirm_authenticator,
    remove_authenticator,
]
