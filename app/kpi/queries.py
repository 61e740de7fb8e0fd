"""What the KPI reads: the ledger by fiscal year and person, and registrations."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
import msgspec

from app.attendance.ledger_entry import Evidence
from app.core.db import fetch, fetch_one
from app.kpi.fiscal import JST, bounds

COLUMNS = ", ".join(Evidence.__struct_fields__)

_TIMES = ("recorded_at", "scheduled_at", "starts_at", "ends_at")
_NUMBERS = ("position", "scheduled_minutes", "subject")
_TYPED = ("operator", "reason")


class _Entry(Evidence, frozen=True, kw_only=True, array_like=True, gc=False):
    """An entry on its way from the database, as a JSON array: rows take the driver three times as long."""


class _Unread(_Entry, frozen=True, kw_only=True, array_like=True, gc=False):
    """The same for counting alone, with the text of its UUIDs.

    Counting compares UUIDs and never looks into them; their text is equal where they are, and in the same order. To
    make UUIDs of it would take longer than all the rest of an entry.
    """

    person: str  # type: ignore[assignment]
    ticket: str | None = None  # type: ignore[assignment]
    event: str | None = None  # type: ignore[assignment]
    session: str | None = None  # type: ignore[assignment]
    other: str | None = None  # type: ignore[assignment]


_many = msgspec.json.Decoder(list[_Entry])
_unread = msgspec.json.Decoder(list[_Unread])


def _line() -> str:
    """Return the SQL expression of an `_Entry`. Words of our own have nothing to escape, what people typed may."""
    first, *others = COLUMNS.split(", ")  # the position, which every row has
    values = " || ".join(f"coalesce(',' || {_written(column)}, ',null')" for column in others)
    return f"'[' || l.{first} || {values} || ']'"


def _written(column: str) -> str:
    if column in _TIMES:
        return f"""'"' || (l.{column} AT TIME ZONE 'UTC') || 'Z"'"""
    if column in _NUMBERS:
        return f"l.{column}"
    return f"to_json(l.{column})" if column in _TYPED else f"""'"' || l.{column} || '"'"""


_OF_YEAR = """
(l.scheduled_at IS NULL OR (l.scheduled_at >= $1 AND l.scheduled_at < $2)
 OR l.kind IN ('void', 'merge', 'split', 'residence', 'role'))
"""
"""Facts of the fiscal year and every correction, whatever its year: a void may take out an entry of another one."""

_OF_PERSONS = f"""
SELECT {COLUMNS} FROM ledger_entry l WHERE person = ANY($4::uuid[]) AND {_OF_YEAR} AND position <= $3
ORDER BY position
"""
_MANY = f"""
SELECT '[' || string_agg({_line()}, ',') || ']' AS entries
FROM ledger_entry l WHERE person = ANY($4::uuid[]) AND {_OF_YEAR} AND position <= $3
"""
_TOUCHED = f"""
SELECT DISTINCT l.person, l.other, s.person AS corrected
FROM ledger_entry l LEFT JOIN ledger_entry s ON s.position = l.subject
WHERE l.position > $4 AND l.position <= $3 AND {_OF_YEAR}
"""
_TIES = f"""
SELECT DISTINCT l.person, l.other, s.person AS corrected
FROM ledger_entry l LEFT JOIN ledger_entry s ON s.position = l.subject
WHERE (l.other IS NOT NULL OR l.subject IS NOT NULL) AND l.position <= $3 AND {_OF_YEAR}
"""
_EVERYBODY = f"""
SELECT person, bool_or(other IS NOT NULL OR subject IS NOT NULL) AS tied
FROM ledger_entry l WHERE position <= $3 AND {_OF_YEAR} GROUP BY person ORDER BY tied, min(position)
"""
_PERSONS = f"""
SELECT person FROM (
    SELECT person FROM ledger_entry l WHERE person > $4 AND position <= $3 AND {_OF_YEAR}
    UNION SELECT other FROM ledger_entry l WHERE other > $4 AND position <= $3 AND kind = 'merge' AND {_OF_YEAR}
) found ORDER BY person LIMIT $5
"""
_REGISTRATIONS = """
SELECT count(*) AS tickets FROM ticket
WHERE state IN ('valid', 'blocked') AND residence <> $3 AND ticket_type IN (
    SELECT t.id FROM ticket_type t JOIN convention c ON c.id = t.convention
    WHERE c.first_day >= $1 AND c.first_day < $2)
