"""Members of an entry: organisations, and the persons who speak for them, each with a link of its own."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct

from app.awards.entering import entries, promises
from app.awards.entering.entries import EntryRef
from app.awards.entering.errors import BeingJudged, LeadOnly, NotAwaited
from app.awards.schemas import MemberBody, MemberKind
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.validation import Address, Name
from app.people.persons import details_of, meet
from app.people.residence import CODES
from app.people.roles import Principal
from app.people.schemas import Details

MOST = 12
"""Members of one entry."""
Language = Literal["ja", "en", "zh-Hans", "ko", "de", "th"]


class MemberEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member as it is written down: the organisation, and who speaks for it in which language."""

    organisation: Name
    kind: MemberKind = "company"
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
    name: Name
    email: Address
    language: Language = "en"


class MemberRow(Struct, frozen=True, kw_only=True):
    """A member as it stands; name and address are empty once the person is erased."""

    id: UUID
    entry: UUID
    person: UUID
    position: int
    kind: MemberKind
    organisation: str
    country: str
    lead: bool
    language: str
    invited_at: dt.datetime | None
    signed_at: dt.datetime | None
    signed_digest: bytes | None
    declined_at: dt.datetime | None
    removed_at: dt.datetime | None
    name: str = ""
    reading: str = ""
    email: str = ""

    @property
    def body(self) -> MemberBody:
        """The member as it stands in an entry: no name of a person."""
        return MemberBody(self.organisation, self.kind, self.country, self.lead)


class Held(Struct, frozen=True):
    """An entry in the hands of one of its members; `members` in their order."""

    entry: EntryRef
    me: MemberRow
    members: tuple[MemberRow, ...]

    @property
    def address(self) -> str:
        """Where this member works with the entry."""
        return entries.address(self.entry.id, self.me.id)


class Parties(Struct, frozen=True):
    """Who stands behind an entry: names of persons in every spelling known, organisations, countries."""

    persons: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


_MEMBERS = """
SELECT id, entry, person, position, kind, organisation, country, lead, language, invited_at, signed_at, signed_digest,
    declined_at, removed_at
FROM entry_member WHERE entry = ANY($1::uuid[]) ORDER BY entry, position, id
"""


async def of_entries(ids: Sequence[UUID], *, with_gone: bool = False) -> dict[UUID, list[MemberRow]]:
    """Return the members of each entry in their order; `with_gone` also those that have left."""
    rows = await fetch(_MEMBERS, list(ids))
    known = await details_of({row["person"] for row in rows})
    found: dict[UUID, list[MemberRow]] = {entry: [] for entry in ids}
    for row in rows:
        if with_gone or row["removed_at"] is None:
            found[row["entry"]].append(_member(row, known.get(row["person"])))
    return found


def _member(row: asyncpg.Record, details: Details | None) -> MemberRow:
    said = (details.name, details.reading, details.email) if details else ("", "", "")
    return MemberRow(**row, name=said[0], reading=said[1], email=said[2])


async def of(entry: UUID) -> list[MemberRow]:
    """Return the members of an entry in their order."""
    return (await of_entries([entry]))[entry]


async def parties(ids: Sequence[UUID]) -> dict[UUID, Parties]:
    """Return who stands behind each entry, with members that have left while a version names them."""
    found = await of_entries(ids, with_gone=True)
    nominators = await _nominators(ids)
    return {
        entry: Parties(
            persons=_once(*(name for m in members for name in (m.name, m.reading)), *nominators.get(entry, ())),
            organisations=_once(*(m.organisation for m in members)),
            countries=_once(*(m.country for m in members)),
        )
        for entry, members in found.items()
    }


