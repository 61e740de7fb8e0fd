"""What happened in the synthetic year: the ledger as it was written, and beside it what everybody truly did.

Planted: stays in pieces and in two tabs, meetings of two, doubles linked and not, scans of the wrong person and voids
(some of them voided again), merges undone, wrong residences and roles put right, evidence that is none (nobody signed,
aggregates, other modes), late delivery, a session across midnight, sessions at the edges of the fiscal year.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.ledger_entry import Evidence
from tests.kpi.town import COUNTABLE, Day, EventDay, People, Registration, Size, Truth, identity, people

HALF = timedelta(seconds=30)


class Session(Struct, frozen=True):
    """An item of the programme; `day` is the date in Japan, `in_year` whether it lies in the fiscal year: by hand."""

    id: UUID
    event: UUID
    scope: str
    day: date
    starts_at: datetime
    minutes: int
    in_year: bool

    @property
    def event_day(self) -> EventDay:
        return self.event, self.day


class Town(Struct, frozen=True):
    """A year: who, the ledger in order of position, the truth, and the doubles that nobody has linked."""

    people: People
    ledger: list[Evidence]
    truth: Truth
    unlinked: list[tuple[UUID, UUID]]

    def figure(self) -> dict[str, object]:
        """Return the true figure."""
        return self.truth.figure(self.people.humans)


def programme(rng: Random) -> list[list[Session]]:
    """Return the sessions of every event-day; all but a few days lie in fiscal year 2026."""
    days: list[list[Session]] = []
    for number in range(24):
        event, scope = identity(rng), "core" if number < 2 else "out" if number > 21 else "linked"
        for offset in range(3):
            day = date(2026, 11, 1 + number) + timedelta(days=offset)
            days.append(_sessions(rng, event, scope, day))
    return days + _edges(rng)


def _sessions(rng: Random, event: UUID, scope: str, day: date) -> list[Session]:
    """Seven hours from 10:00 in Japan, one session in each, the last but one a short one."""
    opening = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    lengths = (60, 60, 45, 60, 30, 15, 60)
    return [
        Session(identity(rng), event, scope, day, opening + timedelta(hours=n), length, in_year=True)
        for n, length in enumerate(lengths)
    ]


def _edges(rng: Random) -> list[list[Session]]:
    """Sessions that begin at the ends of a year and of a day, each of its own event: instants in UTC, days in Japan."""
    starts = (
        (datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC), date(2026, 3, 31), False),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), date(2026, 4, 1), True),
        (datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC), date(2027, 3, 31), True),
        (datetime(2027, 3, 31, 15, 0, tzinfo=UTC), date(2027, 4, 1), False),
        (datetime(2026, 12, 31, 14, 30, tzinfo=UTC), date(2026, 12, 31), True),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), date(2027, 1, 1), True),
    )
    return [[Session(identity(rng), identity(rng), "linked", day, at, 90, inside)] for at, day, inside in starts]


def town(size: Size, *, seed: int, linked: float = 1.0) -> Town:
    """Make up the year; `linked` is the share of the doubles that a challenge or an officer has linked."""
    made = _Making(people(size, seed=seed), seed=seed)
    made.attend(size.events)
    made.correct(linked)
    return Town(made.people, made.ledger(), made.truth, made.unlinked)


def deliveries(rng: Random, ledger: list[Evidence], *, again: float = 0.1) -> list[Evidence]:
    """Return the ledger in any order, with a share of it delivered twice."""
    sent = [*ledger, *rng.sample(ledger, round(len(ledger) * again))]
    rng.shuffle(sent)
    return sent


class _Making:
    """A year in the making. Entries carry serial numbers until `ledger` puts them in order of recording."""

    def __init__(self, found: People, *, seed: int) -> None:
        self.rng = Random(f"events {seed}")
        self.people = found
        self.days = programme(self.rng)
        self.truth = Truth({}, {})
        self.unlinked: list[tuple[UUID, UUID]] = []
        self.entries: list[Evidence] = []
        self.facts = 0
        self.visited: list[tuple[Registration, Session]] = []
        self.taken: set[tuple[int, UUID]] = set()
        self.seated: set[tuple[int, datetime]] = set()
        self.roles: dict[int, str] = {}

    def attend(self, events: int) -> None:
        """Let a part of the registered come, then let them pass the gates again until there are so many events."""
        for registration in self.people.registrations:
            self.roles[registration.number] = self._true_role(registration)
            if self.rng.random() < 0.8:
                self._come(registration)
        if self.facts > events:
            raise ValueError(f"{self.facts} events are too many for {events}")
        while self.facts < events:
            registration, session = self.rng.choice(self.visited)
            self._scan(registration, session)

    def _true_role(self, registration: Registration) -> str:
        """One ticket in a hundred says something else than what its holder was there as."""
        return self.rng.choice(("visitor", "staff")) if self.rng.random() < 0.01 else registration.role

    def _come(self, registration: Registration) -> None:
        way = self.rng.choice(("on_site", "on_site", "online", "either"))
        for _ in range(self.rng.choice((1, 1, 2, 2, 3, 4))):
            sessions = self.rng.choice(self.days)
            online = way == "online" or (way == "either" and self.rng.random() < 0.5)
            (self._follow if online else self._enter)(registration, self.rng.choice(sessions), sessions)
        if self.rng.random() < 0.02:
            self._add_worthless(registration, self.rng.choice(self.rng.choice(self.days)))

    def _day(self, registration: Registration, session: Session) -> Day:
        """Return what is true of the event-day; of one that can never count, a day that nobody looks at."""
        role = self.roles[registration.number]
        kept = self.truth.countable if role in COUNTABLE else self.truth.exhibiting if role == "exhibitor" else {}
        if not session.in_year or session.scope == "out":
            kept = {}
        return kept.setdefault(registration.human, {}).setdefault(session.event_day, Day(session.scope))

    def _enter(self, registration: Registration, _: Session, sessions: list[Session]) -> None:
        """Pass the gate once or more; a gate's evidence is scheduled at the opening of the day."""
        for _time in range(self.rng.choice((1, 1, 2, 3))):
            self._scan(registration, sessions[0])
        self._day(registration, sessions[0]).on_site = True
        self.visited.append((registration, sessions[0]))

    def _scan(self, registration: Registration, session: Session) -> None:
        at = session.starts_at + timedelta(seconds=self.rng.randrange(20_000))
        if self.rng.random() < 0.02:
            named = {"kind": "manual", "evidence_class": "B", "operator": "desk-1", "reason": "code unreadable"}
            self._fact(registration, session, at, at, mode="on_site", **named)
        else:
            self._fact(registration, session, at, at, kind="scan", evidence_class="A", mode="on_site")

    def _follow(self, registration: Registration, session: Session, _: list[Session]) -> None:
        """Follow one session on line, in pieces; nobody follows a session twice, so that the minutes add up."""
        if (registration.human, session.id) in self.taken:
            return
        self.taken.add((registration.human, session.id))
        halves = self.rng.choice((self.rng.randint(1, 22), self.rng.randint(20, 2 * session.minutes)))
        halves = min(halves, 2 * session.minutes)
        late = self.rng.randrange(2 * session.minutes - halves + 1)
        self._stay(registration, session, session.starts_at + HALF * late, halves)
        day = self._day(registration, session)
        day.halves, day.measured = day.halves + halves, True
        day.enough |= session.minutes < 20 and halves >= session.minutes
        if self.rng.random() < 0.03:
            self._meet(registration, session)

    def _stay(self, registration: Registration, session: Session, start: datetime, halves: int) -> None:
        """Write a stretch as several intervals that touch or overlap; some from a second tab or a platform's report."""
        left, at = halves, start
        while left > 0:
            length = min(left, self.rng.randint(1, 8))
            self._interval(registration, session, at, at + HALF * length)
            if self.rng.random() < 0.08:
                self._interval(registration, session, at, at + HALF * self.rng.randint(1, length))
            at, left = at + HALF * length, left - length

    def _interval(self, registration: Registration, session: Session, start: datetime, end: datetime) -> None:
        kind = self.rng.choice(("C",) * 17 + ("D", "D", "E"))
        source: dict[str, Any] = {"kind": "presence" if kind == "C" else "import", "evidence_class": kind}
        if kind == "E":
            source |= {"operator": "officer-2", "reason": "mail and name agree"}
        self._fact(registration, session, start, end, mode="online", **source)

    def _meet(self, registration: Registration, session: Session) -> None:
        """Sit at a table of two in the evening; what counts is the time that both were there."""
        other, _ = self.rng.choice(self.visited) if self.visited else (registration, session)
        table = replace(session, id=identity(self.rng))
        slots = {(registration.human, session.starts_at), (other.human, session.starts_at)}
        if slots & self.seated:  # two tables at one time would share minutes
            return
        self.seated |= slots
        if other.human == registration.human or self.rng.random() < 0.1:
            self._fact(registration, table, *self._sitting(table, 0, 20), **self._table(identity(self.rng)))
            return
        mine, theirs = self.rng.randint(0, 6), self.rng.randint(4, 30)
        self._fact(registration, table, *self._sitting(table, mine, 20), **self._table(other.person))
        self._fact(other, table, *self._sitting(table, 0, theirs), **self._table(registration.person))
        shared = max(0, min(20, theirs) - mine)
        for one in (registration, other) if shared else ():
            day = self._day(one, table)
            day.halves, day.measured, day.enough = day.halves + shared, True, day.enough or shared >= 10

    @staticmethod
    def _sitting(table: Session, first: int, last: int) -> tuple[datetime, datetime]:
        evening = table.starts_at + timedelta(hours=8)
        return evening + HALF * first, evening + HALF * last

    @staticmethod
    def _table(partner: UUID) -> dict[str, Any]:
        return {"kind": "presence", "evidence_class": "C", "mode": "online", "other": partner}

    def _add_worthless(self, registration: Registration, session: Session) -> None:
        """Write what is no evidence, whatever it says."""
        start = session.starts_at
        end = start + timedelta(minutes=40)
        worthless: tuple[dict[str, Any], ...] = (
            {"kind": "manual", "evidence_class": "B", "mode": "on_site", "operator": "desk-1"},
            {"kind": "import", "evidence_class": "E", "mode": "online", "reason": "looks like"},
            {"kind": "import", "evidence_class": "F", "mode": "online"},
            {"kind": "import", "evidence_class": "G", "mode": "on_site"},
            {"kind": "scan", "evidence_class": "A", "mode": "online"},
        )
        self._fact(registration, session, start, end, **self.rng.choice(worthless))

    def _fact(self, who: Registration, session: Session, start: datetime, end: datetime, **fields: Any) -> None:
        """Write an entry; one in twenty arrives late, up to three weeks."""
        late = self.rng.randrange(1_800_000) if self.rng.random() < 0.05 else self.rng.randrange(90)
        self.facts += 1
        self.entries.append(
            Evidence(
                position=len(self.entries),
                recorded_at=end + timedelta(seconds=late),
                person=who.person,
                ticket=who.ticket,
                event=session.event,
                session=session.id if fields["mode"] == "online" else None,
                scope=session.scope,
                scheduled_at=session.starts_at,
                scheduled_minutes=session.minutes if fields["mode"] == "online" else None,
                starts_at=start,
                ends_at=end,
                role=who.role,
                residence=who.residence,
                **fields,
            )
        )

    def correct(self, linked: float) -> None:
        """Write the corrections of the year."""
        self._link(linked)
        self._undo_wrong_merges()
        self._put_right()
        self._void_strangers()

    def _correction(self, kind: str, who: UUID, after: datetime | None = None, **fields: Any) -> int:
        """Write a correction and return its serial number; it is recorded after the year, or after a moment."""
        at = (after or datetime(2027, 4, 1, tzinfo=UTC)) + timedelta(seconds=1 + self.rng.randrange(2_000_000))
        signed = {"operator": "officer-1", "reason": "proved"}
        made = Evidence(
            position=len(self.entries),
            kind=kind,
            evidence_class="B",
            recorded_at=at,
            person=who,
            **{"role": "", **signed, **fields},
        )
        self.entries.append(made)
        return made.position

    def _link(self, share: float) -> None:
        for first, *more in self.people.pseudonyms().values():
            for double in more:
                if self.rng.random() < share:
                    early = datetime(2026, 9, 1, tzinfo=UTC) if self.rng.random() < 0.5 else None
                    self._correction("merge", first, early, other=double)
                else:
                    self.unlinked.append((first, double))

    def _undo_wrong_merges(self) -> None:
        """Two strangers are taken for one, and parted again."""
        for _ in range(max(2, len(self.people.humans) // 400)):
            one, two = self.rng.sample(self.people.registrations, 2)
            merge = self._correction("merge", one.person, other=two.person)
            self._correction("split", one.person, self.entries[merge].recorded_at, subject=merge)

    def _put_right(self) -> None:
        """Residences and roles that were declared wrongly."""
        for registration in self.people.registrations:
            human = self.people.humans[registration.human]
            if registration.residence not in (None, human.residence):
                self._correction("residence", registration.person, residence=human.residence)
            role = self.roles[registration.number]
            if role != registration.role:
                self._correction("role", registration.person, role=role, ticket=registration.ticket)

    def _void_strangers(self) -> None:
        """Scans of people who were elsewhere are taken out; some true ones too, and then brought back."""
        for _ in range(max(3, self.facts // 400)):
            if self.rng.random() < 0.2:
                subject = self.rng.randrange(self.facts)
                void = self._void(subject)
                self._void(void)
            else:
                subject = len(self.entries)
                self._scan(self.rng.choice(self.people.registrations), self.rng.choice(self.rng.choice(self.days)))
                self._void(subject)

    def _void(self, subject: int) -> int:
        voided = self.entries[subject]
        return self._correction("void", voided.person, voided.recorded_at, subject=subject)

    def ledger(self) -> list[Evidence]:
        """Return the entries in the order of recording, with the positions that this gives them."""
        order = sorted(self.entries, key=lambda entry: (entry.recorded_at, entry.position))
        positions = {entry.position: position for position, entry in enumerate(order, start=1)}
        return [
            replace(e, position=n, subject=None if e.subject is None else positions[e.subject])
            for n, e in enumerate(order, start=1)
        ]
