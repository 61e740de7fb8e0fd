"""The demo convention, read from the TOML files under `demo/` and laid on a calendar.

The files know days by number (1 is the first day) and times by the wall clock of the place; what comes out has
dates and UTC instants. The fields of each Struct here are the columns of the table of the same name, and every id
follows from the slugs, so that the same files and the same first day always give the same rows.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

FILES = Path(__file__).with_name("demo")

Mode = Literal["on_site", "online", "hybrid"]
Text = dict[str, str]
"""Words per language."""

T = TypeVar("T")


class Speaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who speaks in a session; the speakers of the demo are invented."""

    name: Text
    organisation: Text


class Organiser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `organiser`; organisers belong to no convention, so their ids are the same every year."""

    id: UUID
    slug: str
    name: Text
    url: str


class Convention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `convention`."""

    id: UUID
    slug: str
    number: int
    title: Text
    description: Text
    zone: str
    first_day: dt.date
    last_day: dt.date


class Venue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `venue`."""

    id: UUID
    convention: UUID
    slug: str
    name: Text
    address: Text
    latitude: float
    longitude: float
    capacity: int | None = None


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `event`, without revision and time of change."""

    id: UUID
    convention: UUID
    organiser: UUID
    slug: str
    position: int
    kpi_scope: Literal["core", "linked", "out"]
    mode: Mode
    title: Text
    summary: Text
    description: Text
    tags: list[str]
    first_day: dt.date
    last_day: dt.date
    venue: UUID | None = None


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `gate`; the demo's gates have no hours and are always open."""

    id: UUID
    event: UUID
    venue: UUID
    slug: str
    position: int
    name: Text


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `session`, without revision and time of change; instants are UTC."""

    id: UUID
    event: UUID
    slug: str
    mode: Mode
    starts_at: dt.datetime
    ends_at: dt.datetime
    languages: list[str]
    title: Text
    description: Text
    venue: UUID | None = None
    room: Text = {}
    stream_url: str = ""
    capacity: int | None = None
    speakers: list[Speaker] = []


class TicketType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `ticket_type`."""

    id: UUID
    convention: UUID
    slug: str
    number: int
    position: int
    role: str
    mode: Mode
    entry_rule: Literal["daily", "once", "free"]
    days: list[dt.date]
    public: bool
    title: Text
    description: Text
    price: int = 0


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `coverage`: an event that a ticket type opens."""

    id: UUID
    ticket_type: UUID
    event: UUID


class QuotaUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `quota_use`: a quota that a ticket of the type takes a place of."""

    id: UUID
    ticket_type: UUID
    quota: UUID


class Quota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `quota` as it starts, nothing taken; `session` is set for the places of one session."""

    id: UUID
    convention: UUID
    slug: str
    name: Text
    capacity: int
    session: UUID | None = None


class DemoConvention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole demo: every row in the order of the files, the first gate at the first event."""

    convention: Convention
    organisers: tuple[Organiser, ...]
    venues: tuple[Venue, ...]
    events: tuple[Event, ...]
    gates: tuple[Gate, ...]
    sessions: tuple[Session, ...]
    ticket_types: tuple[TicketType, ...]
    coverage: tuple[Coverage, ...]
    quotas: tuple[Quota, ...]
    quota_uses: tuple[QuotaUse, ...]


def identity(*path: str) -> UUID:
    """Return the id of the demo row at `path`, such as `identity("yokohama-2026", "event", "yoxo-festival")`."""
    return uuid5(NAMESPACE_URL, "machigurumi:demo/" + "/".join(path))


def slug_of(first_day: dt.date) -> str:
    """Return the slug of the demo convention that begins on this day: one a year."""
    return f"yokohama-{first_day.year}"


def load(first_day: dt.date) -> DemoConvention:
    """Read the files and lay the convention out from `first_day` on.

    Raises `msgspec.ValidationError` for a field that is missing, unknown or of the wrong kind, and `KeyError` for a
    slug that names nothing.
    """
    return _Reader(first_day).all()


