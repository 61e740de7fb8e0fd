"""What the ledger says after its corrections: voids, merges, splits, declared residence, declared role.

Nothing here depends on the order or the number of deliveries of an entry. Positions matter in one way only: a
correction may speak of earlier positions, never of later ones.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from app.attendance.ledger_entry import Evidence

KINDS = frozenset({"void", "merge", "split", "residence", "role"})
"""Entries that are no facts but speak of them."""
Person = Callable[[UUID], UUID]
"""Maps a pseudonym to the one that stands for the natural person: the smallest of all that are merged."""


def by_age(entry: Evidence) -> tuple[datetime, int]:
    """Sort key: the latest declaration is the one recorded last, then the one with the highest position."""
    return entry.recorded_at, entry.position


def standing(entries: Iterable[Evidence]) -> list[Evidence]:
    """Every entry once, without those voided and without merges undone by a split.

    A void may be voided in turn, so voids are settled from the youngest to the oldest. `ValueError` when one position
    holds two different entries: such a ledger is broken, and any choice would depend on the order of delivery.
    """
    ledger = _by_position(entries)
    corrections = {position: entry for position, entry in ledger.items() if entry.kind in KINDS}
    gone: set[int] = set()
    for position in sorted((p for p, e in corrections.items() if e.kind == "void"), reverse=True):
        subject = ledger[position].subject
        if position not in gone and subject is not None and subject < position:
            gone.add(subject)
    gone |= _undone_merges(corrections, gone)
    return [entry for position, entry in ledger.items() if position not in gone]


def _by_position(entries: Iterable[Evidence]) -> dict[int, Evidence]:
    delivered = list(entries)
    ledger = {entry.position: entry for entry in delivered}
    for entry in delivered if len(ledger) < len(delivered) else ():
        known = ledger[entry.position]
        if known is not entry and known != entry:
            raise ValueError(f"position {entry.position} of the ledger holds two different entries")
    return ledger


def _undone_merges(corrections: dict[int, Evidence], gone: set[int]) -> set[int]:
    splits = (e for p, e in corrections.items() if e.kind == "split" and p not in gone)
    return {
        e.subject
        for e in splits
        if e.subject is not None
        and e.subject < e.position
        and e.subject in corrections
        and corrections[e.subject].kind == "merge"
    }


def same_person(entries: Iterable[Evidence]) -> Person:
    """The natural person behind each pseudonym, after the merges among standing entries (transitive)."""
    parent: dict[UUID, UUID] = {}

    def root(person: UUID) -> UUID:
        while (above := parent.get(person, person)) != person:
            parent[person] = parent.get(above, above)
            person = above
        return person

    for entry in entries:
        if entry.kind == "merge" and entry.other is not None:
            one, two = sorted((root(entry.person), root(entry.other)))
            parent[two] = one
    return root if parent else _itself


def _itself(person: UUID) -> UUID:
    return person


def grouped(entries: Iterable[Evidence], *, kind: str, person: Person) -> dict[UUID, list[Evidence]]:
    """Corrections of one kind per natural person, oldest first."""
    found: dict[UUID, list[Evidence]] = defaultdict(list)
    for entry in entries:
        if entry.kind == kind:
            found[person(entry.person)].append(entry)
    return {key: sorted(group, key=by_age) for key, group in found.items()}


def declared_residence(facts: Sequence[Evidence], corrections: Sequence[Evidence]) -> tuple[str | None, bool]:
    """Usual residence of one natural person, and whether the declarations contradict each other.

    The latest residence entry wins, be it "unknown"; without one, the latest fact that knows a residence. Two different
    known countries anywhere among them are a conflict: it is flagged, not judged.
    """
    countries = {entry.residence for entry in (*facts, *corrections)} - {None}
    if not corrections and len(countries) <= 1:
        return next(iter(countries), None), False  # as a rule: there is nothing to choose between
    snapshots = [fact for fact in facts if fact.residence is not None]
    latest = max(corrections or snapshots, key=by_age, default=None)
    return (latest.residence if latest else None), len(countries) > 1


def declared_role(fact: Evidence, corrections: Sequence[Evidence]) -> str:
    """Role under which a fact counts: by the latest role entry for its ticket or for the whole person, else its own."""
    named = [c for c in corrections if c.ticket is None or c.ticket == fact.ticket]
    return max(named, key=by_age).role if named else fact.role
