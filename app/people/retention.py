"""How long each kind of data is kept: officers choose the days within bounds, the schedule does the rest."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from app.core import audit, retention
from app.core.db import fetch, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.retention import EVERY_HOUR, KEPT, Kept, deletes, keeps
from app.people.privacy import forget_accounts

PERSON_DETAILS = "person-details"


class Rule(msgspec.Struct, frozen=True):
    """A kind of data with the days that hold, what would go now, and when it is looked for next."""

    kept: Kept
    days: int
    overdue: int
    next_run: dt.datetime


async def chosen_days() -> dict[str, int]:
    """Return the days of every kind: those chosen by officers, else the product's own."""
    rows = {row["purpose"]: row["days"] for row in await fetch("SELECT purpose, days FROM retention_rule")}
    return {kept.purpose: rows.get(kept.purpose, kept.days) for kept in KEPT}


async def times() -> list[tuple[Kept, int]]:
    """Return every kind with the days that hold, what participants ask for first in front."""
    days = await chosen_days()
    return [(kept, days[kept.purpose]) for kept in sorted(KEPT, key=lambda kept: kept.purpose != PERSON_DETAILS)]


async def rules(*, now: dt.datetime) -> list[Rule]:
    """Return every kind with what a run would do away with now."""
    days = await chosen_days()
    return [
        Rule(
            kept,
            days[kept.purpose],
            await retention.overdue(kept, days=days[kept.purpose], now=now),
            kept.next_run(now),
        )
        for kept in KEPT
    ]


def wrong_days(wanted: Mapping[str, object]) -> list[FieldError]:
    """List the kinds whose days are missing, no number, or out of bounds."""
    errors = []
    for kept in (kept for kept in KEPT if not kept.fixed):
        typed = str(wanted.get(kept.purpose, ""))
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else -1
        if not kept.least <= number <= kept.most:
            said = _("Choose %(least)s to %(most)s days.", least=kept.least, most=kept.most)
            errors.append(FieldError(f"days.{kept.purpose}", "range", said))
    return errors


async def choose(*, wanted: Mapping[str, object], actor: str, now: dt.datetime) -> None:
    """Keep the days officers chose, for the next run on; raises `Invalid` with every wrong one."""
    errors = wrong_days(wanted)
    if errors:
        raise Invalid(errors)
    async with transaction():
        before = await chosen_days()
        changed = {k.purpose: int(str(wanted[k.purpose])) for k in KEPT if not k.fixed}
        changed = {purpose: days for purpose, days in changed.items() if days != before[purpose]}
        for purpose, days in changed.items():
            await fetch(
                "INSERT INTO retention_rule (purpose, days, changed_at) VALUES ($1, $2, $3)"
                " ON CONFLICT (purpose) DO UPDATE SET days = excluded.days, changed_at = excluded.changed_at",
                purpose,
                days,
                now,
            )
            detail = {"from": before[purpose], "to": days}
            await audit.record(
                actor=actor, action="retention.change", subject=f"retention:{purpose}", now=now, detail=detail
            )


async def clear_old(*, now: dt.datetime) -> dict[str, int]:
    """Clear what is past its days; run it every minute."""
    return await retention.clear_all(days=await chosen_days(), now=now)


async def _forget_invited(keys: Sequence[UUID], _now: dt.datetime) -> None:
    await fetch("UPDATE invitation SET address = NULL, address_key = '' WHERE id = ANY($1::uuid[])", list(keys))


async def _forget_accounts(keys: Sequence[UUID], now: dt.datetime) -> None:
    await forget_accounts(keys, now=now)


_UNUSED = """
SELECT a.id FROM account a WHERE a.address_key IS NOT NULL AND a.role = 'attendee' AND a.created_at < $1
    AND NOT EXISTS (SELECT FROM person_details d WHERE d.address_key = a.address_key)
    AND NOT EXISTS (SELECT FROM browser_session s WHERE s.account = a.id AND s.seen_at >= $1)
"""
_LEFT = "SELECT a.id FROM account a WHERE a.suspended_at < $1 AND (a.address IS NOT NULL OR a.label <> '')"

