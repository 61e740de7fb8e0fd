"""The desk at which one group of scans is judged: what was read for it, and what is to be written. No I/O."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.attendance.clocks import ScanTime
from app.attendance.ledger import Entry
from app.attendance.reasons import REASONS
from app.attendance.scan_rows import ScanRow, StateRow
from app.attendance.schemas import DeviceVerdict, ScanIn
from app.attendance.verdict import (
    BY_STATE,
    Answer,
    Case,
    Gate,
    Holder,
    Mark,
    Product,
    Seen,
    Shown,
    State,
    Verdict,
    apply,
    event_day,
    fold,
    judge,
    opening,
)
from app.people.roles import Principal
from app.ticketing.codes import BadCode, Keys, Kind, Parsed, verify
from app.ticketing.tickets import stored

Key = tuple[UUID, int]
Status = Literal["stored", "already_stored", "quarantined"]

NAMELESS = frozenset({"bad_code", "bad_signature", "unknown_key", "wrong_convention", "revoked", "superseded"})
"""Refusals whose receipt names nobody: the code proves no holder, or the guest is none of this convention's."""


class Asked(Struct, frozen=True):
    """A scan on its way in: when it happened, by whom it was sent, and its code taken apart (None: not a code)."""

    scan: ScanIn
    principal: Principal
    device: UUID
    received_at: dt.datetime
    time: ScanTime
    digest: bytes
    code_digest: bytes
    parsed: Parsed | None

    @property
    def key(self) -> Key:
        """By which a scan is known for ever."""
        return (self.device, self.scan.seq)

    @property
    def mark(self) -> Mark:
        """Its place in the order of judging."""
        return (self.time.at, self.device, self.scan.seq)

    @property
    def serial(self) -> int | None:
        """The serial as the ticket table keeps it: 64 bits, signed."""
        return None if self.parsed is None else stored(self.parsed.payload.serial)


class About(Struct, frozen=True):
    """Whose ticket a receipt is about; the details are still sealed."""

    key: bytes | None
    sealed: bytes | None
    title: dict[str, str]
    party: int
    inside: int


class Outcome(Struct, frozen=True):
    """What became of a scan."""

    status: Status
    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    about: About | None = None


class Book(Struct):
    """A ticket while its scans are judged. `history` is filled only for tickets with late scans."""

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
    history: list[Seen]

    def comes_late(self, one: Asked) -> bool:
        """Whether this scan happened before one that was folded in already."""
        return self.before.last is not None and one.mark < self.before.last

    def state_at(self, seen: Seen) -> State:
        """Return the state as it was when this scan happened."""
        if self.state.last is None or self.state.last < seen.mark:
            return self.state
        return fold(other for other in self.history if other.mark < seen.mark)

    def add(self, seen: Seen) -> None:
        """Fold the scan in, in its place."""
        if self.state.last is None or self.state.last < seen.mark:
            self.state = apply(self.state, seen)
        elif seen.sound:
            self.history.append(seen)
            self.state = fold(self.history)


def book(row: asyncpg.Record, product: Product) -> Book:
    """Open the book of a ticket."""
    state = msgspec.json.decode(row["body"], type=State) if row["body"] else State()
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
        history=[],
    )


def seen_again(row: asyncpg.Record, gate: Gate, rule: str) -> Seen:
    """Return a stored scan as the fold reads it."""
    return Seen(
        at=row["scanned_at"],
        device=row["device"],
        seq=row["seq"],
        direction=row["direction"],
        gate=gate.id,
        event=gate.event,
        venue=gate.venue,
        day=event_day(gate, row["scanned_at"]),
        rule=rule,
        sound=row["sound"],
    )


