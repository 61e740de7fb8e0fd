"""Finding doubles among people whose names have just been read: merged by the rules, or kept for an officer.

The keys of a name and the address find whom to compare; `matching` decides by the very names. A merge is an entry of
the ledger, its row in `double` says why; an officer's word stands against every rule, whenever it was spoken.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.attendance import ledger
from app.attendance.identity.keys import AT_ORGANISATION, OF_A_NAME
from app.attendance.identity.kin import kin_of
from app.attendance.identity.knowing import known_of
from app.attendance.identity.matching import Known, Match, Rule, compare
from app.attendance.ledger import Entry
from app.core.db import fetch

MOST_OF_A_KEY: Final = 200
"""People of one key at an organisation who are compared; those of one name there become one, so any of them will do."""
MOST_OF_A_NAME: Final = 50
"""People of one name in a country, organisation or none. A name of more is no reason to suspect anybody: an officer
would have a thousand pairs to look at."""
MOST_OF_AN_ADDRESS: Final = 2000
"""People of one address who are compared: more than the largest group."""
OPERATOR: Final = "rule:kpi2-v1"
WHY: Final[Mapping[Rule, str]] = {
    "9c": "9 (c): same address and compatible name",
    "9d": "9 (d): same name, country and organisation",
}
"""What the ledger says of a merge by a rule."""

Pair = tuple[UUID, UUID]
"""Two pseudonyms, the smaller one first."""

_CANDIDATES = """
SELECT a.person AS one, b.person AS other FROM person_details a CROSS JOIN LATERAL (
    SELECT person FROM person_details WHERE address_key = a.address_key AND person <> a.person LIMIT $3) b
WHERE a.person = ANY($1::uuid[])
UNION
SELECT a.person, b.person FROM person_key a CROSS JOIN LATERAL (
    SELECT person FROM person_key WHERE kind = a.kind AND key = a.key AND person <> a.person LIMIT $2) b
WHERE a.person = ANY($1::uuid[]) AND a.kind = ANY($4::text[])
UNION
SELECT one, other FROM (
    SELECT kind, key, array_agg(person) AS ones FROM person_key
    WHERE person = ANY($1::uuid[]) AND kind = ANY($5::text[]) GROUP BY kind, key) a
CROSS JOIN LATERAL (SELECT array_agg(person) AS others FROM (
    SELECT person FROM person_key WHERE kind = a.kind AND key = a.key LIMIT $6 + 1) few) b
CROSS JOIN unnest(a.ones) AS one CROSS JOIN unnest(b.others) AS other
WHERE cardinality(b.others) <= $6 AND one <> other
"""
_APART = """
SELECT first, second FROM double
WHERE first = ANY($1::uuid[]) AND (decision = 'different' OR (decision IS NULL AND operator IS NOT NULL))
"""
"""Pairs that an officer held to be two, or opened again."""
_DROP = """
DELETE FROM double WHERE decision IS NULL AND operator IS NULL
    AND (first = ANY($1::uuid[]) OR second = ANY($1::uuid[]))
    AND (first, second) NOT IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
"""
_KEEP = """
INSERT INTO double (id, first, second, reasons, automatic, found_at)
SELECT gen_random_uuid(), g.first, g.second, g.reasons::jsonb, false, $4
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g (first, second, reasons)
ON CONFLICT (first, second) DO UPDATE SET reasons = EXCLUDED.reasons
    WHERE double.decision IS NULL AND double.reasons <> EXCLUDED.reasons
"""
_MERGE = """
INSERT INTO double (id, first, second, reasons, automatic, found_at, decision, operator, reason, decided_at)
SELECT gen_random_uuid(), g.first, g.second, g.reasons::jsonb, true, $5, 'same', $6, g.why, $5
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS g (first, second, reasons, why)
ON CONFLICT (first, second) DO UPDATE SET reasons = EXCLUDED.reasons, automatic = true, decision = 'same',
    operator = EXCLUDED.operator, reason = EXCLUDED.reason, decided_at = EXCLUDED.decided_at
    WHERE double.decision IS NULL AND double.operator IS NULL
