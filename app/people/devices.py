"""Phones at the gates: enrolled by a code that lives ten minutes and works once, revoked when they are lost.

A phone brings the public half of a key pair of its own and gets a bearer token of its own; so one lost phone is closed
without touching another, and what it holds opens nothing elsewhere.
"""

import datetime as dt
import secrets
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.signing import keyed_hash
from app.core.validation import Label
from app.people import access, scopes
from app.people.errors import CodeClosed
from app.people.roles import ENROLS, Principal, Role, Scope

MINUTES = 10
AFTER_THE_END = dt.timedelta(days=7)
"""How long a phone may hand in late scans after the convention."""
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for a digit."""
LENGTH = 12
"""Letters of a code: 60 bits, for ten minutes."""
_MISREAD = str.maketrans("OIL", "011")

State = Literal["active", "revoked"]
PublicKey = Annotated[bytes, msgspec.Meta(min_length=1, max_length=200)]
"""SubjectPublicKeyInfo of an Ed25519 or P-256 key, base64 in JSON."""


class Provide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form that makes a code sends; `name` is how the phone will be called."""

    role: Role
    name: Label
    gates: tuple[UUID, ...] = ()
    csrf: str = ""


class Enrol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a phone sends to be enrolled. Without a `name` it gets the one that its code was made for."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: Label | None = None
    public_key: PublicKey | None = None


class Provided(msgspec.Struct, frozen=True):
    """A code just made: the only time it can be seen."""

    code: str
    name: str
    gates: list[str]
    expires_at: dt.datetime


class Enrolled(msgspec.Struct, frozen=True):
    """A phone just enrolled; `token` can be seen this once, and `gates` are the ones it may scan at."""

    device: UUID
    token: str
    gates: tuple[UUID, ...]
    expires_at: dt.datetime


class Device(msgspec.Struct, frozen=True):
    """A phone as those see it who answer for it."""

    id: UUID
    account: UUID
    name: str
    role: Role
    scope: Scope
    has_key: bool
    enrolled_at: dt.datetime
    seen_at: dt.datetime | None
    revoked_at: dt.datetime | None

    @property
    def state(self) -> State:
        """Whether it may work."""
        return "revoked" if self.revoked_at else "active"


class Open(msgspec.Struct, frozen=True):
    """A code that nobody has used yet."""

    id: UUID
    name: str
    expires_at: dt.datetime


def _new_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(letters[at : at + 4] for at in range(0, LENGTH, 4))


def _digest(code: str) -> bytes:
    """Return what is kept of a code, however it was typed: case, blanks and look-alikes do not matter."""
    letters = "".join(letter for letter in code.upper().translate(_MISREAD) if letter in LETTERS)
    return keyed_hash("provisioning", letters)


async def provide(*, asked: Provide, principal: Principal, now: dt.datetime) -> Provided:
    """Make a code for one phone at some gates.

    Raises `Invalid` for a role that `principal` may not enrol or without a gate, `NotFound` for gates beyond his reach.
    """
    if asked.role not in ENROLS.get(principal.role, ()):
        raise Invalid([FieldError("role", "choice", _("Please choose one of the values offered."))])
    scope = await scopes.fit(asked.role, Scope(gates=asked.gates or None))
    code, provisioning, expires_at = _new_code(), uuid4(), now + dt.timedelta(minutes=MINUTES)
    async with transaction():
        await scopes.require_within(scope, (await access.holding(principal)).scope)
        await fetch(
            "INSERT INTO provisioning (id, digest, role, scope, name, made_by, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            provisioning,
            _digest(code),
            asked.role,
            msgspec.json.encode(scope).decode(),
            asked.name,
            principal.account,
            now,
            expires_at,
        )
        await _write_down(principal.actor, "device.provide", f"provisioning:{provisioning}", now, asked.gates)
    called = await scopes.names([scope])
    return Provided(code, asked.name, [called[gate] for gate in asked.gates], expires_at)


async def enrol(*, asked: Enrol, now: dt.datetime) -> Enrolled:
    """Use a code: add an account, a device and a token that lasts until a week after the convention.

    Raises `CodeClosed`, `Invalid`. The row lock lets one of two phones through.
    """
    if asked.public_key is not None:
        _require_known_kind(asked.public_key)
    async with transaction():
        row = await fetch_one(
            "SELECT id, role, scope, name FROM provisioning WHERE digest = $1 AND expires_at > $2 AND used_at IS NULL"
            " AND withdrawn_at IS NULL FOR UPDATE",
            _digest(asked.code),
            now,
        )
        if row is None:
            raise CodeClosed
        enrolled = await _add(row, asked, now)
        await fetch("UPDATE provisioning SET used_at = $2, device = $3 WHERE id = $1", row["id"], now, enrolled.device)
        actor = f"provisioning:{row['id']}"
        await _write_down(actor, "device.enrol", f"device:{enrolled.device}", now, enrolled.gates)
    return enrolled


def _require_known_kind(key: bytes) -> None:
    try:
        found = load_der_public_key(key)
    except (ValueError, UnsupportedAlgorithm):
        found = None
    curve = found.curve if isinstance(found, EllipticCurvePublicKey) else None
    if not isinstance(found, Ed25519PublicKey) and not isinstance(curve, SECP256R1):
        said = _("A public key is needed here: Ed25519 or P-256, as SubjectPublicKeyInfo in base64.")
        raise Invalid([FieldError("public_key", "format", said)])