class Desk:
    """Judges the scans of one group in the order in which they happened, and collects what is to be written."""

    def __init__(self, *, gates: dict[UUID, Gate], books: dict[int, Book], keys: Keys) -> None:
        self.gates = gates
        self.books = books
        self.keys = keys
        self.inside = Counter({gate.venue: gate.inside for gate in gates.values()})
        self.party = {book.registration: Counter(book.party_inside) for book in books.values()}
        self.rows: list[ScanRow] = []
        self.aside: list[ScanRow] = []
        self.entries: list[Entry] = []

    def book_of(self, one: Asked) -> Book | None:
        """Return the book of the ticket whose serial this scan's code bears."""
        return None if one.serial is None else self.books.get(one.serial)

    def judge(self, one: Asked) -> Outcome:
        """Judge a new scan and put down its row, its state and its evidence."""
        fault = self._fault(one)
        if fault is not None:
            self.rows.append(self._row(one, "quarantined", Verdict("refused", fault)))
            return Outcome("quarantined", "refused", fault)
        gate, found, shown = self.gates[one.scan.place], self.book_of(one), self._shown(one)
        seen = _seen(one, gate, found)
        verdict = self._verdict(one, gate, seen, found, shown)
        if found is not None and shown.reason is None:
            self._move(found, msgspec.structs.replace(seen, sound=_is_sound(one, verdict)))
            if verdict.verdict == "admitted" and one.scan.direction == "entry":
                self.entries.append(_entry(one, gate, found, seen.day))
        self.rows.append(self._row(one, "stored", verdict))
        return Outcome("stored", verdict.verdict, verdict.reason, verdict.warnings, self._about(one, verdict.reason))

    def set_aside(self, one: Asked, reason: str, seq: int) -> Outcome:
        """Keep a scan under another number than its own, because that one bears another scan."""
        row = self._row(one, "quarantined", Verdict("refused", reason))
        self.aside.append(msgspec.structs.replace(row, seq=seq))
        return Outcome("quarantined", "refused", reason)

    def answer(
        self,
        one: Asked,
        *,
        made: Mapping[Key, Outcome],
        known: Mapping[Key, asyncpg.Record],
        first: Mapping[Key, Asked],
    ) -> Outcome:
        """Return the outcome made now, or the one of the first time it was sent."""
        if one.key in made:
            outcome = made[one.key]
            replayed = first[one.key] is not one and outcome.status == "stored"
            return msgspec.structs.replace(outcome, status="already_stored") if replayed else outcome
        row = known[one.key]
        status: Status = "quarantined" if row["status"] == "quarantined" else "already_stored"
        warnings = tuple(msgspec.json.decode(row["warnings"], type=list[str]))
        about = self._about(one, row["reason"]) if row["status"] == "stored" and row["ticket"] else None
        return Outcome(status, row["verdict"], row["reason"], warnings, about)

    def states(self) -> list[StateRow]:
        """Return the states that have changed, by ticket."""
        changed = [found for found in self.books.values() if found.state != found.before]
        return [_state_row(found) for found in sorted(changed, key=lambda found: found.holder.id)]

    def _fault(self, one: Asked) -> str | None:
        """Return why a scan cannot be judged, one of the reasons of a quarantine."""
        if one.principal.device_revoked:
            return "device_revoked"
        gate = self.gates.get(one.scan.place)
        if gate is None:
            return "unknown_gate"
        if not one.principal.may_see_gate(gate=gate.id, organiser=gate.organiser):
            return "gate_out_of_scope"
        return None if one.time.readable else "unreadable_time"

    def _shown(self, one: Asked) -> Shown:
        """Read the code. One that we issued is known by its digest; a signature is checked only for the others."""
        if one.parsed is None:
            return Shown(reason="bad_code")
        found = self.book_of(one)
        payload = one.parsed.payload
        if found is not None and found.code_digest == one.code_digest:
            return Shown(payload.scope, found.holder.generation)
        try:
            payload = verify(one.parsed, keys=self.keys)
        except BadCode as error:
            return Shown(reason=error.reason)
        return Shown(payload.scope, payload.generation, None if payload.kind == Kind.ENTRY else "bad_code")

    def _verdict(self, one: Asked, gate: Gate, seen: Seen, found: Book | None, shown: Shown) -> Verdict:
        state = found.state_at(seen) if found else State()
        full = gate.capacity is not None and self.inside[gate.venue] >= gate.capacity
        latest = found.state if found and state is not found.state else None
        verdict = judge(Case(shown, found.holder if found else None, gate, seen, state, full, latest))
        warnings = () if one.time.trusted else ("clock_untrusted",)
        device = one.scan.device_verdict
        if device is not None and device.verdict == "admitted" and verdict.reason == "already_admitted":
            warnings = (*warnings, "admitted_offline_twice")
        if device is not None and device.verdict == "refused" and verdict.verdict == "admitted":
            return Verdict("refused", _known(device.reason), warnings)  # nobody went in there
        return Verdict(verdict.verdict, verdict.reason, warnings)

    def _move(self, found: Book, seen: Seen) -> None:
        """Fold the scan in and keep the counts of people inside."""
        old = found.state.inside
        found.add(seen)
        new = found.state.inside
        for place, by in ((old, -1), (new, 1)):
            if place is not None:
                self.inside[place.venue] += by
                self.party[found.registration][place.venue] += by

    def _about(self, one: Asked, reason: str | None) -> About | None:
        found, gate = self.book_of(one), self.gates.get(one.scan.place)
        if found is None or gate is None or reason in NAMELESS:
            return None
        inside = self.party[found.registration][gate.venue]
        return About(found.key, found.sealed, found.holder.product.title, found.party, inside)

    def _row(self, one: Asked, status: str, verdict: Verdict) -> ScanRow:
        scan, found = one.scan, self.book_of(one)
        ours = found is not None and self._shown(one).reason is None
        return ScanRow(
            device=one.device,
            seq=scan.seq,
            gate=scan.place,
            ticket=found.holder.id if found is not None and ours else None,
            code=None if ours else _strange(one),
            request=one.digest,
            direction=scan.direction,
            scanned_at=one.time.at,
            received_at=one.received_at,
            clock=_clock(scan),
            device_verdict=_opinion(scan.device_verdict),
            status=status,
            verdict=verdict.verdict,
            reason=verdict.reason,
            warnings=msgspec.json.encode(verdict.warnings).decode(),
        )


