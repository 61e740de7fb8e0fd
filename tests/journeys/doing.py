"""The journey's steps through the doors of the product: register, show codes, follow a session, ask for the figure."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx

from app.attendance.online import presence
from app.core.db import fetch
from app.core.signing import capability
from app.core.web.frame import Frame
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for
from tests.journeys.agenda import GATES, SESSIONS, Held, Scan, Session, Visit
from tests.journeys.crowd import Sending
from tests.ticketing.wishes import register

AT_ONCE = 16
"""Requests under way at a time, as many as a few busy browsers send."""
KPI = "/api/v1/kpi/overseas-participants"
SLOW_CLOCK = 440
"""Seconds by which the second phone's clock is slow, as it knows from its last contact with the server."""

Answered = tuple[Held, dict[str, Any]]


async def send_in(app: Frame, sendings: Sequence[Sending]) -> list[Answered]:
    """Register everybody, many at once, and return the tickets with what the product answered about them."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(http: httpx.AsyncClient, sending: Sending) -> list[Answered]:
        async with gate:
            answer = await register(http, sending.body, key=sending.key)
        assert answer.status_code == 201, answer.text
        tickets = answer.json()["tickets"]
        assert [t["name"] for t in tickets] == [w.name.strip() for w in sending.party]
        return [
            (Held(wanted, sending.week, ticket["id"], ticket["code"], wanted.residence), ticket)
            for wanted, ticket in zip(sending.party, tickets, strict=True)
        ]

    async with client(app) as http:
        found = await asyncio.gather(*(one(http, sending) for sending in sendings))
    return [pair for pairs in found for pair in pairs]


async def pictures(app: Frame, answered: Sequence[Answered]) -> list[str]:
    """Fetch the SVG picture of every ticket."""
    async with client(app) as http:
        answers = [await http.get(ticket["qr_svg_url"]) for _held, ticket in answered]
    assert {(a.status_code, a.headers["content-type"].partition(";")[0]) for a in answers} == {(200, "image/svg+xml")}
    return [answer.text for answer in answers]


class Doors:
    """Two phones that staff use at all gates; each numbers its scans by itself."""

    def __init__(self, app: Frame, clock: Clock, tokens: tuple[str, str], gates: dict[str, UUID]) -> None:
        self.clock = clock
        self.phones = tuple(client(app, token) for token in tokens)
        self.gates = gates
        self.last_seq = [0, 0]
        self.sent: list[tuple[Scan, dict[str, Any]]] = []

    @classmethod
    async def staffed(cls, app: Frame, clock: Clock) -> "Doors":
        """Enrol the phones and look the gates up."""
        rows = await fetch(
            "SELECT g.slug, g.id, e.organiser FROM gate g JOIN event e ON e.id = g.event"
            " WHERE g.slug = ANY($1::text[])",
            [gate.slug for gate in GATES],
        )
        assert len({row["organiser"] for row in rows}) >= 3
        tokens = (await token_for("staff", device="Phone 1"), await token_for("staff", device="Phone 2"))
        return cls(app, clock, tokens, {row["slug"]: row["id"] for row in rows})

    async def scan(self, window: Sequence[Scan], *, batch: int) -> None:
        """Upload what both phones have seen, at once; every third batch is sent twice at the same moment."""
        for scan in window:
            self.sent.append((scan, self._body(scan)))
        fresh = self.sent[-len(window) :]
        await asyncio.gather(*(self._phone(fresh, phone, batch) for phone in (0, 1)))

    async def _phone(self, fresh: Sequence[tuple[Scan, dict[str, Any]]], phone: int, batch: int) -> None:
        mine = [pair for pair in fresh if pair[0].device == phone]
        for n, pairs in enumerate(_cut(mine, batch)):
            again = 2 if n % 3 == 0 else 1
            answers = await asyncio.gather(*(self._upload(phone, [body for _, body in pairs]) for _ in range(again)))
            told = [[r["status"] for r in receipts] for receipts in answers]
            assert all(Counter(of_one)["stored"] == 1 for of_one in zip(*told, strict=True)), told
            assert {status for statuses in told for status in statuses} <= {"stored", "already_stored"}
            for receipts in answers:
                assert [(r["seq"], r["reason"]) for r in receipts] == [(b["seq"], s.expected) for s, b in pairs]

    def _body(self, scan: Scan) -> dict[str, Any]:
        self.last_seq[scan.device] += 1
        slow = SLOW_CLOCK * scan.device
        said = scan.at.timestamp() - slow
        return {
            "seq": self.last_seq[scan.device],
            "code": scan.code,
            "gate": str(self.gates[scan.gate.slug]),
            "direction": scan.direction,
            "scanned_at": scan.at.fromtimestamp(said, scan.at.tzinfo).isoformat(),
            "clock": {"monotonic_ms": round(said) * 1000, "offset_ms": slow * 1000},
        }

    async def _upload(self, phone: int, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = await self.phones[phone].post("/api/v1/scans", json={"scans": bodies})
        assert answer.status_code == 200, answer.text
        receipts: list[dict[str, Any]] = answer.json()["receipts"]
        return receipts

    async def scan_everything_again(self, chance: random.Random, *, batch: int) -> list[tuple[Scan, dict[str, Any]]]:
        """Send every scan once more, shuffled and in other batches, both phones at once; return the receipts."""
        shuffled = chance.sample(self.sent, len(self.sent))

        async def upload(phone: int, pairs: list[tuple[Scan, dict[str, Any]]]) -> list[tuple[Scan, dict[str, Any]]]:
            receipts = await self._upload(phone, [body for _, body in pairs])
            return [(scan, receipt) for (scan, _), receipt in zip(pairs, receipts, strict=True)]

        batches = [
            (phone, pairs) for phone in (0, 1) for pairs in _cut([p for p in shuffled if p[0].device == phone], batch)
        ]
        answers = await asyncio.gather(*(upload(phone, pairs) for phone, pairs in batches))
        return [pair for pairs in answers for pair in pairs]

    async def close(self) -> None:
        """Put the phones away."""
        for phone in self.phones:
            await phone.aclose()


def _cut(pairs: list[Any], size: int) -> list[list[Any]]:
    return [pairs[start : start + size] for start in range(0, len(pairs), size)]


async def session_ids() -> dict[str, UUID]:
    """Return the ids of the sessions that people follow."""
    rows = await fetch(
        "SELECT e.slug AS event, s.slug, s.id, s.starts_at, s.ends_at FROM session s JOIN event e ON e.id = s.event"
    )
    ids = {(row["event"], row["slug"], row["starts_at"], row["ends_at"]): row["id"] for row in rows}
    return {s.slug: ids[s.event, s.slug, s.starts_at, s.ends_at] for s in SESSIONS}


class Page:
    """One browser page in an online room."""

    def __init__(self, visit: Visit, session: UUID) -> None:
        self.visit = visit
        self.token = capability("join", UUID(visit.held.id), session)
        self.number = ""

    async def live(self, http: httpx.AsyncClient, clock: Clock) -> None:
        """Do what this page does at this moment: join, beat or leave."""
        now, session = clock(), self.visit.session
        if now == self.visit.signs[0]:
            await self._join(http)
        elif now in self.visit.signs:
            answer = await http.post("/api/v1/presence/beats", json={"token": self.token, "visit": self.number})
            assert answer.status_code == (410 if now >= session.ends_at else 200), answer.text
        if now == self.visit.left:
            answer = await http.post("/api/v1/presence/leave", json={"token": self.token, "visit": self.number})
            assert answer.status_code == 204, answer.text

    async def _join(self, http: httpx.AsyncClient) -> None:
        looked = await http.get(f"/join/{self.token}")  # as a mail scanner does: it counts nothing
        answer = await http.post(f"/api/v1/join/{self.token}")
        assert (looked.status_code, answer.status_code) == (200, 200), answer.text
        self.number = answer.json()["visit"]


async def knock(app: Frame, session: UUID, outsiders: Sequence[Held]) -> None:
    """Try to enter a session with tickets that do not open it, by links that nobody was given."""
    async with client(app) as http:
        for held in outsiders:
            answer = await http.post(f"/api/v1/join/{capability('join', UUID(held.id), session)}")
            assert answer.status_code == 403, (held.kind, answer.text)


async def follow(app: Frame, clock: Clock, session: Session, pages: Sequence[Page]) -> None:
    """Let a session pass, moment by moment; what was not closed by a farewell is closed by the sweep after it."""
    agenda: dict[Any, list[Page]] = defaultdict(list)
    for page in pages:
        for moment in {*page.visit.signs, page.visit.left} - {None}:
            agenda[moment].append(page)
    async with client(app) as http:
        for moment in sorted(agenda):
            clock.forward(seconds=(moment - clock()).total_seconds())
            await asyncio.gather(*(page.live(http, clock) for page in agenda[moment]))
    clock.forward(seconds=(session.ends_at - clock()).total_seconds() + 120)
    await presence.close_lost(now=clock())
