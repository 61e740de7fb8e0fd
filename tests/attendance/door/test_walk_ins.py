"""Whoever comes without a ticket is registered at the door, once, from the places there are, and gets a badge."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance.door import indexing
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from app.ticketing.registering import offers
from tests.attendance.conftest import Send
from tests.attendance.factories import covered_gate, gates, scan, ticket
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What was read of the offer before the test changed it."""
    offers.forget()
    yield
    offers.forget()


async def changed(change: str) -> None:
    """Change the citywide pass."""
    await fetch(f"UPDATE ticket_type SET {change} WHERE slug = 'citywide-pass'")
    offers.forget()


def walk_in(**changes: Any) -> dict[str, Any]:
    return {
        "form": str(uuid4()),
        "name": "林",
        "residence": "JP",
        "ticket_type": "citywide-pass",
        "language": "ja",
        **changes,
    }


async def send_in(
    phone: httpx.AsyncClient, body: dict[str, Any], *, gate: UUID | None = None, slug: str = "citywide-pass"
) -> httpx.Response:
    at = gate or (await covered_gate(slug)).id
    return await phone.post(f"/api/v1/gates/{at}/walk-ins", json=body)


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


async def test_walk_in_gets_a_code_that_opens_the_gate(phone: httpx.AsyncClient, send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    answer = await send_in(phone, walk_in(reading="はやし"))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert set(made) == {"ticket", "code", "page_url", "badge_url"}
    [receipt] = await send(scan(1, made["code"], gate.id))
    assert (receipt["verdict"], receipt["ticket"]["name"]) == ("admitted", "林")
    assert (await phone.get(made["page_url"])).status_code == 200
    row = await fetch(
        "SELECT r.status, r.language, t.residence, t.state FROM ticket t JOIN registration r ON r.id = t.registration"
    )
    assert [tuple(one) for one in row] == [("confirmed", "ja", "JP", "valid")]
    await indexing.catch_up(now=NOW)
    found = (await phone.get(f"/api/v1/gates/{gate.id}/guests", params={"q": "はや"})).json()["guests"]
    assert [(one["ticket"], one["inside"]) for one in found] == [(made["ticket"], True)]


async def test_same_form_makes_one_ticket(phone: httpx.AsyncClient) -> None:
    body = walk_in()
    first, second = await send_in(phone, body), await send_in(phone, body)
    assert first.content == second.content
    assert await value("SELECT count(*) FROM ticket") == 1
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guests.walk-in'") == 1
    other = await send_in(phone, {**body, "name": "孫"})
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "key-reused")


async def test_mail_only_with_an_address(phone: httpx.AsyncClient) -> None:
    assert (await send_in(phone, walk_in())).status_code == 201
    assert await value("SELECT count(*) FROM job WHERE name = 'ticketing.send_ticket'") == 0
    made = (await send_in(phone, walk_in(email="h@example.org"))).json()
    rows = await fetch("SELECT payload::text AS payload FROM job WHERE name = 'ticketing.send_ticket'")
    assert [made["ticket"] in row["payload"] for row in rows] == [True]


async def test_two_of_one_name_without_an_address_are_two_people(phone: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await send_in(phone, walk_in())).status_code == 201
    assert await value("SELECT count(DISTINCT person) FROM ticket") == 2


async def test_places_are_those_of_everybody(phone: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = taken + 1 WHERE slug = 'citywide'")
    assert (await send_in(phone, walk_in())).status_code == 201
    refused = await send_in(phone, walk_in())
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "sold-out")
    assert await value("SELECT taken = capacity FROM quota WHERE slug = 'citywide'") is True
    assert await value("SELECT count(*) FROM ticket") == 1


async def test_a_form_that_was_sold_out_may_come_again(phone: httpx.AsyncClient) -> None:
    body = walk_in()
    await fetch("UPDATE quota SET capacity = taken WHERE slug = 'citywide'")
    assert (await send_in(phone, body)).status_code == 409
    await fetch("UPDATE quota SET capacity = taken + 1 WHERE slug = 'citywide'")
    assert (await send_in(phone, body)).status_code == 201


