"""Rows of another organiser, named in the body of a form of one's own event: a voucher for her tickets, her guests."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.signing import capability
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Principal, Scope
from app.ticketing.guests.imports import kept
from app.ticketing.registering import offers
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value
from tests.security.tenants import Rows, rows_of, token_within, two_events

SECRET = "Hidden Guest"
"""The name of A's guest."""


class Both:
    """A's rows; B at the console of an event of B's own; a city officer."""

    rows: Rows
    event: UUID
    event_of_a: UUID
    organiser_of_a: UUID
    b: httpx.AsyncClient
    officer: httpx.AsyncClient

    def path(self, *parts: str) -> str:
        return "/".join([f"/console/events/{self.event}", *parts])


@pytest.fixture
async def both(app: Frame, rollback: None) -> AsyncIterator[Both]:
    found = Both()
    found.organiser_of_a, found.event_of_a, other, found.event = await two_events()
    found.rows = await rows_of(found.organiser_of_a, found.event_of_a)
    offers.forget()
    async with (
        client(app, await token_within("organiser", other), accept="text/html") as found.b,
        client(app, await token_for("officer"), accept="text/html") as found.officer,
    ):
        yield found
    offers.forget()


async def counts() -> dict[str, Any]:
    """Return what B could have made of A's rows."""
    asked = {
        "links": "SELECT count(*) FROM coverage",
        "draws": "SELECT count(*) FROM quota_use",
        "uses": "SELECT count(*) FROM question_use",
        "vouchers": "SELECT count(*) FROM voucher",
        "types": "SELECT count(*) FROM ticket_type",
        "quotas": "SELECT count(*) FROM quota",
        "states": "SELECT string_agg(id::text || state, ',' ORDER BY id) FROM ticket",
        "payments": "SELECT string_agg(id::text || state || received, ',' ORDER BY id) FROM payment",
    }
    return {name: await value(sql) for name, sql in asked.items()}


def type_form(both: Both, **changes: Any) -> dict[str, Any]:
    return {
        "title.en": "Pass", "events": [str(both.event)], "role": "visitor", "mode": "on_site", "entry_rule": "daily",
        "price": "0", "public": "true", **changes,
    }  # fmt: skip


def named(both: Both) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Return forms that name a row of A's: the path, what is sent, and the field that is wrong."""
    a = {name: str(row) for name, row in both.rows.items()}
    return {
        "event of a ticket type": ("tickets/new", type_form(both, events=[str(both.event_of_a)]), "events"),
        "quota of a ticket type": ("tickets/new", type_form(both, quotas=[a["quota"]]), "quotas"),
        "quota around a quota": ("quotas/new", {"name.en": "X", "capacity": "5", "within": a["quota"]}, "within"),
        "venue of a quota": ("quotas/new", {"name.en": "X", "capacity": "5", "venue": a["venue"]}, "venue"),
        "ticket type of a question": (
            "questions/new",
            {"label.en": "X", "kind": "text", "types": [a["ticket_type"]]},
            "types",
        ),
        "question before a question": (
            "questions/new",
            {"label.en": "X", "kind": "text", "shown": ["question-of-a:x"]},
            "shown",
        ),
        "ticket type of a voucher": (
            "vouchers/new",
            {"label": "X", "count": "1", "uses": "1", "effect": "free", "ticket_type": a["ticket_type"]},
            "ticket_type",
        ),
        "ticket type on badges": ("badges.pdf", {"size": "card", "ticket_type": a["ticket_type"]}, "ticket_type"),
        "guest on a badge": ("badges.pdf", {"size": "card", "ticket": a["ticket"]}, "ticket_type"),
        "ticket type on a list": ("list.pdf", {"size": "card", "ticket_type": a["ticket_type"]}, "ticket_type"),
    }


@pytest.mark.parametrize("what", list(named(type("None", (), {"rows": dict.fromkeys(
    ("quota", "venue", "ticket_type", "ticket"), ""), "event": "", "event_of_a": ""})())))  # fmt: skip
async def test_row_of_another_organiser_is_none_of_those_offered(both: Both, what: str) -> None:
    path, form, field = named(both)[what]
    before = await counts()
    answer = await both.b.post(both.path(path), data=form)
    assert answer.status_code == 422, answer.headers
    assert f'href="#{field}"' in answer.text or f"#{field}" in answer.text, re.findall(
        r'<li><a href="[^"]+">', answer.text
    )
    assert SECRET not in answer.text
    assert await counts() == before


@pytest.mark.parametrize("deed", ["approve", "refuse"])
async def test_nobody_decides_on_guests_of_another(both: Both, deed: str) -> None:
    await fetch("UPDATE ticket SET state = 'unapproved' WHERE id = $1", both.rows["ticket"])
    before = await counts()
    form = {"tickets": [str(both.rows["ticket"])], "reason": "Mine", "action": deed}
    assert (await both.b.post(both.path("guests", "approvals"), data=form)).status_code == 404
    assert await counts() == before


DEEDS = ("approve", "refuse", "reissue", "block", "unblock", "cancel", "remove")


@pytest.mark.parametrize("deed", DEEDS)
async def test_nobody_acts_on_guests_of_another(both: Both, deed: str) -> None:
    before = await counts()
    path = both.path("guests", str(both.rows["ticket"]), "do", deed)
    assert (await both.b.post(path, data={"reason": "Mine"})).status_code == 404
    assert await counts() == before