async def _nominators(ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    rows = await fetch(
        "SELECT id, nominator FROM award_entry WHERE id = ANY($1::uuid[]) AND nominator IS NOT NULL", list(ids)
    )
    known = await details_of({row["nominator"] for row in rows})
    return {
        row["id"]: (known[row["nominator"]].name, known[row["nominator"]].reading)
        for row in rows
        if row["nominator"] in known
    }


def _once(*words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


async def held(entry: UUID, member: UUID, *, lock: bool = False) -> Held:
    """Return an entry as one of its members holds it; with `lock` in the caller's transaction. Raises `NotFound`."""
    found = await (entries.locked(entry) if lock else entries.any_entry(entry))
    members = await of(entry)
    me = next((one for one in members if one.id == member and one.name), None)
    if me is None:
        raise NotFound
    return Held(found, me, tuple(members))


async def led(entry: UUID, member: UUID, now: dt.datetime) -> Held:
    """Return an entry locked for its leading member while it may be changed.

    Raises `LeadOnly`, `EntriesClosed`, `NotAwaited` before a nominee has agreed.
    """
    found = await held(entry, member, lock=True)
    if not found.me.lead:
        raise LeadOnly
    found.entry.require_own(now)
    return found


_INSERT = """
INSERT INTO entry_member (id, entry, person, position, kind, organisation, country, lead, language, invited_at)
SELECT $1, $2, $3, coalesce(max(position), 0) + 1, $4, $5, $6, $7, $8, $9 FROM entry_member WHERE entry = $2
RETURNING id
"""


async def put(entry: UUID, wish: MemberEdit, *, lead: bool, invited: bool, now: dt.datetime) -> UUID:
    """Add a member in the caller's transaction and return its id. Raises `Invalid` for somebody who is one already."""
    person = await meet(Details(name=wish.name, email=wish.email), now=now)
    known = await fetch_one("SELECT id, removed_at FROM entry_member WHERE entry = $1 AND person = $2", entry, person)
    if known is not None and known["removed_at"] is None:
        raise Invalid([FieldError("email", "twice", _("This person speaks for a member of this entry already."))])
    if known is not None:
        await fetch("DELETE FROM entry_member WHERE id = $1", known["id"])
    when = now if invited else None
    what = (wish.kind, wish.organisation, wish.country, lead, wish.language, when)
    row = await fetch_one(_INSERT, uuid4(), entry, person, *what)
    assert row is not None  # noqa: S101  # an insert returns its row
    made: UUID = row["id"]
    return made


def check_country(wish: MemberEdit) -> None:
    """Raise `Invalid` for what is no country."""
    if wish.country not in CODES:
        raise Invalid([FieldError("country", "choice", _("Please choose one of the values offered."))])


async def add(*, entry: UUID, member: UUID, wish: MemberEdit, now: dt.datetime) -> UUID:
    """Add a member and write to it; only the lead may. Return its id."""
    check_country(wish)
    async with transaction():
        found = await led(entry, member, now)
        if len(found.members) >= MOST:
            raise Invalid([FieldError("organisation", "too_many", _("An entry has at most %(n)s members.", n=MOST))])
        made = await put(entry, wish, lead=False, invited=True, now=now)
        await _touch(entry, now)
        await promises.promise("invited", made, now=now)
    return made


async def change(*, entry: UUID, member: UUID, whom: UUID, wish: MemberEdit, now: dt.datetime) -> None:
    """Change a member; another person gets a link of its own, and the old link opens nothing any more."""
    check_country(wish)
    async with transaction():
        found = await led(entry, member, now)
        old = _whom(found, whom)
        what = (wish.kind, wish.organisation, wish.country, wish.language)
        if (old.name, old.email) == (wish.name, wish.email):
            await fetch(
                "UPDATE entry_member SET kind = $2, organisation = $3, country = $4, language = $5 WHERE id = $1",
                whom,
                *what,
            )
        elif old.lead:
            raise Invalid([FieldError("email", "lead", _("Ask the office to hand the lead over to somebody else."))])
        else:
            await _drop(old, now)
            made = await put(entry, wish, lead=False, invited=True, now=now)
            await fetch("UPDATE entry_member SET position = $2 WHERE id = $1", made, old.position)
            await promises.promise("invited", made, now=now)
        await _touch(entry, now)


async def remove(*, entry: UUID, member: UUID, whom: UUID, now: dt.datetime) -> None:
    """Take a member out of the draft; its link opens nothing any more. Raises `NotAwaited` for the lead itself."""
    async with transaction():
        found = await led(entry, member, now)
        old = _whom(found, whom)
        if old.lead:
            raise NotAwaited
        await _drop(old, now)
        await _touch(entry, now)


async def _drop(old: MemberRow, now: dt.datetime) -> None:
    """Delete a member; one that has signed stays known to the matching of conflicts until the next version stands."""
    if old.signed_digest is None:
        await fetch("DELETE FROM entry_member WHERE id = $1", old.id)
    else:
        await fetch("UPDATE entry_member SET removed_at = $2 WHERE id = $1", old.id, now)


async def remind(*, entry: UUID, member: UUID, whom: UUID, now: dt.datetime) -> None:
    """Send a member its link once more; at most one mail a minute."""
    async with transaction():
        found = await led(entry, member, now)
        old = _whom(found, whom)
        await fetch("UPDATE entry_member SET invited_at = $2, declined_at = NULL WHERE id = $1", old.id, now)
        await promises.promise("invited", old.id, now=now, stamp=now.strftime("%Y%m%d%H%M"))


async def hand_over(*, entry: UUID, award: str, whom: UUID, principal: Principal, now: dt.datetime) -> None:
    """Let another member lead: the secretary does so for a lead that has gone. What is handed in stands as it was.

    Raises `NotFound`, `BeingJudged`, `NotAwaited` for a member that has refused.
    """
    async with transaction():
        await entries.own(entry, award, principal)
        found = await entries.locked(entry)
        member = next((one for one in await of(entry) if one.id == whom), None)
        if member is None:
            raise NotFound
        if found.judged:
            raise BeingJudged
        if member.declined_at is not None or not member.email:
            raise NotAwaited
        await fetch("UPDATE entry_member SET lead = (id = $2) WHERE entry = $1", entry, whom)
        await fetch("UPDATE award_entry SET language = $2 WHERE id = $1", entry, member.language)
        await _touch(entry, now)
        await promises.promise("started", whom, now=now, stamp=now.strftime("%Y%m%d%H%M"))
        await audit.record(
            actor=principal.actor,
            action="entry.lead",
            subject=f"entry:{entry}",
            now=now,
            detail={"member": str(whom)},
        )


def _whom(found: Held, whom: UUID) -> MemberRow:
    member = next((one for one in found.members if one.id == whom), None)
    if member is None:
        raise NotFound
    return member


async def _touch(entry: UUID, now: dt.datetime) -> None:
    await fetch("UPDATE award_entry SET draft_revision = draft_revision + 1, changed_at = $2 WHERE id = $1", entry, now)
