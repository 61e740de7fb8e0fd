"""Sessions, people and reports for the tests that go through HTTP."""

import datetime as dt
from typing import Any
from uuid import UUID

import httpx

from app.attendance.online.reports import opaque
from app.attendance.online.reports.opaque import Holding
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.people.roles import Role, Scope
from tests.attendance.factories import Made
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value

BEGUN = NOW


class Place:
    """A session on line that the citywide pass opens, from 10:00 to 11:00 in Yokohama."""

    def __init__(self, session: UUID, event: UUID, organiser: UUID) -> None:
        self.session, self.event, self.organiser = session, event, organiser

    def id_of(self, made: Made, person: UUID | None = None) -> str:
        """Return the address under which a ticket's holder was sent to the platform."""
        return opaque.address(Holding(made.id, person or made.person), event=self.event)


async def place() -> Place:
    row = await fetch_one(
        "UPDATE session s SET mode = 'hybrid', starts_at = $1, ends_at = $2 FROM event e WHERE e.id = s.event AND"
        " s.id = (SELECT s.id FROM session s JOIN coverage o ON o.event = s.event"
        " JOIN ticket_type y ON y.id = o.ticket_type"
        " JOIN event e ON e.id = s.event WHERE y.slug = 'citywide-pass' AND e.kpi_scope = 'core' ORDER BY s.id LIMIT 1)"
        " RETURNING s.id, s.event, e.organiser",
        BEGUN,
        BEGUN + dt.timedelta(hours=1),
    )
    assert row is not None
    await fetch("UPDATE ticket_type SET mode = 'hybrid' WHERE slug = 'citywide-pass'")
    return Place(row["id"], row["event"], row["organiser"])


async def asker(app: Frame, role: Role = "officer", *, organiser: UUID | None = None, **more: Any) -> httpx.AsyncClient:
    scope = Scope(organisers=(organiser,)) if organiser else Scope()
    return client(app, await token_for(role, scope=scope), **more)


async def hand_in(by: httpx.AsyncClient, at: Place, data: bytes, *, status: int = 200, **query: Any) -> dict[str, Any]:
    """Hand a report in, and return the answer."""
    answer = await by.post(
        "/api/v1/attendance/imports",
        params={"session": str(at.session), **query},
        content=data,
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(answer: dict[str, Any]) -> tuple[int, ...]:
    """Return lines, evidence, waiting, set aside, repeated."""
    found = tuple(answer[name] for name in ("lines", "evidence", "waiting", "set_aside", "repeated"))
    assert found[0] == sum(found[1:])
    return found


def remarks(answer: dict[str, Any]) -> list[tuple[int, str]]:
    assert all(note["said"] for note in answer["notes"])
    return [(note["line"], note["code"]) for note in answer["notes"]]


async def measured() -> list[tuple[Any, ...]]:
    """Return the imported evidence: class, person, minutes from the session's beginning until its end."""
    rows = await fetch(
        "SELECT evidence_class, person, starts_at, ends_at FROM ledger_entry WHERE kind = 'import' ORDER BY position"
    )
    minute = dt.timedelta(minutes=1)
    return [(row[0], row[1], round((row[2] - BEGUN) / minute, 2), round((row[3] - BEGUN) / minute, 2)) for row in rows]


async def kept() -> object:
    """Return how many stays are kept."""
    return await value("SELECT count(*) FROM reported_stay")
