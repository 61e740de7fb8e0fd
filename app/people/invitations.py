"""Invitations: somebody with power asks somebody else to take a role, by a link that opens once within a week.

The link's token is derived from the secret and the id of the sending, so a repeated job sends the same link, and no
payload holds it. What is answered never says whether the address is known here already.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit, jobs, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import LANGUAGES
from app.core.i18n import gettext as _
from app.core.signing import derived, keyed_hash, seal, token_digest, unseal
from app.core.validation import Address, Label
from app.people import access, scopes
from app.people.errors import InvitationClosed
from app.people.persons import address_key
from app.people.roles import INVITES, Principal, Role, Scope

DAYS = 7
OPEN = "accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > "
State = Literal["open", "accepted", "withdrawn", "expired"]
ACCEPTED: list[Callable[[UUID, dt.datetime], Awaitable[None]]] = []
"""What packages above do for an account in the transaction in which it accepts; filled by `app/parts.py`."""


class Invite(scopes.Ticked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the form of an invitation sends; `label` is how the account will be called in lists.

    `form` was drawn when it was shown: a form sent twice makes one invitation.
    """

    role: Role
    email: Address
    label: Label
    language: str
    form: UUID | None = None
    csrf: str = ""


class Line(msgspec.Struct, frozen=True):
    """An invitation as a list shows it; `address` only while it is open."""

    id: UUID
    role: Role
    scope: Scope
    label: str
    address: str
    state: State
    created_at: dt.datetime
    expires_at: dt.datetime


class Offer(msgspec.Struct, frozen=True):
    """What the link shows before it is accepted."""

    role: Role
    label: str
    places: list[str]
    by: str
    expires_at: dt.datetime


class Letter(msgspec.Struct, frozen=True):
    """What the mail says, and to whom."""

    address: str
    language: str
    offer: Offer


def _token(sending: UUID) -> str:
    return keyed_hash("invitation", sending.hex).hex()


def address_of(sending: UUID) -> str:
    """Return the path of the link that this sending carries."""
    return f"/invitations/{_token(sending)}"


async def invite(*, asked: Invite, principal: Principal, now: dt.datetime) -> UUID:
    """Write an invitation and promise its mail, once however often the form is sent.

    Raises `Invalid` for a role that `principal` may not give or without the rows it needs, `NotFound` for rows beyond
    his reach, `InvitationClosed` when the one that this form has made is closed by now.
    """
    if asked.role not in INVITES.get(principal.role, ()):
        raise Invalid([FieldError("role", "choice", _("You cannot give this role; ask the city's office."))])
    if asked.language not in LANGUAGES:
        raise Invalid([FieldError("language", "choice", _("Please choose one of the values offered."))])
    scope = await scopes.fit(asked.role, asked.scope)
    invitation = once.row_id(asked.form, asked, principal.account)
    async with transaction():
        await scopes.require_within(scope, (await access.holding(principal)).scope)
        if await _insert(invitation, asked, scope, principal, now):
            await _send(invitation, now)
            await _write_down("invitation.send", invitation, principal, now, role=asked.role)
        elif _state(await _mine(invitation, principal), now) != "open":
            raise InvitationClosed
    return invitation


async def _insert(invitation: UUID, asked: Invite, scope: Scope, principal: Principal, now: dt.datetime) -> bool:
    """Insert the row, or return False when it is there."""
    return bool(
        await fetch(
            "INSERT INTO invitation (id, role, scope, label, address, address_key, language, digest, invited_by,"
            " created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"
            " ON CONFLICT (id) DO NOTHING RETURNING id",
            invitation,
            asked.role,
            msgspec.json.encode(scope).decode(),
            asked.label,
            seal(derived("invitations"), asked.email.encode()),
            address_key(asked.email),
            asked.language,
            invitation.bytes,
            principal.account,
            now,
        )
    )


async def _send(invitation: UUID, now: dt.datetime) -> None:
    """Promise a new link for a week; the one before is dead at once."""
    sending = uuid4()
    await fetch(
        "UPDATE invitation SET digest = $2, expires_at = $3 WHERE id = $1",
        invitation,
        token_digest(_token(sending)),
        now + dt.timedelta(days=DAYS),
    )
    await jobs.defer("people.send_invitation", now=now, invitation=invitation, sending=sending)


async def send_again(*, invitation: UUID, principal: Principal, now: dt.datetime) -> None:
    """Send a new link for an invitation that is neither accepted nor withdrawn; raises `NotFound`."""
    async with transaction():
        row = await _mine(invitation, await access.holding(principal))
        if _state(row, now) != "open":
            raise InvitationClosed
        await _send(invitation, now)
        await _write_down("invitation.send-again", invitation, principal, now, role=row["role"])


async def withdraw(*, invitation: UUID, principal: Principal, now: dt.datetime) -> None:
    """Close an open invitation and forget its address; raises `NotFound`."""
    async with transaction():
        row = await _mine(invitation, principal)
        if _state(row, now) != "open":
            raise InvitationClosed
        await _close("withdrawn_at = $2", invitation, now)
        await _write_down("invitation.withdraw", invitation, principal, now, role=row["role"])