RETURNING id, first, second, reason
"""
_PLACE = """
UPDATE double d SET position = l.position FROM unnest($1::uuid[], $2::text[]) AS g (id, source)
JOIN ledger_entry l ON l.source = g.source WHERE d.id = g.id
"""


async def find(read: Mapping[UUID, Known], *, now: dt.datetime) -> int:
    """Look for doubles of people just read, in the caller's transaction; return how many were merged by a rule."""
    found = await _compared(read)
    await _drop(list(read), found)
    merged, open_ = await _sorted(found)
    await fetch(_KEEP, *_columns(open_), now)
    return await _merge(merged, now)


async def _compared(read: Mapping[UUID, Known]) -> dict[Pair, Match]:
    pairs = await _candidates(list(read))
    others = await known_of({person for pair in pairs for person in pair} - read.keys())
    known = {**{person: one.known for person, one in others.items()}, **read}
    both = ((one, other) for one, other in pairs if one in known and other in known)
    matches = ((pair, compare(known[pair[0]], known[pair[1]])) for pair in both)
    return {pair: match for pair, match in matches if match is not None}


async def _candidates(persons: list[UUID]) -> list[Pair]:
    """Return whom to compare, by what they share: an address, a key at an organisation, or a name that few have."""
    most = MOST_OF_A_KEY, MOST_OF_AN_ADDRESS
    rows = await fetch(_CANDIDATES, persons, *most, list(AT_ORGANISATION), list(OF_A_NAME), MOST_OF_A_NAME)
    return sorted({(min(row), max(row)) for row in map(tuple, rows)})


async def _drop(persons: list[UUID], found: Mapping[Pair, Match]) -> None:
    """Forget open pairs that do not match any more; what an officer has opened again stays."""
    await fetch(_DROP, persons, [one for one, _ in found], [other for _, other in found])


async def _sorted(found: Mapping[Pair, Match]) -> tuple[dict[Pair, Match], dict[Pair, Match]]:
    """Return the pairs to merge and those to look at, without those whom the ledger already holds to be one.

    A rule never makes one of two whom an officer has told apart, not even by way of a third.
    """
    kin = await kin_of({person for pair in found for person in pair})
    apart = await _told_apart(kin.members() | {person for pair in found for person in pair})
    merged, open_ = dict[Pair, Match](), dict[Pair, Match]()
    for pair, match in sorted(found.items(), key=lambda item: item[1].rule is None):
        if kin.are_one(*pair):
            continue
        if match.rule is None:
            open_[pair] = match
        elif any(kin.would_join(*pair, *others) for others in apart):
            open_[pair] = Match((*match.reasons, "told_apart"))
        else:
            merged[pair] = match
            kin.tie(*pair)
    return merged, open_


async def _told_apart(persons: set[UUID]) -> list[Pair]:
    rows = await fetch(_APART, list(persons))
    return [(row["first"], row["second"]) for row in rows]


def _columns(found: Mapping[Pair, Match]) -> tuple[list[UUID], list[UUID], list[str]]:
    reasons = [msgspec.json.encode(match.reasons).decode() for match in found.values()]
    return [one for one, _ in found], [other for _, other in found], reasons


async def _merge(found: Mapping[Pair, Match], now: dt.datetime) -> int:
    if not found:
        return 0
    why = [WHY[match.rule] for match in found.values() if match.rule]
    rows = await fetch(_MERGE, *_columns(found), why, now, OPERATOR)
    entries = [merge_entry(row, operator=OPERATOR, reason=row["reason"]) for row in rows]
    await ledger.append(entries, now=now)
    await place([row["id"] for row in rows], entries)
    return len(rows)


def merge_entry(double: asyncpg.Record, *, operator: str, reason: str) -> Entry:
    """Return the entry that holds the two of a double to be one, of every year; again after each time it was undone."""
    return Entry(
        kind="merge",
        evidence_class="E",
        person=double["first"],
        role="",
        other=double["second"],
        operator=operator,
        reason=reason,
        source=f"same:{double['id'].hex}:{uuid4().hex[:8]}",
    )


async def place(doubles: Sequence[UUID], entries: Iterable[Entry]) -> None:
    """Write down where the merges of doubles stand in the ledger."""
    await fetch(_PLACE, list(doubles), [entry.source for entry in entries])
