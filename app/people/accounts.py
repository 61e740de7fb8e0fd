"""People with roles: found, changed, suspended and let in again by those who answer for them."""

import datetime as dt
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Forbidden, NotFound, Outdated
from app.core.i18n import gettext as _
from app.core.signing import derived, keyed_hash, unseal
from app.core.validation import Label
from app.people import access, devices, invitations, scopes, sessions
from app.people.errors import LastAdmin, OwnAccount
from app.people.persons import address_key, name_key
from app.people.roles import INVITES, Principal, Role, Scope

_LISTED = """
SELECT a.*, d.id AS device, d.revoked_at AS device_revoked_at,
    (SELECT max(s.seen_at) FROM browser_session s WHERE s.account = a.id) AS seen_at
FROM account a LEFT JOIN device d ON d.account = a.id
"""

_ADMINS = "SELECT id FROM account WHERE role = 'admin' AND suspended_at IS NULL ORDER BY id FOR UPDATE"


_SUSPENDED_BY = """
SELECT split_part(actor, ':', 1) AS role FROM audit_entry
WHERE subject = $1 AND action = 'account.suspend' ORDER BY position DESC LIMIT 1
"""


class Change(scopes.Ticked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the form of an account sends; `seen` is the digest of the account it was made from."""

    label: Label
    seen: str = ""
    csrf: str = ""


class Account(msgspec.Struct, frozen=True):
    """An account as those see it who answer for it; `address` is empty for a phone's."""

    id: UUID
    role: Role
    label: str
    scope: Scope
    address: str
    created_at: dt.datetime
    seen_at: dt.datetime | None
    suspended_at: dt.datetime | None
    device: UUID | None

    @property
    def digest(self) -> str:
        """What a form carries, so that one which comes too late does not give back what was taken away."""
        return keyed_hash("account", msgspec.json.encode((self.role, self.label, self.scope)).decode()).hex()


async def listed(principal: Principal, *, q: str = "", role: str = "") -> list[Account]:
    """Return the accounts within reach by role and label; `q` is a part of the label or a whole mail address."""
    reach = await scopes.reach_of(principal)
    wanted = [one for one in reach.roles if role in ("", one)]
    rows = await fetch(f"{_LISTED} WHERE a.role = ANY($1::text[]) ORDER BY a.label, a.id", wanted)
    key = address_key(q) if "@" in q else None
    found = [
        _account(row)
        for row in rows
        if (row["address_key"] == key if key else name_key(q) in name_key(row["label"]))
        and reach.holds(row["role"], scopes.of_row(row))
    ]
    return sorted(found, key=lambda account: (reach.roles.index(account.role), account.suspended_at is not None))


async def one(*, account: UUID, principal: Principal) -> Account:
    """Return one account within reach, or raise `NotFound`."""
    row = await fetch_one(f"{_LISTED} WHERE a.id = $1", account)
    reach = await scopes.reach_of(principal)
    if row is None or not reach.holds(row["role"], scopes.of_row(row)):
        raise NotFound
    return _account(row)


def _account(row: asyncpg.Record) -> Account:
    return Account(
        id=row["id"],
        role=row["role"],
        label=row["label"],
        scope=scopes.of_row(row),
        address=unseal(derived("accounts"), row["address"]).decode() if row["address"] else "",
        created_at=row["created_at"],
        seen_at=row["seen_at"],
        suspended_at=row["suspended_at"],
        device=row["device"],
    )


async def change(*, account: UUID, asked: Change, principal: Principal, now: dt.datetime) -> None:
    """Give an account another label and other rows; raises `NotFound`, `Outdated`, `Invalid` as `scopes.fit`.

    What it has offered to others falls with the rows it came from.
    """
    async with transaction():
        found = await _locked(account, principal)
        scope = await scopes.fit(found.role, asked.scope)
        await scopes.require_within(scope, principal.scope)
        if asked.seen != found.digest:
            raise Outdated(await _stored(found, asked))
        await fetch(
            "UPDATE account SET label = $2, scope = $3 WHERE id = $1",
            account,
            asked.label,
            msgspec.json.encode(scope).decode(),
        )
        await _take_back(Principal(found.role, account, scope=scope), now)
        rows = {kind: [str(one) for one in ids] for kind, ids in scope.named().items()}
        await _write_down("account.change", account, principal, now, **rows)
    access.forget()


async def _stored(found: Account, asked: Change) -> list[FieldError]:
    """Say what is stored now in the fields that differ from the form."""
    called, asked_for = await scopes.names([found.scope]), asked.scope.named()
    now = {"label": found.label} if found.label != asked.label else {}
    for kind, ids in found.scope.named().items():
        if set(ids) != set(asked_for.get(kind, ())):
            now[kind] = ", ".join(called[one] for one in ids if one in called)
    said = {name: _("Stored now: “%(words)s”. Save again to replace it by yours.", words=now[name]) for name in now}
    return [FieldError(name, "changed", words) for name, words in said.items()]


async def suspend(*, account: UUID, principal: Principal, now: dt.datetime) -> None:
    """Close an account: its sessions end, its tokens open nothing, what it has invited is withdrawn.

    Raises `LastAdmin`, `OwnAccount`, `NotFound`. All administrators are locked first, in one
    order, so that two of them cannot suspend each other at the same moment.
    """
    async with transaction():
        admins = await fetch(_ADMINS)
        found = await _locked(account, principal)
        if account == principal.account:
            raise OwnAccount
        if found.role == "admin" and {row["id"] for row in admins} <= {account}:
            raise LastAdmin
        await fetch("UPDATE account SET suspended_at = $2 WHERE id = $1 AND suspended_at IS NULL", account, now)
        await sessions.end_all(accounts=[account], now=now)
        await _take_back(Principal("anonymous", account), now)
        await _write_down("account.suspend", account, principal, now)
    access.forget()


async def reinstate(*, account: UUID, principal: Principal, now: dt.datetime) -> None:
    """Open a suspended account again; its old sessions stay ended.

    Raises `NotFound`, or `Forbidden` when somebody above `principal` has suspended it.
    """
    async with transaction():
        await _locked(account, principal)
        await _require_not_above(account, principal)
        await fetch("UPDATE account SET suspended_at = NULL WHERE id = $1", account)
        await _write_down("account.reinstate", account, principal, now)


async def end_sessions(*, account: UUID, principal: Principal, now: dt.datetime) -> None:
    """End every session of an account; raises `NotFound`."""
    async with transaction():
        await _locked(account, principal)
        ended = await sessions.end_all(accounts=[account], now=now)
        await _write_down("account.end-sessions", account, principal, now, ended=ended)


async def _take_back(account: Principal, now: dt.datetime) -> None:
    """Close what an account has offered and does not reach any more: links to roles, codes for phones."""
    await invitations.withdraw_beyond(principal=account, now=now)
    await devices.withdraw_beyond(principal=account, now=now)


async def _require_not_above(account: UUID, principal: Principal) -> None:
    row = await fetch_one(_SUSPENDED_BY, f"account:{account}")
    by = row["role"] if row else principal.role
    if by != principal.role and by not in INVITES.get(principal.role, ()):
        raise Forbidden(_("You cannot give this role; ask the city's office."))


async def _locked(account: UUID, principal: Principal) -> Account:
    await fetch_one("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", account)
    return await one(account=account, principal=principal)


async def _write_down(action: str, account: UUID, principal: Principal, now: dt.datetime, **detail: object) -> None:
    await audit.record(actor=principal.actor, action=action, subject=f"account:{account}", now=now, detail=detail)