async def _add(row: asyncpg.Record, asked: Enrol, now: dt.datetime) -> Enrolled:
    scope, name = scopes.of_row(row), asked.name or row["name"]
    account = await access.add_account(role=row["role"], label=name, now=now, scope=scope, device=name)
    device = await fetch_one(
        "UPDATE device SET public_key = $2, seen_at = $3 WHERE account = $1 RETURNING id",
        account,
        asked.public_key,
        now,
    )
    assert device is not None  # noqa: S101  # it was added a moment ago
    expires_at = await _end_of(scope, now) + AFTER_THE_END
    token = await access.issue_token(account=account, now=now, expires_at=expires_at)
    return Enrolled(device["id"], token, scope.gates or (), expires_at)


async def _end_of(scope: Scope, now: dt.datetime) -> dt.datetime:
    """Return when the last of these gates closes for good; a gate that is gone counts as closed now."""
    return max([now, *(gate.until for gate in await scopes.choices("gates", scope) if gate.until is not None)])


_LISTED = """
SELECT d.id, d.account, d.name, a.role, a.scope, d.public_key IS NOT NULL AS has_key, d.enrolled_at, d.seen_at,
    d.revoked_at
FROM device d JOIN account a ON a.id = d.account WHERE a.role = ANY($1::text[]) AND ($2::uuid IS NULL OR d.id = $2)
ORDER BY d.revoked_at IS NOT NULL, d.name, d.id
"""


async def listed(principal: Principal) -> list[Device]:
    """Return the phones within reach, those that work first."""
    return await _within(principal, None)


async def one(*, device: UUID, principal: Principal) -> Device:
    """Return one phone within reach, or raise `NotFound`."""
    found = await _within(principal, device)
    if not found:
        raise NotFound
    return found[0]


async def _within(principal: Principal, device: UUID | None) -> list[Device]:
    reach = await scopes.reach_of(principal, over=ENROLS)
    rows = await fetch(_LISTED, reach.roles, device)
    found = [msgspec.convert({**row, "scope": msgspec.json.decode(row["scope"])}, Device) for row in rows]
    return [one for one in found if reach.holds(one.role, one.scope)]


async def open_codes(principal: Principal, now: dt.datetime) -> list[Open]:
    """Return the codes within reach that wait for their phone."""
    reach = await scopes.reach_of(principal, over=ENROLS)
    rows = await fetch(
        "SELECT id, name, role, scope, expires_at FROM provisioning WHERE expires_at > $1 AND used_at IS NULL"
        " AND withdrawn_at IS NULL ORDER BY created_at",
        now,
    )
    held = [row for row in rows if reach.holds(row["role"], scopes.of_row(row))]
    return [Open(row["id"], row["name"], row["expires_at"]) for row in held]


async def withdraw(*, code: UUID, principal: Principal, now: dt.datetime) -> None:
    """Close a code that nobody has used yet; raises `NotFound`."""
    async with transaction():
        if code not in {one.id for one in await open_codes(principal, now)}:
            raise NotFound
        await fetch("UPDATE provisioning SET withdrawn_at = $2 WHERE id = $1 AND used_at IS NULL", code, now)
        await _write_down(principal.actor, "device.withdraw-code", f"provisioning:{code}", now)


async def withdraw_beyond(*, principal: Principal, now: dt.datetime) -> None:
    """Close the codes that somebody has made, nobody has used yet, and he could not make now."""
    reach = await scopes.reach_of(principal, over=ENROLS)
    rows = await fetch(
        "SELECT id, role, scope FROM provisioning WHERE made_by = $1 AND used_at IS NULL AND withdrawn_at IS NULL",
        principal.account,
    )
    beyond = [row["id"] for row in rows if not reach.holds(row["role"], scopes.of_row(row))]
    await fetch("UPDATE provisioning SET withdrawn_at = $2 WHERE id = ANY($1::uuid[])", beyond, now)


async def rename(*, device: UUID, name: str, principal: Principal, now: dt.datetime) -> None:
    """Call a phone otherwise; raises `NotFound`."""
    async with transaction():
        found = await one(device=device, principal=principal)
        await fetch("UPDATE device SET name = $2 WHERE id = $1", device, name)
        await fetch("UPDATE account SET label = $2 WHERE id = $1", found.account, name)
        await _write_down(principal.actor, "device.rename", f"device:{device}", now)


async def revoke(*, device: UUID, principal: Principal, now: dt.datetime) -> None:
    """Close a phone for good; raises `NotFound`.

    It may still hand in what it scanned before: such scans are stored, as facts to be looked at, and admit nobody.
    """
    async with transaction():
        await one(device=device, principal=principal)
        await fetch("UPDATE device SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", device, now)
        await _write_down(principal.actor, "device.revoke", f"device:{device}", now)
    access.forget()


async def _write_down(actor: str, action: str, subject: str, now: dt.datetime, gates: tuple[UUID, ...] = ()) -> None:
    detail = {"gates": [str(gate) for gate in gates]} if gates else {}
    await audit.record(actor=actor, action=action, subject=subject, now=now, detail=detail)
