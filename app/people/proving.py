"""Proving oneself while signed in, and acting in another of one's roles: each gives the session a fresh id."""

import datetime as dt
from uuid import UUID

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.people import one_time, passkeys, sessions
from app.people.errors import CodeRefused, FreshProof, PasskeyRefused
from app.people.roles import Principal
from app.people.sessions import HUMAN
from app.people.sign_in import Entered, Held, enter, sort_held
from app.people.strength import NEEDS, Strength, alive, reaches, stronger


async def held_by_human(account: UUID) -> list[Held]:
    """Return the roles of the human behind an account that are open, the least powerful first."""
    rows = await fetch(f"SELECT id, role, label FROM account WHERE id IN ({HUMAN}) AND suspended_at IS NULL", account)
    return sort_held([Held(row["id"], row["role"], row["label"]) for row in rows])


async def sign_in_with_passkey(
    *, credential: str, token: str | None, now: dt.datetime, agent: str = "", replaces: str = ""
) -> Entered:
    """Open a session for whoever holds the passkey; raises `CeremonyOver` or `PasskeyRefused`."""
    proved = await passkeys.use(credential=credential, token=token, now=now)
    held = await held_by_human(proved.account)
    if not held:
        raise PasskeyRefused
    async with transaction():
        return await enter(held=held, strength=proved.gives, now=now, by="passkey", agent=agent, replaces=replaces)


async def prove_with_passkey(
    *, principal: Principal, credential: str, token: str | None, cookie: str, now: dt.datetime
) -> str:
    """Return the cookie of the session that takes the place of this one; raises `CeremonyOver` or `PasskeyRefused`."""
    proved = await passkeys.use(credential=credential, token=token, now=now, principal=principal)
    if principal.account is None or proved.account not in await sessions.accounts_of_human(principal.account):
        raise PasskeyRefused(_("This passkey belongs to somebody else; sign out first to sign in with it."))
    gives = proved.gives
    if principal.strength == "first":
        gives = await passkeys.trust(passkey=proved.passkey, principal=principal, now=now)
    return await _renewed(principal, gives, cookie, now)


async def prove_with_code(*, principal: Principal, code: str, cookie: str, now: dt.datetime) -> str:
    """Return the cookie of the session that takes the place of this one; raises `CodeRefused`, `TooManyRequests`."""
    gives = await one_time.prove(principal=principal, code=code, now=now)
    if not reaches(gives, NEEDS[principal.role].strength):  # type: ignore[index]  # somebody is signed in
        raise CodeRefused(_("Your role needs a passkey; a code is not enough."))
    return await _renewed(principal, gives, cookie, now)


async def _renewed(principal: Principal, gives: Strength, cookie: str, now: dt.datetime) -> str:
    if not reaches(gives, NEEDS[principal.role].strength):  # type: ignore[index]  # somebody is signed in
        raise PasskeyRefused(_("This passkey was added before you had this role, without the proof it needs."))
    had: Strength = principal.strength  # type: ignore[assignment]  # a session has one
    async with transaction():
        await audit.record(
            actor=principal.actor, action="sign-in.prove", subject=f"account:{principal.account}", now=now
        )
        return await sessions.renew(cookie=cookie, now=now, strength=stronger(had, gives), proved=True)


async def switch_role(*, principal: Principal, account: UUID, cookie: str, now: dt.datetime) -> Entered:
    """Act in another role of the same human, with the strength there is.

    Raises `NotFound` for anybody else's account, `FreshProof` when the session is too old for that role.
    """
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    held = await held_by_human(principal.account)
    wanted = next((one for one in held if one.id == account), None)
    row = await fetch_one("SELECT created_at FROM browser_session WHERE id = $1", principal.session)
    if wanted is None or row is None:
        raise NotFound
    if not alive(role=wanted.role, created_at=row["created_at"], seen_at=now, now=now):
        raise FreshProof
    async with transaction():
        await audit.record(actor=principal.actor, action="role.switch", subject=f"account:{account}", now=now)
        fresh = await sessions.renew(cookie=cookie, now=now, account=account)
    return Entered(fresh, wanted.role, len(held))