async def withdraw_beyond(*, principal: Principal, now: dt.datetime) -> None:
    """Close what somebody has invited, nobody has accepted yet, and he could not invite now."""
    reach = await scopes.reach_of(principal)
    rows = await fetch(
        f"SELECT id, role, scope FROM invitation WHERE invited_by = $1 AND {OPEN} $2 FOR UPDATE", principal.account, now
    )
    for row in rows:
        if not reach.holds(row["role"], scopes.of_row(row)):
            await _close("withdrawn_at = $2", row["id"], now)


async def _close(change: str, invitation: UUID, *values: object) -> None:
    await fetch(f"UPDATE invitation SET {change}, address = NULL, address_key = '' WHERE id = $1", invitation, *values)


async def _mine(invitation: UUID, principal: Principal) -> asyncpg.Record:
    row = await fetch_one("SELECT * FROM invitation WHERE id = $1 FOR UPDATE", invitation)
    reach = await scopes.reach_of(principal)
    if row is None or not reach.holds(row["role"], scopes.of_row(row)):
        raise NotFound
    return row


def _state(row: asyncpg.Record, now: dt.datetime) -> State:
    if row["accepted_at"] is not None:
        return "accepted"
    if row["withdrawn_at"] is not None:
        return "withdrawn"
    return "open" if row["expires_at"] > now and row["address"] is not None else "expired"


async def _write_down(action: str, invitation: UUID, principal: Principal, now: dt.datetime, *, role: str) -> None:
    await audit.record(
        actor=principal.actor, action=action, subject=f"invitation:{invitation}", now=now, detail={"role": role}
    )


async def listed(principal: Principal, now: dt.datetime) -> list[Line]:
    """Return the invitations within reach, open ones first, then the newest."""
    reach = await scopes.reach_of(principal)
    rows = await fetch("SELECT * FROM invitation WHERE role = ANY($1::text[]) ORDER BY created_at DESC", reach.roles)
    lines = [_line(row, now) for row in rows if reach.holds(row["role"], scopes.of_row(row))]
    return sorted(lines, key=lambda line: line.state != "open")


def _line(row: asyncpg.Record, now: dt.datetime) -> Line:
    state = _state(row, now)
    return Line(
        id=row["id"],
        role=row["role"],
        scope=scopes.of_row(row),
        label=row["label"],
        address=_address(row) if state == "open" else "",
        state=state,
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )


def _address(row: asyncpg.Record) -> str:
    return unseal(derived("invitations"), row["address"]).decode()


_BY_LINK = f"""
SELECT i.*, a.label AS by FROM invitation i LEFT JOIN account a ON a.id = i.invited_by
WHERE i.digest = $1 AND i.address IS NOT NULL AND i.{OPEN} $2
"""


async def _offer(row: asyncpg.Record) -> Offer:
    scope = scopes.of_row(row)
    called = await scopes.names([scope])
    places = [called[one] for ids in scope.named().values() for one in ids if one in called]
    return Offer(row["role"], row["label"], places, row["by"] or "", row["expires_at"])


async def open_link(*, token: str, now: dt.datetime) -> Offer:
    """Return what the link offers without using it; raises `InvitationClosed`."""
    row = await fetch_one(_BY_LINK, token_digest(token), now)
    if row is None:
        raise InvitationClosed
    return await _offer(row)


async def letter(*, invitation: UUID, sending: UUID, now: dt.datetime) -> Letter | None:
    """Return the mail of a sending, or None when another one has taken its place or there is nothing to accept."""
    row = await fetch_one(f"{_BY_LINK} AND i.id = $3", token_digest(_token(sending)), now, invitation)
    return None if row is None else Letter(_address(row), row["language"], await _offer(row))


async def accept(*, token: str, now: dt.datetime) -> UUID:
    """Use the link and return the account of that address and role, made or widened; raises `InvitationClosed`.

    The row lock lets one of two clicks through. A suspended account stays so: an invitation is no way around it.
    """
    async with transaction():
        row = await fetch_one(f"{_BY_LINK} FOR UPDATE OF i", token_digest(token), now)
        if row is None:
            raise InvitationClosed
        account = await _account(row, now)
        await _close("accepted_at = $2, account = $3", row["id"], now, account)
        await audit.record(
            actor=f"{row['role']}:{account}",
            action="invitation.accept",
            subject=f"invitation:{row['id']}",
            now=now,
            detail={"role": row["role"]},
        )
        for welcome in ACCEPTED:
            await welcome(account, now)
    access.forget()
    return account


async def _account(row: asyncpg.Record, now: dt.datetime) -> UUID:
    known = await fetch_one(
        "SELECT id, scope, suspended_at FROM account WHERE address_key = $1 AND role = $2 FOR UPDATE",
        row["address_key"],
        row["role"],
    )
    if known is None:
        return await access.add_account(
            role=row["role"], label=row["label"], now=now, scope=scopes.of_row(row), email=_address(row)
        )
    if known["suspended_at"] is not None:
        raise InvitationClosed
    wider = await scopes.joined(scopes.of_row(known), scopes.of_row(row))
    await fetch("UPDATE account SET scope = $2 WHERE id = $1", known["id"], msgspec.json.encode(wider).decode())
    account: UUID = known["id"]
    return account
