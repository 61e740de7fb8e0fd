"""Whose a reported stay is: by our own id, or perhaps by an address or a name."""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.online.reports import opaque
from app.attendance.online.reports.opaque import Holding
from app.attendance.online.reports.reading import Told
from app.attendance.online.reports.weighing import Who
from app.attendance.scanning.as_of import Changed, person_at
from app.core.db import fetch
from app.core.signing import keyed_hash
from app.people.persons import address_key, details_of, name_key, normal_address, open_details

AT_ONCE = 2_000
"""Details opened in one go, beside the loop that serves everybody else."""
MOST_BY_NAME = 50_000
"""Tickets among which names are looked for; at larger events whoever decides says the ticket's number."""
COUNTED = frozenset({"valid", "blocked"})

_HELD = """
SELECT t.id, t.person, t.state, coalesce((
    SELECT jsonb_agg(jsonb_build_array(h.at, h.action, h.person) ORDER BY h.at) FROM ticket_change h
    WHERE h.ticket = t.id AND h.action = 'transferred'), '[]') AS changes
FROM ticket t WHERE t.id = ANY($2::uuid[])
  AND EXISTS (SELECT 1 FROM coverage o WHERE o.ticket_type = t.ticket_type AND o.event = $1)
"""
_FOLLOWING = """
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN person p ON p.id = t.person
JOIN person_details d ON d.person = p.id
WHERE t.state IN ('valid', 'blocked') AND y.mode IN ('online', 'hybrid') AND p.key IS NOT NULL
  AND EXISTS (SELECT 1 FROM coverage o WHERE o.ticket_type = y.id AND o.event = $1)
"""
_BY_ADDRESS = f"SELECT t.id, t.person, d.address_key {_FOLLOWING} AND d.address_key = ANY($2::bytea[]) ORDER BY t.id"
_BY_NAME = f"SELECT t.id, t.person, p.key, coalesce(t.sealed, d.sealed) AS sealed {_FOLLOWING} ORDER BY t.id LIMIT $2"


class _Held(Struct, frozen=True):
    """A ticket that opens the event, with everybody who held it."""

    person: UUID
    state: str
    changes: tuple[Changed, ...]

    def has_held(self, person: UUID) -> bool:
        """Whether somebody holds it, or did."""
        return person == self.person or any(person == change.person for change in self.changes)


async def people(event: UUID, told: Sequence[Told]) -> list[Who]:
    """Return whose each of these stays is, as far as it can be known."""
    ids = [_holding(one, event) for one in told]
    held = await _held(event, {found.ticket for found in ids if found})
    guessed = await _guessed(
        event, [one for one, found in zip(told, ids, strict=True) if not found and not _mistyped(one)]
    )
    return [
        _known(one, found, held) if found or _mistyped(one) else Who(_key(one), *guessed[_key(one)], flaw="unsure")
        for one, found in zip(told, ids, strict=True)
    ]


def _texts(told: Told) -> tuple[str, ...]:
    """Where an id of ours may stand, the likeliest first."""
    return (told.line.email, told.line.id, told.line.name)


def _holding(told: Told, event: UUID) -> Holding | None:
    return next((found for text in _texts(told) if (found := opaque.opened(text, event=event))), None)


def _mistyped(told: Told) -> bool:
    return any(map(opaque.is_like_one, _texts(told)))


def _known(told: Told, found: Holding | None, held: Mapping[UUID, _Held]) -> Who:
    """Return who stands behind an id: the person to whom it was given, if that person held the ticket then."""
    ticket = held.get(found.ticket) if found else None
    if found is None or ticket is None or not ticket.has_held(found.person):
        return Who(_key(told), flaw="wrong_id")
    then = person_at(ticket.person, ticket.changes, told.joined) if told.joined else found.person
    good = ticket.state in COUNTED and then == found.person
    return Who(
        f"{found.ticket.hex}{found.person.hex[:8]}", found.ticket, found.person, flaw=None if good else "canceled"
    )


def _key(told: Told) -> str:
    """Return what names somebody unknown: a keyed hash of all that the report says of him."""
    line = told.line
    address = normal_address(line.email) if "@" in line.email else line.email
    return keyed_hash("reported", f"{address}\0{name_key(line.name)}\0{line.id}").hex()[:32]


async def _held(event: UUID, tickets: Iterable[UUID]) -> dict[UUID, _Held]:
    rows = await fetch(_HELD, event, list(tickets))
    return {row["id"]: _Held(row["person"], row["state"], _changes(row["changes"])) for row in rows}


def _changes(said: str) -> tuple[Changed, ...]:
    return tuple(Changed(*one) for one in msgspec.json.decode(said, type=list[tuple[dt.datetime, str, UUID]]))


_Guess = tuple[UUID | None, UUID | None]


async def _guessed(event: UUID, told: Sequence[Told]) -> dict[str, _Guess]:
    """Return the one ticket that an address or else a name points to, by `_key`; with several, or none, nobody."""
    by_address = await _by_address(event, {one.line.email for one in told if "@" in one.line.email})
    left = {name_key(one.line.name) for one in told if one.line.name and not by_address.get(one.line.email)}
    by_name = await _by_name(event, left)
    found: dict[str, _Guess] = {}
    for one in told:
        proposed = await _narrowed(by_address.get(one.line.email, []), one.line.name)
        proposed = proposed or by_name.get(name_key(one.line.name), [])
        people_of = {person for _ticket, person in proposed}
        found[_key(one)] = proposed[0] if len(people_of) == 1 else (None, None)
    return found


async def _narrowed(proposed: list[tuple[UUID, UUID]], name: str) -> list[tuple[UUID, UUID]]:
    """Return those of a group on one address who have this name; a single one has not to."""
    if len({person for _ticket, person in proposed}) < 2:
        return proposed
    details = await details_of({person for _ticket, person in proposed})
    return [one for one in proposed if one[1] in details and name_key(details[one[1]].name) == name_key(name)]


async def _by_address(event: UUID, addresses: Iterable[str]) -> dict[str, list[tuple[UUID, UUID]]]:
    keys = {address: address_key(address) for address in addresses}
    found: dict[bytes, list[tuple[UUID, UUID]]] = defaultdict(list)
    for row in await fetch(_BY_ADDRESS, event, list(keys.values())):
        found[row["address_key"]].append((row["id"], row["person"]))
    return {address: found[key] for address, key in keys.items() if key in found}


async def _by_name(event: UUID, names: set[str]) -> dict[str, list[tuple[UUID, UUID]]]:
    if not names:
        return {}
    rows = await fetch(_BY_NAME, event, MOST_BY_NAME + 1)
    if len(rows) > MOST_BY_NAME:
        return {}
    found: dict[str, list[tuple[UUID, UUID]]] = defaultdict(list)
    for start in range(0, len(rows), AT_ONCE):
        for key, one in await asyncio.to_thread(_named, rows[start : start + AT_ONCE], names):
            found[key].append(one)
    return found


def _named(rows: Sequence[asyncpg.Record], names: set[str]) -> list[tuple[str, tuple[UUID, UUID]]]:
    """Return the tickets of people with one of these names, written or read."""
    found = []
    for row in rows:
        details = open_details(row["key"], row["sealed"])
        wanted = {name_key(details.name), name_key(details.reading)} & names - {""}
        found += [(key, (row["id"], row["person"])) for key in wanted]
    return found