async def test_every_wrong_field_is_named(phone: httpx.AsyncClient) -> None:
    body = walk_in(name="", residence="XX", email="nobody", form="1")
    assert {field for field, _code in wrong(await send_in(phone, body))} == {"name", "residence", "email", "form"}
    assert wrong(await send_in(phone, walk_in(ticket_type="none"))) == [("ticket_type", "choice")]
    assert wrong(await send_in(phone, walk_in(colour="red"))) == [("colour", "unknown")]


OTHERS = (
    "organiser = (SELECT o.id FROM organiser o, gate g JOIN event e ON e.id = g.event"
    " WHERE g.id = '{gate}' AND o.id <> e.organiser LIMIT 1)"
)


@pytest.mark.parametrize(
    ("change", "code"), [("price = 500", "price"), ("mode = 'online'", "not_covered"), (OTHERS, "not_covered")]
)
async def test_tickets_that_nobody_gives_out_at_this_door(app: Frame, rollback: None, change: str, code: str) -> None:
    gate = await covered_gate("citywide-pass")
    await changed(change.format(gate=gate.id))
    for role in ("staff", "lead"):
        async with client(app, await token_for(role)) as asker:
            assert wrong(await send_in(asker, walk_in(), gate=gate.id)) == [("ticket_type", code)]


async def test_ticket_of_another_event_is_not_given_out(phone: httpx.AsyncClient) -> None:
    covered = await covered_gate("yoxo-booth")
    other = next(gate for gate in await gates() if gate.organiser != covered.organiser)
    assert wrong(await send_in(phone, walk_in(ticket_type="yoxo-booth"), gate=other.id)) == [
        ("ticket_type", "not_covered")
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("admission = 'approval'", "lead"),
        ("admission = 'invitation'", "lead"),
        ("public = false", "lead"),
        ("sale_until = '2026-11-20T00:00Z'", "past"),
        ("sale_from = '2026-11-22T00:00Z'", "early"),
    ],
)
async def test_only_a_lead_gives_out_what_is_not_open(app: Frame, rollback: None, change: str, code: str) -> None:
    await changed(change)
    async with client(app, await token_for("staff")) as phone:
        assert wrong(await send_in(phone, walk_in())) == [("ticket_type", code)]
    async with client(app, await token_for("lead")) as lead:
        assert (await send_in(lead, walk_in())).status_code == 201
    assert await value("SELECT state FROM ticket") == "valid"


async def test_gates_out_of_scope_and_phones_without_enrolment(app: Frame, rollback: None) -> None:
    mine, other = (await gates())[:2]
    async with client(app, await token_for("staff", scope=Scope(gates=(mine.id,)))) as phone:
        assert (await send_in(phone, walk_in(), gate=other.id)).status_code == 404
        assert (await phone.get(f"/api/v1/gates/{other.id}/guests/{uuid4()}/badge")).status_code == 404
    async with client(app, await token_for("staff", bare=True)) as bare:
        assert (await send_in(bare, walk_in())).status_code == 403
    assert await value("SELECT count(*) FROM ticket") == 0


async def test_badge_of_one_guest(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    made = (await send_in(phone, walk_in())).json()
    answer = await phone.get(made["badge_url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["cache-control"] == "private, no-store"
    rows = await fetch("SELECT subject, detail FROM audit_entry WHERE action = 'guests.badges'")
    assert [(row["subject"], made["ticket"] in row["detail"]) for row in rows] == [(f"gate:{gate.id}", True)]


async def test_no_badge_for_strangers_and_for_what_does_not_open(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    canceled, foreign = await ticket(state="canceled"), await ticket("yoxo-booth")
    covered = await covered_gate("yoxo-booth")
    other = next(one for one in await gates() if one.organiser != covered.organiser)
    for at, made in ((gate, canceled.id), (other, foreign.id), (gate, uuid4())):
        assert (await phone.get(f"/api/v1/gates/{at.id}/guests/{made}/badge")).status_code == 404
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guests.badges'") == 0