async def test_lists_of_guests_hold_none_of_another(both: Both) -> None:
    for form in ({"ticket_type": str(both.rows["ticket_type"])}, {"words": SECRET}, {"columns": ["name", "email"]}):
        answer = await both.b.post(both.path("guests", "export"), data=form)
        assert answer.status_code == 200
        assert SECRET not in answer.text.partition("\n")[2]
        shown = await both.b.get(both.path("guests"), params=form)
        assert "guest.of.a@example.org" not in shown.text


async def test_citys_payments_are_not_an_organisers(both: Both) -> None:
    await fetch("UPDATE payment SET organiser = NULL, provider = 'cash'")
    before = await counts()
    assert (await both.b.get(both.path("payments"), params={"of": "city"})).status_code == 404
    for path in ("payments/export", "payments/method", "payments/statement"):
        form = {"of": "city", "lines": "AAA-AAAA-A 3300", "action": "confirm"}
        assert (await both.b.post(both.path(path), data=form)).status_code == 404
    for below in ((), ("refunded",)):
        path = both.path("payments", str(both.rows["payment"]), *below)
        assert (await both.b.post(path, data={"received": "3300"})).status_code == 404
    assert await counts() == before


async def test_statement_finds_no_payment_of_another(both: Both) -> None:
    before = await counts()
    form = {"lines": "2026-11-21,3300,AAA-AAAA-A\nAAA-AAAA-A 3300", "action": "confirm"}
    answer = await both.b.post(both.path("payments", "statement"), data=form)
    assert answer.status_code == 200
    assert "Payer" not in answer.text
    assert await counts() == before


async def test_list_that_is_brought_names_no_ticket_type_of_another(both: Both) -> None:
    listed = {"file": ("guests.csv", b"Name,E-mail,Country,Ticket type\nA,x@example.org,JP,type-of-a\n")}
    form = {"ticket_type": str(both.rows["ticket_type"])}
    brought = await both.b.post(both.path("guests", "imports"), data=form, files=listed)
    if brought.status_code == 303:
        assert (await both.b.post(brought.headers["location"] + "/take")).status_code == 303
        assert await value("SELECT lines FROM guest_import ORDER BY created_at DESC LIMIT 1") == 1
        outcome = await fetch_one(
            "SELECT outcome FROM guest_import WHERE event = $1 AND taken_at IS NOT NULL", both.event
        )
        assert outcome is not None
        assert json.loads(outcome["outcome"])["wanted"] == 0
    else:
        assert brought.status_code == 422


async def test_list_that_the_city_brought_is_not_the_organisers(both: Both) -> None:
    """Officers give the city's tickets away through an event, to people whom its organiser does not know."""
    account = await access.add_account(role="officer", label="Office", now=NOW)
    own = await _own_type(both)
    listed = await kept.keep(
        event=both.event,
        data=b"Name,E-mail,Country\nVery Secret,v@example.org,JP\n",
        ticket_type=own,
        principal=Principal(role="officer", account=account, scope=Scope()),
        now=NOW,
    )
    address = both.path("guests", "imports", str(listed))
    shown = await both.b.get(address)
    assert (shown.status_code, "Very Secret" in shown.text) == (404, False)
    for below in ("/take", "/discard"):
        assert (await both.b.post(address + below)).status_code == 404
    assert str(listed) not in (await both.b.get(both.path("guests", "imports"))).text
    assert "Very Secret" in (await both.officer.get(address)).text
    assert (await both.officer.post(address + "/discard")).status_code == 303


async def _own_type(both: Both) -> UUID:
    answer = await both.b.post(both.path("tickets/new"), data=type_form(both))
    assert answer.status_code == 303
    offers.forget()
    row = await fetch_one("SELECT ticket_type FROM coverage WHERE event = $1 ORDER BY ticket_type LIMIT 1", both.event)
    assert row is not None
    return UUID(str(row["ticket_type"]))


async def test_receipt_of_somebody_else(both: Both) -> None:
    await fetch("UPDATE payment SET state = 'paid', received = amount, settled_at = $1", NOW)
    payment = both.rows["payment"]
    for token in (str(payment), capability("registration", payment), capability("receipt", both.rows["ticket"])):
        assert (await both.b.get(f"/receipts/{token}")).status_code == 404


async def test_file_of_a_guest_is_kept_by_the_browser_and_opened_by_nobody(both: Both, app: Frame) -> None:
    data = b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>"
    path = f"/console/events/{both.event_of_a}/guests/{both.rows['ticket']}/files/{both.rows['upload']}"
    async with client(app, await token_within("organiser", both.organiser_of_a)) as owner:
        answer = await owner.get(path)
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    assert data not in answer.content


async def test_every_road_to_a_file_is_its_own(both: Both, app: Frame) -> None:
    """The file of one guest is not reached through another guest of the same organiser."""
    ticket = await fetch_one("SELECT ticket FROM upload WHERE id = $1", both.rows["upload"])
    assert ticket is not None
    other = await value(
        "INSERT INTO ticket (id, registration, person, ticket_type, position, serial, code_digest, state, created_at)"
        " SELECT gen_random_uuid(), registration, person, ticket_type, 2, 8, 'y', 'valid', created_at FROM ticket"
        " WHERE id = $1 RETURNING id",
        both.rows["ticket"],
    )
    async with client(app, await token_within("organiser", both.organiser_of_a)) as owner:
        base = f"/console/events/{both.event_of_a}/guests"
        assert (await owner.get(f"{base}/{other}")).status_code == 200
        assert (await owner.get(f"{base}/{other}/files/{both.rows['upload']}")).status_code == 404
