"""The desk at which one group of scans is judged: what was read for it, and what is to be written. No I/O."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.verdict import (
    BY_STATE,
    Case,
    Direction,
    Gate,
    Inside,
    Key,
    Seen,
    Shown,
    State,
    Verdict,
    judge,
    seen_at,
)
from app.attendance.ledger import Entry
from app.attendance.scanning.asked import About, Asked, Outcome
from app.attendance.scanning.books import Book, book, by_ticket
from app.attendance.scanning.evidence import evidence
from app.attendance.scanning.finals import NAMELESS, Said, counts, final, shown, superseded, takes_back
from app.attendance.scanning.rows import Basis, Group, Move, ScanRow, StateRow
from app.attendance.schemas import DeviceVerdict, ScanIn
from app.ticketing.codes import BadCode, Keys, Kind, verify

__all__ = ["About", "Asked", "Book", "Desk", "FinalRow", "Outcome", "book"]

LONGEST_WHY = 400


class FinalRow(Struct, frozen=True):
    """A row of `scan_final`: what a device showed for a scan that is stored already (its `scan.id`)."""

    scan: int
    verdict: str
    reason: str | None


class Desk:
    """Judges the scans of one group in the order in which they happened, and collects what is to be written.

    `targets` are the scans that undos of the group take back, as far as they are stored already; None where there is
    no undo, neither in the group nor before it.
    """

    def __init__(
        self,
        *,
        gates: dict[UUID, Gate],
        books: dict[int, Book],
        keys: Keys,
        inside: Mapping[UUID, int] | None = None,
        targets: Mapping[Key, asyncpg.Record] | None = None,
    ) -> None:
        self.gates = gates
        self.books = books
        self.by_ticket = by_ticket(books.values())
        self.keys = keys
        self.thorough = targets is not None
        self.targets = targets or {}
        self.inside = Counter(inside or {})
        self.before = dict(self.inside)
        self.party = {book.registration: Counter(book.party_inside) for book in books.values()}
        self.capacities = {gate.venue: gate.capacity for gate in gates.values()}
        self.rows: list[ScanRow] = []
        self.aside: list[ScanRow] = []
        self.finals: list[FinalRow] = []
        self.entries: list[Entry] = []

    def book_of(self, one: Asked) -> Book | None:
        """Return the book of the ticket that a scan is about: by its code, by hand, or by the scan it takes back."""
        if one.is_undo:
            target = self.targets.get(one.undoes) if one.undoes else None
            return self.by_ticket.get(target["ticket"]) if target else None
        if one.scan.by_hand is not None:
            return self.by_ticket.get(one.scan.by_hand)
        return None if one.serial is None else self.books.get(one.serial)

    def is_plain(self, one: Asked, row: asyncpg.Record) -> bool:
        """Whether a scan needs no more than the states of tickets, so that nobody has to read their past.

        `row` is what `rows.LOOK` tells of it. One that is stored already is plain unless its device says something new.
        """
        if row["request"] is not None:
            return row["request"] != one.digest or not _tells(one, row)
        found = self.book_of(one)
        return not (one.is_undo or row["undone"]) and (found is None or found.is_plain(one.mark))

    def judge(self, one: Asked) -> Outcome:
        """Judge a new scan and put down its row, its state and its evidence."""
        fault = self._fault(one)
        if fault is not None:
            self.rows.append(self._row(one, "quarantined", Verdict("refused", fault)))
            return Outcome("quarantined", "refused", fault)
        if one.is_undo:
            return self._undo(one)
        gate, found, shown = self.gates[one.place], self.book_of(one), self._shown(one)
        seen = _seen(one, gate, found)
        verdict, because = self._verdict(one, gate, seen, found, shown)
        if found is not None and shown.reason is None:
            self._move(found, one, gate, seen, because)
        self.rows.append(self._row(one, "stored", verdict, shown))
        about = self._about(one, verdict.reason)
        return Outcome("stored", verdict.verdict, verdict.reason, verdict.warnings, about, verdict.facts, gate.zone)

    def set_aside(self, one: Asked, reason: str, seq: int) -> Outcome:
        """Keep a scan under another number than its own, because that one bears another scan."""
        row = self._row(one, "quarantined", Verdict("refused", reason))
        self.aside.append(replace(row, seq=seq))
        return Outcome("quarantined", "refused", reason)

    def supersede(self, one: Asked, row: asyncpg.Record) -> None:
        """Take in what the device showed for a scan that is stored already: a fact of its own, which moves people."""
        said = final(one.scan.device_verdict)
        if said is None or not _tells(one, row):
            return
        reason = _storable(said.reason)[:40] if said.reason else None
        self.finals.append(FinalRow(row["scan"], said.verdict, reason))
        found = self.by_ticket.get(row["scanned"])
        seen = found.past.seen.get(one.key) if found and found.past else None
        if found and found.past and seen:
            sound, forced = counts(row["reason"], final(*shown(row), said))
            found.past.put(replace(seen, sound=sound, forced=forced))
            found.stale = True
            self._refold(found)

    def answer(
        self,
        one: Asked,
        *,
        made: Mapping[Key, Outcome],
        known: Mapping[Key, asyncpg.Record],
        first: Mapping[Key, Asked],
    ) -> Outcome:
        """Return the outcome made now, or the one of the first time it was sent, after what the device showed."""
        if one.key in made:
            outcome = made[one.key]
            replayed = first[one.key] is not one and outcome.status == "stored"
            return replace(outcome, status="already_stored") if replayed else outcome
        row = known[one.key]
        if row["status"] == "quarantined":
            return Outcome("quarantined", row["verdict"], row["reason"])
        warnings = tuple(msgspec.json.decode(row["warnings"], type=list[str]))
        said = superseded(Said(row["verdict"], row["reason"], warnings), final(*shown(row), one.scan.device_verdict))
        about = self._about(one, said.reason) if row["scanned"] else None
        return Outcome("already_stored", said.verdict, said.reason, said.warnings, about)

    def group(self) -> Group:
        """Return what is to be written, and what it rests on."""
        for found in self.books.values():
            self._refold(found)
        changed = [found for found in self.books.values() if found.state != found.before]
        changed.sort(key=lambda found: found.holder.id)
        touched = {row.ticket for row in self.rows if row.ticket is not None}
        return Group(
            rows=self.rows,
            aside=self.aside,
            states=[_state_row(found) for found in changed],
            basis=[_basis(found) for found in self.books.values() if found.past or found.holder.id in touched],
            moves=self._moves(changed),
            entries=self._evidence(),
        )

    def _moves(self, changed: Sequence[Book]) -> list[Move]:
        """Return by how many the people in each venue change; where they are counted, how many there may have been.

        A venue that fills up between our look and our writing refuses somebody whom we have let in.
        """
        by: Counter[UUID] = Counter()
        for found in changed:
            for state, n in ((found.before, -1), (found.state, 1)):
                if state.inside is not None:
                    by[state.inside.venue] += n
        return [Move(venue, n, self._most(venue, n)) for venue, n in by.items() if n]

    def _most(self, venue: UUID, by: int) -> int | None:
        """Return how many may be inside before `by` come in, None where nobody counts or nobody comes."""
        capacity = self.capacities.get(venue)
        if capacity is None or by <= 0:
            return None
        return max(capacity - by, self.before.get(venue, 0))

    def _evidence(self) -> list[Entry]:
        """Return what to append to the ledger: the evidence of plain entries, and what the past of tickets asks for."""
        pasts = [self.by_ticket[ticket].past for ticket in sorted(self.by_ticket)]
        return self.entries + [entry for past in pasts if past for entry in past.corrections()]

    def _fault(self, one: Asked) -> str | None:
        """Return why a scan cannot be judged, one of the reasons of a quarantine."""
        if one.principal.device_revoked:
            return "device_revoked"
        gate = self.gates.get(one.place)
        if gate is None:
            return "unknown_gate"
        if not one.principal.may_see_gate(gate=gate.id, organiser=gate.organiser):
            return "gate_out_of_scope"
        if one.is_undo and (one.undoes is None or not _may_undo(one, one.undoes)):
            return "undo_not_allowed"
        return None if one.time.readable else "unreadable_time"

    def _undo(self, one: Asked) -> Outcome:
        """Put down that a scan is taken back, and take it back if it is stored already."""
        found, target = self.book_of(one), self.targets.get(one.undoes) if one.undoes else None
        if found is not None and found.past is not None and one.undoes and target:
            of, at, direction = target["device"], target["gate"], target["direction"]
            if takes_back(one.device, one.place, of=of, at=at, direction=direction):
                found.past.undone.add(one.undoes)
                found.stale = True
                self._refold(found)
        self.rows.append(self._row(one, "stored", Verdict("admitted")))
        return Outcome("stored", "admitted", about=self._about(one, None))

    def _shown(self, one: Asked) -> Shown:
        """Read the code. One that we issued is known by its digest; a signature is checked only for the others."""
        found = self.book_of(one)
        if one.scan.by_hand is not None:
            return (
                Shown(found.holder.product.convention, found.holder.generation) if found else Shown(reason="bad_code")
            )
        if one.parsed is None:
            return Shown(reason="bad_code")
        payload = one.parsed.payload
        if found is not None and found.code_digest == one.code_digest:
            return Shown(payload.scope, found.holder.generation)
        try:
            payload = verify(one.parsed, keys=self.keys)
        except BadCode as error:
            return Shown(reason=error.reason)
        return Shown(payload.scope, payload.generation, None if payload.kind == Kind.ENTRY else "bad_code")

    def _verdict(
        self, one: Asked, gate: Gate, seen: Seen, found: Book | None, shown: Shown
    ) -> tuple[Verdict, str | None]:
        """Return the answer after what the device showed, and why the rules alone would have refused."""
        if found and not found.is_late(seen.mark):
            self._refold(found)
        state = found.state_at(seen) if found else State()
        full = gate.capacity is not None and self.inside[gate.venue] >= gate.capacity
        latest = found.state if found and state is not found.state else None
        holder = found.holder_at(seen.at, shown.generation) if found else None
        verdict = judge(Case(shown, holder, gate, seen, state, full, latest))
        if verdict.reason in BY_STATE:
            verdict = _standing(Case(shown, holder, gate, seen, State())) or verdict
        warnings = () if one.time.trusted else ("clock_untrusted",)
        said = superseded(Said(verdict.verdict, verdict.reason, warnings), final(one.scan.device_verdict))
        facts = verdict.facts if said.reason == verdict.reason else {}
        return Verdict(said.verdict, said.reason, said.warnings, facts), verdict.reason

    def _move(self, found: Book, one: Asked, gate: Gate, seen: Seen, because: str | None) -> None:
        """Fold the scan in, keep the counts of people inside, and put down the evidence that it is."""
        sound, forced = counts(because, final(one.scan.device_verdict))
        seen = replace(seen, sound=sound, forced=forced)
        old = found.state.inside
        found.add(seen)
        self._count(found, old)
        if seen.direction != "entry" or not sound:
            return
        by_hand = one.scan.by_hand is not None
        entry = evidence(
            seen,
            gate,
            found.holder_at(seen.at, found.holder.generation),
            found.person_at(seen.at),
            operator=one.operator if by_hand else None,
            reason=why(one.scan.manual) if by_hand else None,
        )
        if found.past is not None:
            found.past.made[seen.key] = entry
        elif forced or because is None:
            self.entries.append(entry)

    def _refold(self, found: Book) -> None:
        if not found.stale:
            return
        old = found.state.inside
        found.refold()
        self._count(found, old)

    def _count(self, found: Book, old: Inside | None) -> None:
        """Keep how many people are inside, of a venue and of a party."""
        for place, by in ((old, -1), (found.state.inside, 1)):
            if place is not None:
                self.inside[place.venue] += by
                self.party[found.registration][place.venue] += by

    def _about(self, one: Asked, reason: str | None) -> About | None:
        found, gate = self.book_of(one), self.gates.get(one.place)
        if found is None or gate is None or reason in NAMELESS:
            return None
        holder = found.holder
        mine = found.person_at(one.time.at) == found.person
        return About(
            key=found.key if mine else None,
            sealed=found.sealed if mine else None,
            title=holder.product.title,
            party=found.party,
            inside=self.party[found.registration][gate.venue],
            ticket=holder.id,
            language=found.language,
        )

    def _row(self, one: Asked, status: str, verdict: Verdict, shown: Shown | None = None) -> ScanRow:
        scan, found = one.scan, self.book_of(one)
        ours = found is not None and (one.is_undo or (shown or self._shown(one)).reason is None)
        return ScanRow(
            device=one.device,
            seq=scan.seq,
            gate=one.place,
            ticket=found.holder.id if found is not None and ours else None,
            code=None if ours or one.is_undo else _strange(one),
            request=one.digest,
            direction=scan.direction,
            scanned_at=one.time.at,
            received_at=one.received_at,
            clock=_clock(scan),
            device_verdict=_opinion(scan.device_verdict),
            status=status,
            verdict=verdict.verdict,
            reason=verdict.reason,
            warnings=verdict.warnings,
            manual=why(scan.manual) if scan.by_hand is not None else None,
            undoes_device=one.undoes[0] if one.undoes else None,
            undoes_seq=one.undoes[1] if one.undoes else None,
            undone=self.thorough,
        )


def _tells(one: Asked, row: asyncpg.Record) -> bool:
    """Whether a device says of a scan that is stored what it has not said before."""
    said = final(one.scan.device_verdict)
    return said is not None and said.verdict not in {before.verdict for before in shown(row)}


def why(manual: str) -> str:
    """Return the reason of a check-in by hand as the tables keep it."""
    return _storable(manual.strip())[:LONGEST_WHY] or "no reason given"


def _may_undo(one: Asked, undoes: Key) -> bool:
    """Whether somebody may take scans of that device back: the device itself, or a lead."""
    return undoes[0] == one.device or one.principal.role != "staff"


def _standing(case: Case) -> Verdict | None:
    """Return the refusal that no earlier scan can take back, whenever it may arrive; it goes before one that can."""
    verdict = judge(case)
    return verdict if verdict.reason is not None and verdict.reason not in BY_STATE else None


def _seen(one: Asked, gate: Gate, found: Book | None) -> Seen:
    direction: Direction = "exit" if one.scan.direction == "exit" else "entry"
    product = found.holder.product if found else None
    return seen_at(gate, product, at=one.time.at, device=one.device, seq=one.scan.seq, direction=direction)


def _basis(found: Book) -> Basis:
    return Basis(found.holder.id, found.change, found.revision)


def _state_row(found: Book) -> StateRow:
    inside = found.state.inside
    return StateRow(
        ticket=found.holder.id,
        body=msgspec.Raw(msgspec.json.encode(found.state)),
        inside_venue=inside.venue if inside else None,
        inside_gate=inside.gate if inside else None,
    )


def _clock(scan: ScanIn) -> msgspec.Raw:
    """Keep what the device said; a NUL has no place in a text column."""
    said = {"said": _storable(scan.scanned_at)}
    return msgspec.Raw(msgspec.json.encode(said | (msgspec.structs.asdict(scan.clock) if scan.clock else {})))


def _opinion(said: DeviceVerdict | None) -> msgspec.Raw | None:
    """Return what a device decided, as the table keeps it: JSONB takes no NUL."""
    return msgspec.Raw(msgspec.json.encode(said).replace(b"\\u0000", b"\\ufffd")) if said else None


def _strange(one: Asked) -> str:
    """Return how a code that is no ticket of ours is kept: as it was read when it has our form, else by its digest.

    Any other picture may be somebody's business card, and a scan can never be changed.
    """
    return one.scan.code if one.parsed is not None else f"sha256:{one.code_digest.hex()}"


def _storable(words: str) -> str:
    return words.replace("\0", "\ufffd")
