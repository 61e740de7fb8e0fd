"""Packs through HTTP: who gets one, what is in it, what has changed since, and what nobody can read in it."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.attendance.packs import keys, layout
from app.attendance.packs.layout import Pack
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import erasure, persons
from app.people.roles import Scope
from app.people.schemas import Details
from app.ticketing.tickets import code_digest
from tests.attendance.factories import Made, Place, covered_gate, gates, signed, ticket, ticket_type
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value

DAY = dt.timedelta(days=1)


async def fetched(phone: httpx.AsyncClient, gate: Place, since: int | None = None) -> Pack:
    """Fetch a pack and check its signature."""
    answer = await phone.get(f"/api/v1/gates/{gate.id}/pack", params={} if since is None else {"since": since})
    assert answer.status_code == 200, answer.text
    return await opened(answer, gate)


async def opened(answer: httpx.Response, gate: Place) -> Pack:
    """Read the pack of an answer."""
    public = keys.public_half("pack", gate.number, 0)
    pack = layout.read(answer.content, {0: Ed25519PublicKey.from_public_bytes(public)})
    assert answer.headers["etag"] == f'"{pack.head.number}"'
    return pack


def record_of(pack: Pack, made: Made) -> bytes:
    """Return the record of a ticket, long or short."""
    tag = layout.tag_of(made.serial)
    [found] = [record for record in (*pack.records, *pack.others) if record.startswith(tag)]
    return found


def tags(pack: Pack) -> set[bytes]:
    return {record[: layout.TAG] for record in (*pack.records, *pack.others)}


async def test_pack_holds_every_ticket_of_the_convention(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    here = await ticket(name="李娜")
    [row, *_] = await fetch(
        "SELECT slug FROM ticket_type WHERE id NOT IN (SELECT ticket_type FROM coverage WHERE event = $1)", gate.event
    )
    elsewhere = await ticket(row["slug"], name="Nobody", residence=None, state="canceled")
    answer = await phone.get(f"/api/v1/gates/{gate.id}/pack")
    pack = await opened(answer, gate)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/octet-stream", "no-store")
    assert (len(pack.records), len(pack.others), pack.gone, pack.head.since) == (1, 1, [], None)
    kind = await ticket_type()
    party = await value("SELECT party FROM registration WHERE id = $1", here.registration)
    assert layout.line_of(pack.records[0]) == layout.Line(
        tag=layout.tag_of(here.serial),
        generation=0,
        status="valid",
        residence_known=True,
        product=kind["number"],
        party=party,  # type: ignore[arg-type]
    )
    assert layout.unsealed(pack.records[0], here.code) == layout.Sealed("李娜", "en")
    line = layout.line_of(pack.others[0])
    assert (line.tag, line.status, line.residence_known) == (layout.tag_of(elsewhere.serial), "canceled", False)
    for words in ("李娜", "Nobody", here.code, elsewhere.code):
        assert words.encode() not in answer.content


async def test_head_says_what_a_gate_asks(phone: httpx.AsyncClient) -> None:
    gate, kind = await covered_gate("citywide-pass"), await ticket_type()
    await fetch("UPDATE gate SET opens_at = '09:00', elsewhere = 'refuse' WHERE id = $1", gate.id)
    await fetch(
        "INSERT INTO gate_rule (id, gate, ticket_type, admits, entry_rule, entry_times, days, revision)"
        " VALUES ($1, $2, $3, true, 'times', 2, '[\"2026-11-21\"]', 0)",
        uuid4(),
        gate.id,
        kind["id"],
    )
    head = (await fetched(phone, gate)).head
    assert (head.format, head.made_at, head.kid) == (1, NOW, 0)
    assert (head.gate.id, head.gate.event, head.gate.venue) == (gate.id, gate.event, gate.venue)
    assert (head.gate.opens_at, head.gate.elsewhere, head.gate.inside) == (dt.time(9), "refuse", 0)
    [rule] = head.gate.rules
    assert (rule.product, rule.entry_rule, rule.entry_times, rule.days) == (
        kind["id"], "times", 2, (dt.date(2026, 11, 21),),
    )  # fmt: skip
    assert (head.convention.number, head.convention.slug, head.convention.zone) == (
        gate.number, "yokohama-2026", "Asia/Tokyo",
    )  # fmt: skip
    assert {product.number for product in head.products} == {
        row["number"] for row in await fetch("SELECT number FROM ticket_type WHERE convention = $1", kind["convention"])
    }
    assert {door.id for door in head.gates} == {g.id for g in await gates()}
    assert [key.public for key in head.keys] == [keys.public_half("ticket", gate.number, 0).hex()]
    assert head.pack_keys == [layout.PackKey(0, keys.public_half("pack", gate.number, 0).hex())]


async def test_drafts_are_named_to_their_own_gates_alone(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    other = next(g for g in await gates() if g.event != gate.event)
    await fetch("UPDATE event SET published_at = NULL WHERE id = $1", other.event)
    head, own = (await fetched(phone, gate)).head, (await fetched(phone, other)).head
    assert other.event not in {event.id for event in head.events} | {door.event for door in head.gates}
    assert other.event in {event.id for event in own.events}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("valid", "valid"), ("canceled", "canceled"), ("blocked", "blocked"), ("unpaid", "unpaid"),
        ("unapproved", "unapproved"), ("waiting", "unapproved"), ("offered", "unapproved"),
    ],
)  # fmt: skip
async def test_state_of_a_ticket_is_in_its_record(phone: httpx.AsyncClient, state: str, status: str) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(state=state)
    assert layout.line_of(record_of(await fetched(phone, gate), made)).status == status


async def test_tickets_of_a_party_share_its_number(phone: httpx.AsyncClient) -> None:
    gate, first = await covered_gate("citywide-pass"), await ticket()
    second, stranger = await ticket(registration=first.registration), await ticket()
    pack = await fetched(phone, gate)
    numbers = [layout.line_of(record_of(pack, made)).party for made in (first, second, stranger)]
    assert numbers[0] == numbers[1] != numbers[2]


async def test_name_of_the_ticket_stands_before_that_of_the_person(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(name="As a person")
    key = await value("SELECT key FROM person WHERE id = $1", made.person)
    assert isinstance(key, bytes)
    own = persons.seal_details(key, Details(name="On the ticket", email="x@example.org"))
    await fetch("UPDATE ticket SET sealed = $2 WHERE id = $1", made.id, own)
    assert layout.unsealed(record_of(await fetched(phone, gate), made), made.code) == layout.Sealed(
        "On the ticket", "en"
    )


async def test_erased_person_has_no_name(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(name="Erased")
    before = await fetched(phone, gate)
    await erasure.erase(persons=[made.person], actor="test", now=NOW)
    delta = await fetched(phone, gate, before.head.number)
    assert layout.unsealed(record_of(delta, made), made.code) == layout.Sealed("", "en")


async def test_damaged_details_stop_no_gate(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await fetch("UPDATE person_details SET sealed = '\\x00' WHERE person = $1", made.person)
    assert layout.unsealed(record_of(await fetched(phone, gate), made), made.code) == layout.Sealed("", "en")


RENAMED = {
    "details corrected": "UPDATE person_details SET sealed = sealed WHERE person = $1",
    "details of the ticket": "UPDATE ticket SET sealed = '\\x01' WHERE person = $1",
    "passed on": "UPDATE ticket SET person = (SELECT id FROM person WHERE id <> $1 LIMIT 1) WHERE person = $1",
    "another language": "UPDATE registration SET language = 'ja' WHERE person = $1",
    "details erased": "DELETE FROM person_details WHERE person = $1",
}


@pytest.mark.parametrize("change", RENAMED)
async def test_no_two_texts_are_sealed_with_one_key_stream(phone: httpx.AsyncClient, change: str) -> None:
    """Whatever changes the plaintext under one code counts `sealings` up, which moves the start of the stream."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await ticket(name="Another")
    before = record_of(await fetched(phone, gate), made)
    await fetch(RENAMED[change], made.person)
    after = record_of(await fetched(phone, gate), made)
    assert before[16:18] != after[16:18]


