"""Whom the ledger holds to be one natural person: its merges, without those that were split or voided."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from app.core.db import fetch

_MERGES = """
WITH RECURSIVE kin (person) AS (
    SELECT unnest($1::uuid[])
    UNION
    SELECT CASE WHEN m.person = k.person THEN m.other ELSE m.person END FROM kin k CROSS JOIN LATERAL (
        SELECT person, other FROM ledger_entry WHERE kind = 'merge' AND person = k.person
        UNION ALL SELECT person, other FROM ledger_entry WHERE kind = 'merge' AND other = k.person) m
)
SELECT l.position, l.person, l.other FROM kin k JOIN ledger_entry l ON l.kind = 'merge' AND l.person = k.person
WHERE l.other IS NOT NULL ORDER BY l.position
"""
_UNDONE = """
WITH RECURSIVE said (position, kind, subject) AS (
    SELECT l.position, l.kind, l.subject FROM unnest($1::bigint[]) p (position) CROSS JOIN LATERAL (
        SELECT position, kind, subject FROM ledger_entry WHERE kind = 'void' AND subject = p.position
        UNION ALL SELECT position, kind, subject FROM ledger_entry WHERE kind = 'split' AND subject = p.position) l
    UNION
    SELECT l.position, l.kind, l.subject FROM said s JOIN ledger_entry l ON l.kind = 'void' AND l.subject = s.position
)
SELECT position, kind, subject FROM said ORDER BY position DESC
"""


class Kin:
    """Groups of pseudonyms that are one person each."""

    def __init__(self, pairs: Iterable[tuple[UUID, UUID]] = ()) -> None:
        self._above: dict[UUID, UUID] = {}
        for one, other in pairs:
            self.tie(one, other)

    def root(self, person: UUID) -> UUID:
        """Return the pseudonym that stands for the person."""
        while (above := self._above.get(person, person)) != person:
            self._above[person] = self._above.get(above, above)
            person = above
        return person

    def tie(self, one: UUID, other: UUID) -> bool:
        """Hold two to be one; return whether that was new."""
        first, second = sorted((self.root(one), self.root(other)))
        self._above[second] = first
        return first != second

    def would_join(self, one: UUID, other: UUID, first: UUID, second: UUID) -> bool:
        """Whether holding `one` and `other` to be one would make `first` and `second` one as well."""
        return {self.root(one), self.root(other)} == {self.root(first), self.root(second)}

    def members(self) -> set[UUID]:
        """Return everybody who was tied to somebody."""
        return {*self._above, *self._above.values()}

    def are_one(self, one: UUID, other: UUID) -> bool:
        """Whether two are held to be one."""
        return self.root(one) == self.root(other)


async def kin_of(persons: Iterable[UUID]) -> Kin:
    """Return the groups of these persons, as of the ledger now."""
    merges = await fetch(_MERGES, list(persons))
    gone = await undone([row["position"] for row in merges])
    return Kin((row["person"], row["other"]) for row in merges if row["position"] not in gone)


async def undone(positions: Sequence[int]) -> set[int]:
    """Return which of these entries, and of what was said of them, stand no more: voided, or merges that were split.

    A void may be voided in turn, so the youngest are settled first.
    """
    return _gone(await fetch(_UNDONE, list(positions))) if positions else set()


def _gone(said: Sequence[asyncpg.Record]) -> set[int]:
    gone: set[int] = set()
    for row in said:
        if row["kind"] == "void" and row["position"] not in gone:
            gone.add(row["subject"])
    return gone | {row["subject"] for row in said if row["kind"] == "split" and row["position"] not in gone}