keeps(
    Kept(
        purpose="sign-in-links",
        what=gettext_lazy("Sign-in links, from when they stop opening"),
        how=gettext_lazy("deleted"),
        days=30,
        least=1,
        most=90,
        find="SELECT id FROM sign_in_link WHERE expires_at < $1",
        forget=deletes("sign_in_link"),
    ),
    Kept(
        purpose="ceremonies",
        what=gettext_lazy("Sign-ins that were begun, from when they expire"),
        how=gettext_lazy("deleted"),
        days=1,
        least=1,
        most=30,
        find="SELECT id FROM ceremony WHERE expires_at < $1",
        forget=deletes("ceremony"),
    ),
    Kept(
        purpose="sessions",
        what=gettext_lazy("Signed-in browsers, from when they ended or were last seen"),
        how=gettext_lazy("deleted"),
        days=90,
        least=8,
        most=400,
        find="SELECT id FROM browser_session WHERE coalesce(ended_at, seen_at) < $1",
        forget=deletes("browser_session"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="invited-addresses",
        what=gettext_lazy("Addresses of people invited to a role who did not accept, from when the invitation expires"),
        how=gettext_lazy("deleted, the invitation stays without them"),
        days=0,
        least=0,
        most=0,
        find="SELECT id FROM invitation WHERE address IS NOT NULL AND expires_at < $1",
        forget=_forget_invited,
    ),
    Kept(
        purpose="invitations",
        what=gettext_lazy("Invitations to a role, from when they were answered or expired"),
        how=gettext_lazy("deleted"),
        days=90,
        least=7,
        most=400,
        find="SELECT id FROM invitation WHERE coalesce(accepted_at, withdrawn_at, expires_at) < $1",
        forget=deletes("invitation"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="address-challenges",
        what=gettext_lazy("Links that prove a second address, from when they stop opening"),
        how=gettext_lazy("deleted"),
        days=7,
        least=0,
        most=30,
        find="SELECT id FROM address_challenge WHERE expires_at < $1",
        forget=deletes("address_challenge"),
    ),
    Kept(
        purpose="undeliverable",
        what=gettext_lazy("Addresses that mail came back from, by keyed hash, from when it did"),
        how=gettext_lazy("deleted"),
        days=180,
        least=1,
        most=400,
        find="SELECT address_key FROM undeliverable WHERE at < $1",
        forget=deletes("undeliverable", "address_key"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="provisioning",
        what=gettext_lazy("Codes that enrol a phone, from when they were used or expired"),
        how=gettext_lazy("deleted"),
        days=30,
        least=1,
        most=400,
        find="SELECT id FROM provisioning WHERE coalesce(used_at, withdrawn_at, expires_at) < $1",
        forget=deletes("provisioning"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="tokens",
        what=gettext_lazy("Access tokens, from when they were revoked or expired"),
        how=gettext_lazy("deleted"),
        days=90,
        least=7,
        most=400,
        find="SELECT id FROM access_token WHERE least(revoked_at, expires_at) < $1",
        forget=deletes("access_token"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="withdrawn-consents",
        what=gettext_lazy("Consents that were taken back, from that moment"),
        how=gettext_lazy("deleted"),
        days=1095,
        least=30,
        most=1825,
        find="SELECT id FROM consent WHERE withdrawn_at < $1",
        forget=deletes("consent"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="unused-accounts",
        what=gettext_lazy("Sign-ins of people who are registered for nothing, from when they were last used"),
        how=gettext_lazy("address and name deleted"),
        days=30,
        least=1,
        most=400,
        find=_UNUSED,
        forget=_forget_accounts,
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose="former-roles",
        what=gettext_lazy("Accounts of people whose role was ended, from that moment"),
        how=gettext_lazy("address and name deleted, the number stays for the audit log"),
        days=400,
        least=30,
        most=1825,
        find=_LEFT,
        forget=_forget_accounts,
        minutes=EVERY_HOUR,
    ),
)