async def test_change_that_leaves_the_name_leaves_the_seal(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    before = record_of(await fetched(phone, gate), made)
    await fetch("UPDATE ticket SET state = 'blocked' WHERE id = $1", made.id)
    after = record_of(await fetched(phone, gate), made)
    assert (before[16:], before != after) == (after[16:], True)


async def test_new_code_opens_the_details_and_the_old_one_does_not(phone: httpx.AsyncClient) -> None:
    gate, made, kind = await covered_gate("citywide-pass"), await ticket(name="李娜"), await ticket_type()
    new = signed(kind["scope"], kind["number"], made.serial, 1)
    await fetch("UPDATE ticket SET generation = 1, code_digest = $2 WHERE id = $1", made.id, code_digest(new))
    record = record_of(await fetched(phone, gate), made)
    assert layout.line_of(record).generation == 1
    assert layout.unsealed(record, new) == layout.Sealed("李娜", "en")
    opened_by_old = layout.unsealed(record, made.code)
    assert opened_by_old is None or opened_by_old.name != "李娜"


async def test_pack_is_for_those_who_may_see_the_gate(app: Frame, phone: httpx.AsyncClient) -> None:
    first, second = (await gates())[:2]
    async with client(app, await token_for("staff", scope=Scope(gates=(first.id,)))) as scoped:
        assert (await scoped.get(f"/api/v1/gates/{first.id}/pack")).status_code == 200
        assert (await scoped.get(f"/api/v1/gates/{second.id}/pack")).status_code == 404
    assert (await phone.get(f"/api/v1/gates/{uuid4()}/pack")).status_code == 404
    stranger = Scope(organisers=(UUID(int=1),))
    async with client(app, await token_for("lead", scope=stranger, bare=True)) as lead:
        assert (await lead.get(f"/api/v1/gates/{first.id}/pack")).status_code == 404


async def test_revoked_phone_gets_no_pack(app: Frame, phone: httpx.AsyncClient, clock: Clock) -> None:
    gate, token = await covered_gate("citywide-pass"), await token_for("staff")
    await fetch("UPDATE device SET revoked_at = $2 WHERE id = $1", await device_of(token), NOW)
    clock.forward(seconds=1)
    async with client(app, token) as lost:
        for answer in (
            await lost.get(f"/api/v1/gates/{gate.id}/pack"),
            await lost.post(f"/api/v1/gates/{gate.id}/contact", json={"queue": 0, "direction": "entry"}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/device-revoked")


@pytest.mark.parametrize("since", ["-1", "x", str(2**53)])
async def test_number_that_is_none_is_refused(phone: httpx.AsyncClient, since: str) -> None:
    gate = await covered_gate("citywide-pass")
    answer: Any = await phone.get(f"/api/v1/gates/{gate.id}/pack", params={"since": since})
    assert answer.status_code == 422


async def test_number_of_another_database_gives_a_whole_pack(phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    pack = await fetched(phone, gate, 2**53 - 1)
    assert (pack.head.since, tags(pack)) == (None, {layout.tag_of(made.serial)})


async def test_first_keys_are_made_when_a_convention_has_none(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await fetch("DELETE FROM signing_key")
    clock.forward(days=1)
    head = (await fetched(phone, gate)).head
    assert [(key.kid, key.not_before) for key in head.keys] == [(0, NOW + DAY)]