def _seen(one: Asked, gate: Gate, found: Book | None) -> Seen:
    return Seen(
        at=one.time.at,
        device=one.device,
        seq=one.scan.seq,
        direction=one.scan.direction,
        gate=gate.id,
        event=gate.event,
        venue=gate.venue,
        day=event_day(gate, one.time.at),
        rule=found.holder.product.entry_rule if found else "",
    )


def _known(reason: str | None) -> str:
    """Return a device's reason if it is one of ours."""
    return reason if reason in REASONS else "not_entitled"


def _is_sound(one: Asked, verdict: Verdict) -> bool:
    device = one.scan.device_verdict
    if verdict.verdict == "admitted":
        return True
    return verdict.reason in BY_STATE and (device is None or device.verdict == "admitted")


def _entry(one: Asked, gate: Gate, found: Book, day: dt.date) -> Entry:
    return Entry(
        source=f"scan:{one.device}:{one.scan.seq}",
        kind="scan",
        evidence_class="A",
        person=found.person,
        role=found.holder.product.role,
        ticket=found.holder.id,
        event=gate.event,
        scope=gate.scope,  # type: ignore[arg-type]
        mode="on_site",
        scheduled_at=opening(gate, day),
        starts_at=one.time.at,
        ends_at=one.time.at,
        residence=found.holder.residence,
    )


def _state_row(found: Book) -> StateRow:
    inside = found.state.inside
    return StateRow(
        ticket=found.holder.id,
        body=msgspec.json.encode(found.state).decode(),
        inside_venue=inside.venue if inside else None,
        inside_gate=inside.gate if inside else None,
    )


def _clock(scan: ScanIn) -> str:
    """Keep what the device said; a NUL has no place in a text column."""
    said = {"said": _storable(scan.scanned_at)}
    return msgspec.json.encode(said | (msgspec.to_builtins(scan.clock) if scan.clock else {})).decode()


def _opinion(said: DeviceVerdict | None) -> str | None:
    """Return what a device decided, as the table keeps it: JSONB takes no NUL."""
    return msgspec.json.encode(said).decode().replace("\\u0000", "\\ufffd") if said else None


def _strange(one: Asked) -> str:
    """Return how a code that is no ticket of ours is kept: as it was read when it has our form, else by its digest.

    Any other picture may be somebody's business card, and a scan can never be changed.
    """
    return one.scan.code if one.parsed is not None else f"sha256:{one.code_digest.hex()}"


def _storable(words: str) -> str:
    return words.replace("\0", "\ufffd")
