"""The demo convention, read from the TOML files under `demo/` and laid on a calendar.

The files know days by number (1 is the first day) and times by the wall clock of the place; what comes out has
dates and UTC instants, as `demo_rows`. Every id follows from the slugs, so that the same files and the same first day
always give the same rows.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec

from app.events.demo_rows import (
    Convention,
    Coverage,
    DemoConvention,
    Event,
    Gate,
    Organiser,
    PaymentMethod,
    Question,
    QuestionUse,
    Quota,
    QuotaUse,
    Session,
    TicketType,
    Venue,
    Voucher,
)

FILES = Path(__file__).with_name("demo")

T = TypeVar("T")


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
        self.form = _file(FILES / "form.toml")
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
                *(self.quota(q) for q in self.sale["quotas"]),
                *(self.places(s) for s in sessions if s.capacity is not None),
            ),
            quota_uses=tuple(self.quota_uses()),
            questions=tuple(self.question(q, n) for n, q in enumerate(self.form["questions"], 1)),
            question_uses=tuple(self.question_uses()),
            vouchers=tuple(self.below("voucher", v["code"], v, Voucher) for v in self.form["vouchers"]),
            payment_methods=tuple(
                self.below("payment-method", m["provider"], m, PaymentMethod) for m in self.form["payment_methods"]
            ),
        )

    def day(self, number: int) -> dt.date:
        """Return the date of the day numbered from 1."""
        return self.first_day + dt.timedelta(days=number - 1)

    def own(self, kind: str, row: dict[str, Any], struct: type[T]) -> T:
        """Give a row of the file its id and its convention."""
        return _row({**row, "id": self.known[kind, row["slug"]], "convention": self.id}, struct)

    def named(self, row: dict[str, Any], *kinds: str) -> dict[str, Any]:
        """Return a row with ids for the slugs by which it names others."""
        return row | {kind: self.known[kind.replace("_", "-"), row[kind]] for kind in kinds if kind in row}

    def below(self, kind: str, name: str, row: dict[str, Any], struct: type[T]) -> T:
        """Give a row that has no slug an id by its `name`, its convention, and ids of what it belongs to."""
        owned = self.named(row, "organiser", "ticket_type")
        return _row({**owned, "id": identity(self.slug, kind, name), "convention": self.id}, struct)

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
            **{key: value for key, value in self.named(row, "organiser").items() if key not in {"covers", "quotas"}},
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

    def quota(self, row: dict[str, Any]) -> Quota:
        row = self.named(row, "organiser", "venue")
        if "within" in row:
            row["within"] = self.known["quota", row["within"]]
        if "day" in row:
            row["day"] = self.day(row["day"])
        return self.own("quota", row, Quota)

    def question(self, row: dict[str, Any], position: int) -> Question:
        row = {key: value for key, value in self.named(row, "organiser", "event").items() if key != "types"}
        made = {"id": identity(self.slug, "question", row["slug"]), "convention": self.id, "position": position}
        return _row({**row, **made}, Question)

    def question_uses(self) -> Iterator[QuestionUse]:
        for row in self.form["questions"]:
            for slug in row["types"]:
                yield QuestionUse(
                    id=identity(self.slug, "question-use", row["slug"], slug),
                    question=identity(self.slug, "question", row["slug"]),
                    ticket_type=self.known["ticket-type", slug],
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
