"""The book of a ticket while its scans are judged: its state, and for the odd cases everything it ever did. Pure."""

import datetime as dt
from bisect import insort
from collections.abc import Iterable, Sequence
from operator import attrgetter
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.judging.verdict import (
    Holder,
    Key,
    Mark,
    Product,
    Seen,
    State,
    apply,
    fold,
    refused_by_state,
)
from app.attendance.ledger import Entry
from app.attendance.scanning.as_of import Changed, holder_at, person_at

_states = msgspec.json.Decoder(State)


class Written(Struct, frozen=True):
    """What the ledger says of a scan: its evidence and `voids` entries after it, each taking back the one before.

    `position` is that of the last one.
    """

    position: int
    voids: int

    @property
    def stands(self) -> bool:
        """Whether the scan is evidence at present."""
        return self.voids % 2 == 0


class Past(Struct):
    """Everything that is known of a ticket's scans; `made` is the evidence that each entry would be.

    `order`, `at` and `state` remember how far `before` has come, as scans are mostly judged one after another.
    """

    seen: dict[Key, Seen] = {}
    made: dict[Key, Entry] = {}
    written: dict[Key, Written] = {}
    undone: set[Key] = set()
    dismissed: set[Key] = set()
    order: list[Seen] = []
    at: int = 0
    state: State = State()

    def fold(self) -> State:
        """Return the state after all these scans."""
        return fold(self.seen.values(), undone=frozenset(self.undone))

    def before(self, mark: Mark) -> State:
        """Return the state after the scans before a mark."""
        if not self.order or (self.at and self.order[self.at - 1].mark >= mark):
            self.order = sorted(self.seen.values(), key=attrgetter("mark"))
            self.at, self.state = 0, State()
        while self.at < len(self.order) and self.order[self.at].mark < mark:
            if self.order[self.at].key not in self.undone:
                self.state = apply(self.state, self.order[self.at])
            self.at += 1
        return self.state

    def put(self, seen: Seen) -> None:
        """Add a scan, or what has become of one."""
        if seen.key in self.seen:
            self.order = []
        self.seen[seen.key] = seen
        if self.order:
            insort(self.order, seen, lo=self.at, key=attrgetter("mark"))

    def counted(self) -> set[Key]:
        """Return the entries that count: sound ones that the scans before them allow, and forced ones."""
        found, state = set(), State()
        for seen in sorted(self.seen.values(), key=attrgetter("mark")):
            if seen.key in self.undone:
                continue
            if seen.direction == "entry" and _goes_in(state, seen):
                found.add(seen.key)
            state = apply(state, seen)
        return found - self.dismissed

    def corrections(self) -> list[Entry]:
        """Return what to append to the ledger, so that exactly the entries that count stand in it."""
        counted = self.counted()
        found = []
        for key in sorted(self.made):
            written, counts = self.written.get(key), key in counted
            if written is None and counts:
                found.append(self.made[key])
            elif written is not None and written.stands != counts:
                found.append(_correction(self.made[key], written, counts=counts))
        return found


class Book(Struct):
    """A ticket while its scans are judged.

    `past` is filled only where more than the state is needed; then the state may be `stale` until it is asked for.
    `changes` is what happened to the ticket, filled with `past`; `changed_at` when it happened last. `change` and
    `revision` say as what it was read: the transaction that changed the ticket, the revision of its state (-1: none).
    """

    holder: Holder
    person: UUID
    registration: UUID
    code_digest: bytes
    key: bytes | None
    sealed: bytes | None
    party: int
    party_inside: list[UUID]
    before: State
    state: State
    language: str = ""
    price: int = 0
    changed_at: dt.datetime | None = None
    change: int = 0
    revision: int = -1
    changes: Sequence[Changed] = ()
    past: Past | None = None
    stale: bool = False

    def is_plain(self, mark: Mark) -> bool:
        """Whether a scan is judged by the state alone: it is the latest, and nothing happened to the ticket since."""
        late = self.before.last is not None and mark <= self.before.last
        return not late and (self.changed_at is None or mark[0] >= self.changed_at)

    def holder_at(self, at: dt.datetime, shown: int) -> Holder:
        """Return what was known of the ticket when a code of the generation `shown` was read."""
        return (
            holder_at(self.holder, self.changes, at, shown=shown, paid=self.price > 0) if self.changes else self.holder
        )

    def person_at(self, at: dt.datetime) -> UUID:
        """Return who held the ticket at a moment."""
        return person_at(self.person, self.changes, at) if self.changes else self.person

    def state_at(self, seen: Seen) -> State:
        """Return the state as it was when this scan happened."""
        if self.past is None or not self.is_late(seen.mark):
            return self.state
        return self.past.before(seen.mark)

    def is_late(self, mark: Mark) -> bool:
        """Whether a scan happened before one that was folded in already."""
        return self.state.last is not None and self.state.last >= mark

    def add(self, seen: Seen) -> None:
        """Fold the scan in, in its place; a late one is folded in when the state is asked for."""
        if self.past is None:
            self.state = apply(self.state, seen)
            return
        self.past.put(seen)
        if self.is_late(seen.mark) or self.stale:
            self.stale = True
        elif seen.key not in self.past.undone:
            self.state = apply(self.state, seen)

    def refold(self) -> None:
        """Fold the whole past again, if a scan of it is new or has become another."""
        if self.past is not None and self.stale:
            self.state, self.stale = self.past.fold(), False


def book(row: asyncpg.Record, product: Product) -> Book:
    """Open the book of a ticket."""
    state = _states.decode(row["body"]) if row["body"] else State()
    return Book(
        holder=Holder(row["id"], row["generation"], row["state"], row["residence"], product),
        person=row["person"],
        registration=row["registration"],
        code_digest=row["code_digest"],
        key=row["key"],
        sealed=row["sealed"],
        party=row["party"],
        party_inside=row["party_inside"],
        before=state,
        state=state,
        language=row["language"],
        changed_at=row["changed_at"],
        change=row["change"],
        revision=row["state_revision"],
    )


def by_ticket(books: Iterable[Book]) -> dict[UUID, Book]:
    """Return books by the id of their ticket."""
    return {one.holder.id: one for one in books}


def _goes_in(state: State, seen: Seen) -> bool:
    return seen.forced or (seen.sound and refused_by_state(state, seen) is None)


def _correction(evidence: Entry, written: Written, *, counts: bool) -> Entry:
    """Take back the last thing that the ledger says of a scan: its evidence, or the void of it."""
    return Entry(
        source=f"{evidence.source}:{written.voids + 1}",
        kind="void",
        evidence_class=evidence.evidence_class,
        person=evidence.person,
        role=evidence.role,
        ticket=evidence.ticket,
        subject=written.position,
        operator="gate",
        reason="counts after all" if counts else "does not count after all",
    )