"""


Tie = tuple[UUID, UUID | None, UUID | None]
"""Who is spoken of by an entry: the person, the other one, the person of the entry that is corrected."""


def _evidence(rows: Iterable[asyncpg.Record]) -> list[Evidence]:
    return [Evidence(**row) for row in rows]


async def ledger_of(persons: Iterable[UUID], *, fiscal_year: int, upto: int) -> list[Evidence]:
    """Return all that `counting.count` needs to know about these pseudonyms in a fiscal year, up to a position."""
    return _evidence(await fetch(_OF_PERSONS, *bounds(fiscal_year), upto, list(persons)))


async def ledger_of_many(persons: Iterable[UUID], *, fiscal_year: int, upto: int) -> Sequence[Evidence]:
    """Return the same as `ledger_of` in any order: a whole year in a third of the time."""
    return _many.decode(await _written_of(persons, fiscal_year, upto))


async def ledger_to_count(persons: Iterable[UUID], *, fiscal_year: int, upto: int) -> Sequence[Evidence]:
    """Return the same with the text of each UUID in its place, for `counting` alone: in half of that time again."""
    return _unread.decode(await _written_of(persons, fiscal_year, upto))


async def _written_of(persons: Iterable[UUID], fiscal_year: int, upto: int) -> str:
    [row] = await fetch(_MANY, *bounds(fiscal_year), upto, list(persons))
    return row["entries"] or "[]"


async def touched(*, fiscal_year: int, after: int, upto: int) -> list[Tie]:
    """Return who is spoken of after a position."""
    return _ties(await fetch(_TOUCHED, *bounds(fiscal_year), upto, after))


async def ties(*, fiscal_year: int, upto: int) -> list[Tie]:
    """Return who is tied to somebody up to a position, be it to himself."""
    return _ties(await fetch(_TIES, *bounds(fiscal_year), upto))


def _ties(rows: Iterable[asyncpg.Record]) -> list[Tie]:
    return [(row["person"], row["other"], row["corrected"]) for row in rows]


async def everybody(*, fiscal_year: int, upto: int) -> list[UUID]:
    """Return every pseudonym of a year's evidence: first those tied to nobody, who are counted fastest by themselves.

    Who is named by a correction alone has no evidence, and comes in by its ties.
    """
    return [row["person"] for row in await fetch(_EVERYBODY, *bounds(fiscal_year), upto)]


async def persons(*, fiscal_year: int, upto: int, after: UUID, limit: int) -> list[UUID]:
    """Return the next pseudonyms of the ledger in order, those named by merges among them."""
    rows = await fetch(_PERSONS, *bounds(fiscal_year), upto, after, limit)
    return [row["person"] for row in rows]


async def is_in_chain(*, position: int, digest: bytes) -> bool:
    """Whether the ledger still has this link: false after a restored backup, or for the empty ledger's head."""
    return (
        await fetch_one("SELECT 1 FROM ledger_entry WHERE position = $1 AND digest = $2", position, digest) is not None
    )


async def registrations(*, fiscal_year: int, home: str) -> int:
    """Return the tickets of conventions that start in the year, declared with a residence outside `home`.

    Canceled ones are left out; every role is in, and nobody is matched: two tickets of one person are two.
    """
    first, after = (moment.astimezone(JST).date() for moment in bounds(fiscal_year))
    row = await fetch_one(_REGISTRATIONS, first, after, home)
    return row["tickets"] if row else 0
