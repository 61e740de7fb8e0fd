"""Passkeys (WebAuthn level 3): a key pair that never leaves the phone or computer, unlocked by its owner.

They are discoverable, so nobody types an address; the owner is always verified (finger, face, PIN); and they answer to
our host name alone, so a look-alike site gets nothing.
"""

import datetime as dt
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import msgspec
import webauthn
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.settings import settings
from app.core.signing import keyed_hash
from app.people import ceremonies, sessions
from app.people.errors import LastProof, PasskeyRefused
from app.people.proofs import proofs_of, require_may_add, roles_of_human
from app.people.roles import Principal
from app.people.sessions import HUMAN
from app.people.strength import Strength, strongest_need

SITE = "Machigurumi"
UNREADABLE = (WebAuthnException, ValueError, RecursionError)
"""What may come of reading what a browser says: JSON and CBOR, also nested deeper than the decoders go."""


class Passkey(msgspec.Struct, frozen=True):
    """A passkey as its owner sees it."""

    id: UUID
    name: str
    created_at: dt.datetime
    used_at: dt.datetime | None
    gives: Strength


class Party(NamedTuple):
    """Whom a passkey answers to (the relying party): the host name it is bound to, and the origin of our pages."""

    id: str
    origin: str


class Proved(NamedTuple):
    """What a passkey has just proved: whose it is, and how strong a session it opens."""

    passkey: UUID
    account: UUID
    gives: Strength


def party() -> Party:
    """Return whom passkeys answer to. A passkey needs a name: on this machine that is `localhost`, no number."""
    parts = urlsplit(settings().base_url)
    host = parts.hostname or "localhost"
    try:
        name = "localhost" if ip_address(host).is_loopback else host
    except ValueError:
        name = host
    port = f":{parts.port}" if parts.port else ""
    return Party(name, f"{parts.scheme}://{name}{port}")


async def _handle(account: UUID) -> bytes:
    """Return what an authenticator calls the human: the same for all roles of one address, and nothing personal."""
    row = await fetch_one(
        "SELECT coalesce(encode(address_key, 'hex'), id::text) AS who FROM account WHERE id = $1", account
    )
    assert row is not None  # noqa: S101  # accounts are never deleted
    return keyed_hash("passkey-handle", row["who"])


async def passkeys_of(account: UUID) -> list[Passkey]:
    """Return the passkeys of the human behind an account, the newest first."""
    rows = await fetch(
        "SELECT id, name, created_at, used_at, gives FROM passkey"
        f" WHERE account IN ({HUMAN}) ORDER BY created_at DESC, id",
        account,
    )
    return [msgspec.convert(dict(row), Passkey) for row in rows]


class Asked(NamedTuple):
    """What the browser is asked: the options as JSON, and what it keeps until it answers."""

    options: str
    token: str


async def ask_to_add(*, principal: Principal, now: dt.datetime) -> Asked:
    """Begin to add a passkey; raises `StrongerSignIn` or `FreshProof` as `require_may_add`."""
    await require_may_add(principal, now)
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    known = await fetch(f"SELECT credential FROM passkey WHERE account IN ({HUMAN})", principal.account)
    options = webauthn.generate_registration_options(
        rp_id=party().id,
        rp_name=SITE,
        user_id=await _handle(principal.account),
        user_name=principal.label or SITE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=row["credential"]) for row in known],
    )
    token = await ceremonies.begin(kind="add_passkey", kept=options.challenge, now=now, account=principal.account)
    return Asked(webauthn.options_to_json(options), token)


async def add(
    *, principal: Principal, credential: str, name: str, token: str | None, cookie: str, now: dt.datetime
) -> str:
    """Add a passkey and return the cookie of the session that takes the place of this one.

    Raises `CeremonyOver` or `PasskeyRefused`. The other sessions go on: nothing was taken away.
    """
    gives = await require_may_add(principal, now)
    challenge = await ceremonies.finish(kind="add_passkey", token=token, now=now, account=principal.account)
    try:
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party().id,
            expected_origin=party().origin,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise PasskeyRefused from error
    async with transaction():
        added = await fetch_one(
            "INSERT INTO passkey (id, account, credential, public_key, sign_count, name, gives, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential) DO NOTHING RETURNING id",
            uuid4(),
            principal.account,
            found.credential_id,
            found.credential_public_key,
            found.sign_count,
            name,
            gives,
            now,
        )
        if added is None:
            raise PasskeyRefused
        await _write_down("passkey.add", added["id"], principal, now)
        return await sessions.renew(cookie=cookie, now=now, strength=gives, proved=True)


