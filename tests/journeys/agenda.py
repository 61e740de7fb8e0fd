"""What the five hundred do at the convention: which codes are shown where and when, who stays on line how long.

The house rules of gates and online rooms stand here a second time, as plainly as a person would read them out, so
that every scan has an expected answer that the product did not give.
"""

import datetime as dt
import random
from collections.abc import Iterable, Iterator
from itertools import count, cycle

from msgspec import Struct

from tests.journeys.crowd import Wanted

JST = dt.timezone(dt.timedelta(hours=9))
DAY_1, DAY_2 = dt.date(2026, 11, 21), dt.date(2026, 11, 22)
WATCHERS = 200
BEAT = 30
"""Seconds between two signs of life of a page."""

SCOPE = {
    "yoxo-festival": "linked",
    "green-innovation-forum": "core",
    "yokohama-triennale": "linked",
    "asia-smart-city-conference": "linked",
    "global-talent-online": "linked",
    "neighbourhood-forum": "out",
}
ROLE = {"student-pass": "student", "ascc-ticket": "delegate", "press-pass": "press", "exhibitor-pass": "exhibitor"}
"""Role of a ticket type; all others are visitors."""
OPENS = {
    "yoxo-ticket": {"yoxo-festival"},
    "ascc-ticket": {"asia-smart-city-conference", "green-innovation-forum"},
    "exhibitor-pass": {"yoxo-festival", "green-innovation-forum", "asia-smart-city-conference"},
}
"""Events that a ticket type opens; all others open every event."""
ONLY_ON = {"day-pass-1": DAY_1, "day-pass-2": DAY_2}
FREE, ONCE = {"press-pass", "exhibitor-pass", "online-pass"}, {"yoxo-ticket"}
"""Those who come and go as they like, and those who have one entry; all others have one a day."""


class Gate(Struct, frozen=True):
    """A gate by its slug, with its event and place."""

    slug: str
    event: str
    venue: str


GATES = (
    Gate("osanbashi-main", "yoxo-festival", "osanbashi-hall"),
    Gate("pacifico-conference-center", "green-innovation-forum", "pacifico-yokohama"),
    Gate("museum-grand-gallery", "yokohama-triennale", "museum-of-art"),
    Gate("pacifico-ascc", "asia-smart-city-conference", "pacifico-yokohama"),
    Gate("city-hall-atrium", "neighbourhood-forum", "city-hall-atrium"),
)


class Session(Struct, frozen=True):
    """A session on line."""

    slug: str
    event: str
    starts_at: dt.datetime
    minutes: int

    @property
    def ends_at(self) -> dt.datetime:
        """Its scheduled end."""
        return self.starts_at + dt.timedelta(minutes=self.minutes)

    @property
    def day(self) -> dt.date:
        """The day on which it is held."""
        return self.starts_at.date()


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """Return a moment by the clocks of Yokohama."""
    return dt.datetime.combine(day, dt.time(hour, minute), JST)


SESSIONS = (
    Session("opening", "yoxo-festival", at(DAY_1, 10), 60),
    Session("opening-ceremony", "green-innovation-forum", at(DAY_1, 13), 60),
    Session("keynote-port", "green-innovation-forum", at(DAY_1, 14, 15), 60),
    Session("study-abroad-stories", "global-talent-online", at(DAY_1, 18), 75),
    Session("plenary", "asia-smart-city-conference", at(DAY_2, 9, 30), 90),
)
WINDOWS = (
    (at(DAY_1, 11, 5), 55),
    (at(DAY_1, 15, 20), 40),
    (at(DAY_1, 16, 30), 50),
    (at(DAY_1, 23, 40), 40),
    (at(DAY_2, 11, 5), 55),
    (at(DAY_2, 14, 0), 50),
)
"""Stretches in which codes are scanned, with their length in minutes; one of them goes over midnight."""
CERTAIN = 4
"""The window in which those who have moved come with their second ticket."""


class Held(Struct, frozen=True):
    """A ticket in somebody's hands. `residence` None: declared by nobody."""

    wanted: Wanted
    week: int
    id: str
    code: str
    residence: str | None

    @property
    def kind(self) -> str:
        """Its ticket type."""
        return self.wanted.ticket_type

    @property
    def role(self) -> str:
        """The role under which it counts."""
        return ROLE.get(self.kind, "visitor")

    def opens(self, event: str) -> bool:
        """Whether it opens this event at all."""
        return event in OPENS.get(self.kind, SCOPE)

    def follows(self, session: Session) -> bool:
        """Whether it opens this session on line: exhibitors are there in person, a day pass is good on its day."""
        on_its_day = ONLY_ON.get(self.kind, session.day) == session.day
        return self.kind != "exhibitor-pass" and on_its_day and self.opens(session.event)