class _Reader:
    """One reading of the files; keeps the day and the slugs that have been met."""

    def __init__(self, first_day: dt.date) -> None:
        self.first_day = first_day
        self.slug = slug_of(first_day)
        self.id = identity(self.slug)
        self.head = _file(FILES / "convention.toml")
        self.sale = _file(FILES / "ticket_types.toml")
        self.programme = sorted((_file(f) for f in (FILES / "events").glob("*.toml")), key=lambda e: e["position"])
        self.zone = ZoneInfo(self.head["zone"])
        self.known = {("organiser", o["slug"]): identity("organiser", o["slug"]) for o in self.head["organisers"]}
        self.known |= self._ids("venue", self.head["venues"]) | self._ids("event", self.programme)
        self.known |= self._ids("quota", self.sale["quotas"]) | self._ids("ticket-type", self.sale["ticket_types"])

    def _ids(self, kind: str, rows: list[dict[str, Any]]) -> dict[tuple[str, str], UUID]:
        return {(kind, row["slug"]): identity(self.slug, kind, row["slug"]) for row in rows}

    def all(self) -> DemoConvention:
        sessions = tuple(self.sessions())
        return DemoConvention(
            convention=self.convention(),
            organisers=tuple(
                _row({**o, "id": self.known["organiser", o["slug"]]}, Organiser) for o in self.head["organisers"]
            ),
            venues=tuple(self.own("venue", v, Venue) for v in self.head["venues"]),
            events=tuple(self.event(e) for e in self.programme),
            gates=tuple(self.gate(g, position) for position, g in enumerate(self.head["gates"], 1)),
            sessions=sessions,
            ticket_types=tuple(self.ticket_type(t, n) for n, t in enumerate(self.sale["ticket_types"], 1)),
            coverage=tuple(self.coverage()),
            quotas=(
                *(self.own("quota", q, Quota) for q in self.sale["quotas"]),
                *(self.places(s) for s in sessions if s.capacity is not None),
            ),
            quota_uses=tuple(self.quota_uses()),
        )

    def day(self, number: int) -> dt.date:
        """Return the date of the day numbered from 1."""
        return self.first_day + dt.timedelta(days=number - 1)

    def own(self, kind: str, row: dict[str, Any], struct: type[T]) -> T:
        """Give a row of the file its id and its convention."""
        return _row({**row, "id": self.known[kind, row["slug"]], "convention": self.id}, struct)

    def convention(self) -> Convention:
        return Convention(
            id=self.id,
            slug=self.slug,
            number=self.first_day.year - 1999,  # one a year, as the slug
            title=self.head["title"],
            description=self.head["description"],
            zone=self.head["zone"],
            first_day=self.day(1),
            last_day=self.day(self.head["days"]),
        )

    def event(self, row: dict[str, Any]) -> Event:
        row = {
            **{key: value for key, value in row.items() if key != "sessions"},
            "organiser": self.known["organiser", row["organiser"]],
            "venue": self.venue(row),
            "first_day": self.day(row["first_day"]),
            "last_day": self.day(row["last_day"]),
        }
        return self.own("event", row, Event)

    def venue(self, row: dict[str, Any]) -> UUID | None:
        return self.known["venue", row["venue"]] if "venue" in row else None

    def gate(self, row: dict[str, Any], position: int) -> Gate:
        return Gate(
            id=identity(self.slug, "gate", row["event"], row["slug"]),
            event=self.known["event", row["event"]],
            venue=self.known["venue", row["venue"]],
            slug=row["slug"],
            position=position,
            name=row["name"],
        )

    def sessions(self) -> Iterator[Session]:
        for event in self.programme:
            for row in event["sessions"]:
                yield self.session(event["slug"], dict(row))

    def session(self, event: str, row: dict[str, Any]) -> Session:
        clock = dt.time.fromisoformat(row.pop("starts"))
        starts_at = dt.datetime.combine(self.day(row.pop("day")), clock, self.zone).astimezone(dt.UTC)
        length = dt.timedelta(minutes=row.pop("minutes"))
        placed = {
            **row,
            "id": identity(self.slug, "session", event, row["slug"]),
            "event": self.known["event", event],
            "venue": self.venue(row),
            "starts_at": starts_at,
            "ends_at": starts_at + length,
        }
        return _row(placed, Session)

    def places(self, session: Session) -> Quota:
        """Return the quota of a session whose places are reserved."""
        event = next(slug for (kind, slug), known in self.known.items() if kind == "event" and known == session.event)
        return Quota(
            id=identity(self.slug, "quota", "session", event, session.slug),
            convention=self.id,
            slug=f"{event}-{session.slug}",
            name=session.title,
            capacity=session.capacity or 0,
            session=session.id,
        )

    def ticket_type(self, row: dict[str, Any], position: int) -> TicketType:
        row = {
            **{key: value for key, value in row.items() if key not in {"covers", "quotas"}},
            "position": position,
            "days": [self.day(n) for n in row["days"]],
        }
        return self.own("ticket-type", row, TicketType)

    def coverage(self) -> Iterator[Coverage]:
        everything = [event["slug"] for event in self.programme]
        for row in self.sale["ticket_types"]:
            for event in everything if row["covers"] == "all" else row["covers"]:
                yield Coverage(
                    id=identity(self.slug, "coverage", row["slug"], event),
                    ticket_type=self.known["ticket-type", row["slug"]],
                    event=self.known["event", event],
                )

    def quota_uses(self) -> Iterator[QuotaUse]:
        for row in self.sale["ticket_types"]:
            for quota in row["quotas"]:
                yield QuotaUse(
                    id=identity(self.slug, "quota-use", row["slug"], quota),
                    ticket_type=self.known["ticket-type", row["slug"]],
                    quota=self.known["quota", quota],
                )


def _file(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _row(values: dict[str, Any], struct: type[T]) -> T:
    return msgspec.convert(values, struct)