async def ask_to_use(*, now: dt.datetime, principal: Principal | None = None) -> Asked:
    """Begin to sign in with a passkey, or to prove oneself once more while signed in."""
    options = webauthn.generate_authentication_options(
        rp_id=party().id, user_verification=UserVerificationRequirement.REQUIRED
    )
    token = await ceremonies.begin(
        kind="use_passkey", kept=options.challenge, now=now, account=principal.account if principal else None
    )
    return Asked(webauthn.options_to_json(options), token)


_FIND = """
SELECT p.id, p.account, p.public_key, p.sign_count, p.gives FROM passkey p WHERE p.credential = $1
"""


async def use(*, credential: str, token: str | None, now: dt.datetime, principal: Principal | None = None) -> Proved:
    """Return whose passkey this is; raises `CeremonyOver` or `PasskeyRefused`.

    The challenge is used up whatever comes of it, so what was recorded on the way proves nothing a second time.
    """
    challenge = await ceremonies.finish(
        kind="use_passkey", token=token, now=now, account=principal.account if principal else None
    )
    try:
        answer = parse_authentication_credential_json(credential)
        row = await fetch_one(_FIND, answer.raw_id)
        if row is None or answer.response.user_handle not in {None, await _handle(row["account"])}:
            raise PasskeyRefused
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party().id,
            expected_origin=party().origin,
            credential_public_key=row["public_key"],
            credential_current_sign_count=row["sign_count"],
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise PasskeyRefused from error
    await _count(row, found.new_sign_count, now)
    return Proved(row["id"], row["account"], row["gives"])


async def _count(row: asyncpg.Record, count: int, now: dt.datetime) -> None:
    """Keep the new count; of two answers with the same count (a copied key) only one passes."""
    kept = await fetch_one(
        "UPDATE passkey SET sign_count = $3, used_at = $4 WHERE id = $1 AND sign_count = $2 RETURNING id",
        row["id"],
        row["sign_count"],
        count,
        now,
    )
    if kept is None:
        raise PasskeyRefused


async def trust(*, passkey: UUID, principal: Principal, now: dt.datetime) -> Strength:
    """Return what a passkey is worth in this session; one used where a new one might be added rises to its worth."""
    worth = await require_may_add(principal, now)
    row = await fetch_one(
        "UPDATE passkey SET gives = $2 WHERE id = $1 AND $2 <> 'link' RETURNING gives", passkey, worth
    )
    await _write_down("passkey.trust", passkey, principal, now)
    return row["gives"] if row else "link"


async def rename(*, passkey: UUID, name: str, principal: Principal) -> None:
    """Call one's own passkey something else; raises `NotFound`."""
    row = await fetch_one(
        f"UPDATE passkey SET name = $3 WHERE id = $2 AND account IN ({HUMAN}) RETURNING id",
        principal.account,
        passkey,
        name,
    )
    if row is None:
        raise NotFound


async def find(*, passkey: UUID, principal: Principal) -> Passkey:
    """Return one of one's own passkeys; raises `NotFound`."""
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    found = next((one for one in await passkeys_of(principal.account) if one.id == passkey), None)
    if found is None:
        raise NotFound
    return found


async def remove(*, passkey: UUID, principal: Principal, now: dt.datetime) -> None:
    """Remove one's own passkey and end every other session; raises `NotFound`, or `LastProof` for what a role needs.

    Whoever held the lost phone may sit in one of those sessions.
    """
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    async with transaction():
        accounts = await sessions.accounts_of_human(principal.account)
        await fetch("SELECT 1 FROM passkey WHERE account = ANY($1::uuid[]) FOR UPDATE", accounts)
        gone = await find(passkey=passkey, principal=principal)
        await require_not_last(principal.account, without_strong=gone.gives == "strong")
        await fetch("DELETE FROM passkey WHERE id = $1", passkey)
        await sessions.end_all(accounts=accounts, now=now, but=principal.session)
        await _write_down("passkey.remove", passkey, principal, now)


async def require_not_last(account: UUID, *, without_strong: bool = False, without_code: bool = False) -> None:
    """Raise `LastProof` when a role needs a proof and none would be left."""
    had = await proofs_of(account)
    left = msgspec.structs.replace(
        had, strong=had.strong - without_strong, trusted_code=had.trusted_code and not without_code
    )
    needed = strongest_need(await roles_of_human(account))
    if had.suffice(needed) and not left.suffice(needed):
        raise LastProof


async def _write_down(action: str, passkey: UUID, principal: Principal, now: dt.datetime) -> None:
    await audit.record(actor=principal.actor, action=action, subject=f"passkey:{passkey}", now=now)