class Scan(Struct, frozen=True):
    """A code read at a gate; `expected` is None for whoever must be let in, else the reason of the refusal."""

    held: Held
    gate: Gate
    direction: str
    at: dt.datetime
    device: int
    code: str
    expected: str | None


class Visit(Struct, frozen=True):
    """A page in an online session: moments of its signs of life, the first is the joining, and of its farewell."""

    held: Held
    session: Session
    signs: tuple[dt.datetime, ...]
    left: dt.datetime | None


class _Place:
    """Where a ticket is, as an attentive doorkeeper would remember."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.inside: tuple[Gate, dt.date] | None = None

    def exit(self, gate: Gate) -> str | None:
        if self.inside is None or self.inside[0].venue != gate.venue:
            return "not_inside"
        self.inside = None
        return None

    def enter(self, gate: Gate, day: dt.date) -> str | None:
        reason = self._refusal(gate, day)
        if reason is None:
            self.inside = (gate, day)
        return reason

    def _refusal(self, gate: Gate, day: dt.date) -> str | None:
        kind, only = self.held.kind, ONLY_ON.get(self.held.kind)
        if not self.held.opens(gate.event):
            return "wrong_organiser"
        if only and day != only:
            return "not_yet_valid" if day < only else "expired"
        if kind == "online-pass":
            return "not_entitled"
        here = self.inside is not None and self.inside[0].event == gate.event and kind not in FREE
        if here and (kind in ONCE or (self.inside and self.inside[1] == day)):
            return "already_admitted"
        return None if self.held.residence else "residence_missing"


def scans(tickets: Iterable[Held], moved: set[int], chance: random.Random) -> list[list[Scan]]:
    """Return the scans of every window in order of time; a ticket is scanned once in a window at most."""
    found: list[list[Scan]] = [[] for _ in WINDOWS]
    for held in tickets:
        place, has_moved = _Place(held), held.wanted.person.number in moved
        comes = chance.random() < (0.15 if held.kind == "online-pass" else 0.7)
        for n, (starts_at, minutes) in enumerate(WINDOWS):
            certain = has_moved and held.week == 1 and n == CERTAIN
            if certain or (comes and chance.random() < 0.5 and (not has_moved or held.week == (n >= CERTAIN))):
                moment = starts_at + dt.timedelta(seconds=chance.randrange(minutes * 60))
                found[n].append(_scan(place, moment, chance, certain=certain))
    return [sorted([*window, *_near(window, n, chance)], key=lambda scan: scan.at) for n, window in enumerate(found)]


def _scan(place: _Place, moment: dt.datetime, chance: random.Random, *, certain: bool) -> Scan:
    gate, held, dice = chance.choice(GATES), place.held, chance.random()
    if not certain and place.inside and dice < 0.45:
        gate = place.inside[0]
    if not certain and (dice < 0.2 if place.inside else dice < 0.05):
        return Scan(held, gate, "exit", moment, chance.randrange(2), held.code, place.exit(gate))
    return Scan(held, gate, "entry", moment, chance.randrange(2), held.code, place.enter(gate, moment.date()))


def _near(window: list[Scan], n: int, chance: random.Random) -> Iterator[Scan]:
    """Show what is no ticket, or nearly one, while the ticket itself is in use."""
    real = chance.sample([scan for scan in window if scan.expected is None], 4)
    code = real[0].code
    forged = (_tampered(code, n), "bad_signature"), (code[:-3], "bad_code"), ("https://t.example/林", "bad_code")
    for scan, (code, reason) in zip(real, [*forged, ("", "bad_code")], strict=True):
        later = scan.at + dt.timedelta(seconds=7)
        yield Scan(scan.held, scan.gate, "entry", later, scan.device, code, reason)


def _tampered(code: str, n: int) -> str:
    """Change one character of the signature, downwards, so that it remains base45."""
    place = next(i for i in range(60 + n, len(code)) if code[i] != "0")
    return f"{code[:place]}0{code[place + 1 :]}"


Stay = tuple[int, int | None, int, frozenset[int]]
"""When somebody joins, leaves (None: the farewell is lost), beats last; beats lost. Seconds from the start."""


def _until(joins: int, leaves: int) -> Stay:
    return (joins, leaves, leaves, frozenset())


def _lost(joins: int, last: int) -> Stay:
    return (joins, None, last, frozenset())


KINDS: tuple[tuple[str, tuple[Stay, ...]], ...] = (
    ("long", (_until(60, 720),)),
    ("exactly ten minutes", (_until(130, 730),)),
    ("ten seconds too short", (_until(40, 630),)),
    ("short", (_until(90, 400),)),
    ("exactly one minute", (_until(100, 160),)),
    ("less than a minute", (_until(200, 250),)),
    ("in and out", (_until(240, 240),)),
    ("exactly half an hour", (_until(20, 1820),)),
    ("two tabs, together short", (_until(0, 360), _until(120, 480))),
    ("two tabs, together long", (_until(10, 490), _until(310, 790))),
    ("one tab after the other", (_until(0, 300), _until(400, 700))),
    ("farewell lost, long enough", (_lost(30, 600),)),
    ("farewell lost, too short", (_lost(30, 570),)),
    ("a beat lost, too short", ((0, 610, 610, frozenset({300})),)),
    ("a beat lost, long enough", ((0, 620, 620, frozenset({300})),)),
    ("a beat and the farewell lost, just long enough", ((0, None, 570, frozenset({300})),)),
    ("waited, then too short", (_until(-180, 590),)),
    ("waited, then long enough", (_until(-170, 620),)),
    ("only waited", (_until(-240, -60),)),
    ("long", (_until(300, 1000),)),
    ("into the end, too short", (_lost(-300, 60),)),
    ("into the end, long enough", (_lost(-600, 60),)),
)
"""What people do on line. The last two count from the scheduled end and stay open beyond it."""
FROM_THE_END = {"into the end, too short", "into the end, long enough"}


def visits(tickets: list[Held], moved: set[int], chance: random.Random) -> list[Visit]:
    """Return the visits of two hundred people; a few follow two sessions, or one with two tickets."""
    able = [held for held in tickets if _followed(held, moved)]
    mine: dict[int, list[Held]] = {}
    for held in able:
        mine.setdefault(held.wanted.person.number, []).append(held)
    kinds, found = cycle(KINDS), list[Visit]()
    for turn, person in zip(count(), chance.sample(sorted(mine), WATCHERS), strict=False):
        tickets_of = mine[person]
        if len(tickets_of) > 1 and person not in moved:
            found += _with_two_tickets(tickets_of, moved)
        elif turn % 9 == 0 and tickets_of[0].kind in {"citywide-pass", "day-pass-1", "student-pass", "press-pass"}:
            found += _in_two_sessions(tickets_of[0], same_event=turn % 2 == 0)
        else:
            held = tickets_of[-1]
            found += _visits(held, chance.choice(_followed(held, moved)), next(kinds))
    return found


def _followed(held: Held, moved: set[int]) -> list[Session]:
    """Return the sessions that a ticket opens; who has moved uses each ticket on its own day."""
    own = (DAY_1, DAY_2)[held.week] if held.wanted.person.number in moved else None
    return [session for session in SESSIONS if held.follows(session) and own in {None, session.day}]


def _visits(held: Held, session: Session, kind: tuple[str, tuple[Stay, ...]]) -> list[Visit]:
    name, stays = kind
    start = session.ends_at if name in FROM_THE_END else session.starts_at
    return [_visit(held, session, start, stay) for stay in stays]


def _visit(held: Held, session: Session, start: dt.datetime, stay: Stay) -> Visit:
    joins, leaves, last, lost = stay
    beats = [s for s in range(joins, last + 1, BEAT) if s == joins or (s != leaves and s not in lost)]
    left = None if leaves is None else start + dt.timedelta(seconds=leaves)
    return Visit(held, session, tuple(start + dt.timedelta(seconds=s) for s in beats), left)


def _with_two_tickets(tickets: list[Held], moved: set[int]) -> list[Visit]:
    """Follow one session with both tickets, six minutes each, two of them together: enough only for the person."""
    one, two = tickets[:2]
    both = [session for session in _followed(one, moved) if session in _followed(two, moved)]
    if not both:
        return _visits(one, _followed(one, moved)[0], KINDS[0])
    stays = ((one, _until(0, 360)), (two, _until(240, 600)))
    return [_visit(held, both[0], both[0].starts_at, stay) for held, stay in stays]


def _in_two_sessions(held: Held, *, same_event: bool) -> list[Visit]:
    """Six minutes in each of two sessions: enough when they are of one event and day, too little otherwise."""
    pair = (SESSIONS[1], SESSIONS[2]) if same_event else (SESSIONS[0], SESSIONS[1])
    return [_visit(held, session, session.starts_at, _until(30, 390)) for session in pair]
