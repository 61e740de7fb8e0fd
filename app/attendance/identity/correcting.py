"""Corrections of the ledger by an officer: rule 11 of `kpi2-v1`.

Nothing is updated or deleted: a correction is one more entry with operator, reason and what it rests on, and may be
corrected in turn. Every figure follows at once.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from app.attendance import ledger
from app.attendance.identity import queries, review
from app.attendance.identity.errors import EntryGone
from app.attendance.identity.kin import kin_of, undone
from app.attendance.identity.schemas import CorrectionIn, CorrectionKind, Side
from app.attendance.identity.words import ROLES
from app.attendance.ledger import Entry
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.once import row_id
from app.people.residence import CODES
from app.people.roles import Principal

JST = dt.timezone(dt.timedelta(hours=9), "Asia/Tokyo")
APRIL = 4
"""Month in which a fiscal year begins."""
Extra = dict[str, Any]

_ENTRY = "SELECT position, kind, person, other, ticket, role FROM ledger_entry WHERE position = $1"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
"""Lets one of several sendings of a form through at a time: the others find its entry."""
_KNOWN = """
SELECT EXISTS (SELECT FROM person WHERE id = $1) OR EXISTS (SELECT FROM ledger_entry WHERE person = $1) AS known
"""
_DOUBLE = """
SELECT d.id, EXISTS (SELECT FROM person p WHERE p.id IN (d.first, d.second) AND p.key IS NULL) AS erased
FROM double d WHERE d.position = $1 FOR UPDATE OF d
"""


async def looked_up(*, person: UUID, actor: str, now: dt.datetime) -> Side:
    """Return somebody with all that the ledger says, or raise `NotFound`; the audit log keeps that it was read."""
    async with transaction():
        found = await queries.side(person)
        if found is None:
            raise NotFound
        await audit.record(actor=actor, action="person.evidence", subject=f"person:{person}", now=now)
        return found


async def person_at(position: int) -> UUID | None:
    """Return of whom an entry of the ledger speaks, None when there is no such entry."""
    row = await fetch_one("SELECT person FROM ledger_entry WHERE position = $1", position)
    return row["person"] if row else None


async def correct(*, wanted: CorrectionIn, principal: Principal, now: dt.datetime) -> int:
    """Append a correction and return its position; the same form again gives the same entry.

    Raises `NotFound` for a pseudonym that nobody knows, `Invalid` for what does not fit together, `EntryGone` when the
    entry was taken back before.
    """
    async with transaction():
        known = await fetch_one(_KNOWN, wanted.person)
        if known is None or not known["known"]:
            raise NotFound
        source = f"correction:{row_id(wanted.form, replace(wanted, csrf=''), principal.account).hex}"
        await fetch(_ALONE, source)
        return await _position(source) or await _append(wanted, source, actor=principal.actor, now=now)


async def _append(wanted: CorrectionIn, source: str, *, actor: str, now: dt.datetime) -> int:
    entry = Entry(
        kind=wanted.kind,
        evidence_class="E",
        person=wanted.person,
        operator=actor,
        reason=f"{wanted.reason} | {wanted.evidence}",
        source=source,
        **{"role": "", **await _ADDED[wanted.kind](wanted)},
    )
    if wanted.kind == "split":
        await _reopen(wanted, actor)
    (position,) = await ledger.append([entry], now=now)
    await _record(wanted, position, actor, now)
    return position


async def _position(source: str) -> int:
    """Return where the entry of a source stands, 0 when there is none."""
    row = await fetch_one("SELECT position FROM ledger_entry WHERE source = $1", source)
    return row["position"] if row else 0


async def _void(wanted: CorrectionIn) -> Extra:
    entry = await _subject(wanted)
    if entry["kind"] == "merge":
        raise Invalid([FieldError("kind", "merge", _("A merge is split, not voided."))])
    return {"subject": entry["position"], "ticket": entry["ticket"], "role": entry["role"]}


async def _split(wanted: CorrectionIn) -> Extra:
    entry = await _subject(wanted)
    if entry["kind"] != "merge":
        raise Invalid([FieldError("position", "no_merge", _("This entry is no merge."))])
    return {"subject": entry["position"]}


async def _subject(wanted: CorrectionIn) -> asyncpg.Record:
    """Return the entry that is to be taken back: one that speaks of the person, and stands."""
    row = await fetch_one(_ENTRY, wanted.position) if wanted.position else None
    if row is None or wanted.person not in {row["person"], row["other"] if row["kind"] == "merge" else None}:
        raise Invalid([FieldError("position", "choice", _("Name an entry that speaks of this person."))])
    if row["position"] in await undone([row["position"]]):
        raise EntryGone
    return row


async def _merge(wanted: CorrectionIn) -> Extra:
    known = await fetch_one(_KNOWN, wanted.other) if wanted.other else None
    if known is None or not known["known"] or wanted.other is None or wanted.other == wanted.person:
        raise Invalid([FieldError("other", "choice", _("Name the pseudonym of the same person's other record."))])
    if (await kin_of([wanted.person])).are_one(wanted.person, wanted.other):
        raise Invalid([FieldError("other", "same", _("These two are one person already."))])
    return {"other": wanted.other}


async def _residence(wanted: CorrectionIn) -> Extra:
    if wanted.residence is not None and wanted.residence not in CODES:
        raise Invalid([FieldError("residence", "choice", _("Please choose one of the values offered."))])
    return {"residence": wanted.residence, "scheduled_at": _year(wanted)}


async def _role(wanted: CorrectionIn) -> Extra:
    if wanted.role not in ROLES:
        raise Invalid([FieldError("role", "choice", _("Please choose one of the values offered."))])
    if wanted.ticket is not None and not await _has_ticket(wanted.person, wanted.ticket):
        raise Invalid([FieldError("ticket", "choice", _("This person has no such ticket."))])
    return {"role": wanted.role, "ticket": wanted.ticket, "scheduled_at": _year(wanted)}


async def _has_ticket(person: UUID, ticket: UUID) -> bool:
    rows = await fetch("SELECT 1 FROM ledger_entry WHERE person = $1 AND ticket = $2 LIMIT 1", person, ticket)
    return bool(rows or await fetch("SELECT 1 FROM ticket WHERE person = $1 AND id = $2", person, ticket))


def _year(wanted: CorrectionIn) -> dt.datetime | None:
    """Return the beginning of the fiscal year that a correction speaks of, None for every year."""
    return dt.datetime(wanted.fiscal_year, APRIL, 1, tzinfo=JST) if wanted.fiscal_year else None


_ADDED: dict[CorrectionKind, Callable[[CorrectionIn], Awaitable[Extra]]] = {
    "void": _void,
    "merge": _merge,
    "split": _split,
    "residence": _residence,
    "role": _role,
}
"""What an entry of each kind says beside the person; raises `Invalid`."""


async def _reopen(wanted: CorrectionIn, actor: str) -> None:
    """Let the pair wait again whose merge is split."""
    row = await fetch_one(_DOUBLE, wanted.position)
    if row is not None:
        await review.reopen(row["id"], row["erased"], actor=actor, reason=wanted.reason)


async def _record(wanted: CorrectionIn, position: int, actor: str, now: dt.datetime) -> None:
    detail = {"kind": wanted.kind, "position": position}
    subject = f"person:{wanted.person}"
    await audit.record(actor=actor, action="ledger.correct", subject=subject, now=now, detail=detail)
