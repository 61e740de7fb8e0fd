"""What belongs to one organiser, or to one account, does not exist for the others: every path that names a row."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from app.core.db import transaction
from app.core.web.frame import Frame
from app.people import access, sessions
from app.people.policy import POLICY, PUBLIC
from app.people.roles import Principal, Role, Scope
from tests.clock import NOW
from tests.security.askers import ADDRESSES, Askers
from tests.security.tenants import MAIL, Rows, own_rows, rows_of, token_within, two_events

TENANTS: tuple[Role, ...] = ("organiser", "lead", "staff")
"""Roles bound to an organiser; whoever reaches everything has no tenants to look into."""
WORDS = {"role": "staff", "deed": "block", "convention": "yokohama-2026"}
"""Parameters that are words, not rows."""
BODIES: dict[str, Any] = {
    "POST /api/v1/gates/{gate}/contact": {"queue": 0, "direction": "entry"},
    "POST /api/v1/gates/{gate}/walk-ins": {
        "form": "00000000-0000-4000-8000-000000000007",
        "name": "林",
        "residence": "JP",
        "ticket_type": "citywide-pass",
    },
    "POST /api/v1/gates/{gate}/guests/{ticket}/residence": {"residence": "DE"},
    "POST /api/v1/events/{event}/walk-ups": {"taps": [{"seq": 1, "tapped_at": "2026-11-21T10:00:00+09:00"}]},
}
"""What a program has to send before anything is looked up; forms may be empty."""
OWN = "/account/"
"""Under this path rows belong to an account, whatever its role."""


def parameters(route: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", route)


CLOSED = sorted(route for route in ADDRESSES if POLICY[route] != PUBLIC and parameters(route))
SHARED = [
    (route, role)
    for route in CLOSED
    for role in TENANTS
    if role in POLICY[route] and not route.partition(" ")[2].startswith(OWN)
]
PERSONAL = [route for route in CLOSED if route.partition(" ")[2].startswith(OWN)]


class Undo(Exception):
    """Takes back what a request did, so that the next one finds the row."""


async def status(asker: httpx.AsyncClient, route: str, rows: Rows) -> int:
    """Ask for a route with these rows, undo it, and return the status."""
    method, path = route.split()
    address = re.sub(r"\{(\w+)\}", lambda match: str(rows.get(match[1]) or WORDS[match[1]]), path)
    with contextlib.suppress(Undo), capture_logs():
        async with transaction():
            answer = await asker.request(method, address, json=BODIES.get(route))
            raise Undo
    assert answer.status_code < 500, (route, answer.text)
    return answer.status_code


class Sides(Askers):
    """The owner A with its rows, and B, who has an event of its own; both in every role of `TENANTS`."""

    rows: Rows
    organiser: UUID
    event_of_b: UUID

    async def set_up(self) -> None:
        self.organiser, event, other, self.event_of_b = await two_events()
        self.rows = await rows_of(self.organiser, event)
        for role in TENANTS:
            await self.add(f"a {role}", await token_within(role, self.organiser))
            await self.add(f"b {role}", await token_within(role, other))


@pytest.fixture
async def sides(app: Frame, rollback: None) -> AsyncIterator[Sides]:
    found = Sides(app)
    async with found.stack:
        await found.set_up()
        yield found


def test_every_parameter_is_a_row_of_this_test() -> None:
    """A new kind of row: add it to `rows_of` or `own_rows`, so that it falls under these tests."""
    known = {
        "event",
        "venue",
        "gate",
        "rule",
        "session",
        "ticket_type",
        "quota",
        "question",
        "voucher",
        "payment",
        "message",
        "ticket",
        "upload",
        "guest_import",
        "report",
        "stay",
        "account",
        "device",
        "invitation",
        "code",
    }
    assert {name for route, _role in SHARED for name in parameters(route)} - known == set(WORDS)
    assert {name for route in PERSONAL for name in parameters(route)} <= {
        "passkey",
        "session",
        "person",
        "consent",
        "token",
    }


@pytest.mark.parametrize(("route", "role"), [pair for pair in SHARED if not set(parameters(pair[0])) <= set(WORDS)])
async def test_rows_of_another_organiser_do_not_exist(sides: Sides, route: str, role: str) -> None:
    owner, stranger = sides.clients[f"a {role}"], sides.clients[f"b {role}"]
    assert await status(stranger, route, sides.rows) == 404
    assert await status(owner, route, sides.rows) not in {401, 403, 404}, "the owner finds it, so it was the scope"


@pytest.mark.parametrize(
    ("route", "role"),
    [pair for pair in SHARED if "event" in parameters(pair[0]) and not set(parameters(pair[0])) <= {"event", *WORDS}],
)
async def test_rows_of_another_organiser_cannot_be_reached_through_ones_own_event(
    sides: Sides, route: str, role: str
) -> None:
    mixed = {**sides.rows, "event": sides.event_of_b}
    assert await status(sides.clients[f"b {role}"], route, mixed) == 404


@pytest.mark.parametrize("route", PERSONAL)
async def test_rows_of_another_account_do_not_exist(app: Frame, rollback: None, route: str) -> None:
    askers = Askers(app)
    async with askers.stack:
        account, owner = await signed_in(askers, MAIL)
        _other, stranger = await signed_in(askers, "b@example.org")
        rows = await own_rows(account)
        assert await status(stranger, route, rows) == 404
        assert await status(owner, route, rows) not in {401, 403, 404}, "the owner finds it, so it was the account"


async def signed_in(askers: Askers, address: str) -> tuple[UUID, httpx.AsyncClient]:
    """Return an account and its browser, signed in by a passkey a moment ago."""
    account = await access.add_account(
        role="organiser", label="Somebody", now=NOW, scope=Scope(organisers=()), email=address
    )
    cookie = await sessions.open_session(account=account, strength="strong", now=NOW)
    browser = await askers.add(address)
    browser.cookies.set(access.session_cookie(), cookie)
    browser.headers["x-csrf-token"] = access.csrf_token(cookie)
    return account, browser


async def test_scope_is_what_holds_this_apart(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutation: with the scope of A, every row of A opens to B: nothing else kept them apart."""
    real = access._principal

    def widened(row: Any) -> Any:
        return msgspec.structs.replace(real(row), scope=Scope(organisers=(sides.organiser,)))

    async def as_asked(principal: Principal) -> Principal:
        """Leave out the second look at the scope, which offers to others take under a lock."""
        return principal

    monkeypatch.setattr(access, "_principal", widened)
    monkeypatch.setattr(access, "holding", as_asked)
    access.forget()
    closed = [
        f"{role} at {route}"
        for route, role in SHARED
        if not set(parameters(route)) <= set(WORDS)
        and await status(sides.clients[f"b {role}"], route, sides.rows) == 404
    ]
    assert closed == []
