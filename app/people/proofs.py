"""What the human behind an account can prove himself with, and when the first of it may be added.

A passkey belongs to the human: it opens every account of the same address. So one weak moment must not be enough to add
one. The rule: nobody adds a proof in a session weaker than what any of his roles needs, except within an hour of an
invitation, when there is no proof yet and no other role that needs one.
"""

import datetime as dt
from uuid import UUID

import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.people.errors import FreshProof, StrongerSignIn
from app.people.roles import Principal, Role
from app.people.sessions import HUMAN
from app.people.strength import FIRST, NEEDS, Strength, fresh, proves, reaches, strongest_need

_PROOFS = f"""
WITH human AS ({HUMAN})
SELECT (SELECT count(*) FROM passkey WHERE account IN (SELECT id FROM human)) AS passkeys,
    (SELECT count(*) FROM passkey WHERE account IN (SELECT id FROM human) AND gives = 'strong') AS strong,
    EXISTS (SELECT FROM one_time_secret WHERE account IN (SELECT id FROM human) AND confirmed_at IS NOT NULL) AS code,
    EXISTS (SELECT FROM external_identity WHERE account IN (SELECT id FROM human)) AS openid,
    EXISTS (SELECT FROM one_time_secret s JOIN account a ON a.id = s.account WHERE s.account IN (SELECT id FROM human)
        AND s.confirmed_at IS NOT NULL AND a.role = ANY($2::text[])) AS trusted_code
"""


class Proofs(msgspec.Struct, frozen=True):
    """What there is: passkeys, those among them that give strong sessions, an authenticator app, OpenID.

    An app is trusted when it was added to an account that needs proof; a mailbox alone adds one to the others.
    """

    passkeys: int
    strong: int
    code: bool
    openid: bool
    trusted_code: bool

    @property
    def any_trusted(self) -> bool:
        """Whether anything proves more than a mailbox."""
        return bool(self.strong) or self.trusted_code or self.openid

    def suffice(self, needed: Strength) -> bool:
        """Whether one of them opens sessions of this strength."""
        if needed == "link":
            return True
        return bool(self.strong) or self.openid or (self.trusted_code and needed == "code")


async def proofs_of(account: UUID) -> Proofs:
    """Return what the human behind an account can prove himself with."""
    row = await fetch_one(_PROOFS, account, [role for role in NEEDS if proves(role)])
    assert row is not None  # noqa: S101  # scalars always make a row
    return msgspec.convert(dict(row), Proofs)


async def roles_of_human(account: UUID, *, but: UUID | None = None) -> list[Role]:
    """Return the roles of the human behind an account, suspended ones too: they may come back."""
    rows = await fetch(f"SELECT role FROM account WHERE id IN ({HUMAN}) AND id IS DISTINCT FROM $2", account, but)
    return [row["role"] for row in rows]


async def first_use(account: UUID) -> Strength:
    """Return the strength of a session opened by an invitation: `first` where the first proof may be added in it.

    Never beside another role that needs proof: whoever may invite a judge must not thereby open an officer's door to
    the reader of that mailbox.
    """
    row = await fetch_one("SELECT role FROM account WHERE id = $1", account)
    needs = row is not None and proves(row["role"])
    others = strongest_need(await roles_of_human(account, but=account))
    return "first" if needs and others == "link" and not (await proofs_of(account)).any_trusted else "link"


async def require_may_add(principal: Principal, now: dt.datetime) -> Strength:
    """Return what a proof added now will be worth, or raise `StrongerSignIn` or `FreshProof`."""
    assert principal.account is not None  # noqa: S101  # somebody is signed in
    row = await fetch_one("SELECT created_at FROM browser_session WHERE id = $1", principal.session)
    if row is None:
        raise NotFound
    is_invited = principal.strength == "first" and now - row["created_at"] <= FIRST
    if is_invited and await first_use(principal.account) == "first":
        return "strong"
    if not reaches(principal.strength, strongest_need(await roles_of_human(principal.account))):
        raise StrongerSignIn
    if not fresh(principal.proved_at, now):
        raise FreshProof
    return "link" if principal.strength == "first" else principal.strength  # type: ignore[return-value]
