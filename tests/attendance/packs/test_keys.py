"""Keys that change while phones are off line, and keys that have leaked: through packs and scans alike."""

import datetime as dt
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.attendance.errors import NoKeyLeft
from app.attendance.packs import keys, layout
from app.core.db import fetch
from app.core.errors import NotFound
from app.ticketing.codes import parse
from app.ticketing.life import reissue
from app.ticketing.life.by import By
from app.ticketing.registering import offers
from tests.attendance.conftest import Send
from tests.attendance.factories import covered_gate, scan, signed, ticket, ticket_type
from tests.attendance.packs.test_packs import fetched, record_of
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.wishes import wish

SLUG = "yokohama-2026"
WEEK = dt.timedelta(days=7)
SECOND = dt.timedelta(seconds=1)


async def registered(http: httpx.AsyncClient) -> str:
    """Register somebody through HTTP and return the code."""
    offers.forget()
    answer = await http.post(
        f"/api/v1/conventions/{SLUG}/registrations", json=wish(), headers={"idempotency-key": str(uuid4())}
    )
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["tickets"][0]["code"]
    return code


async def rotated(purpose: keys.Purpose = "ticket", now: dt.datetime = NOW) -> keys.Key:
    return await keys.rotate(slug=SLUG, purpose=purpose, actor="test", now=now)


async def distrusted(kid: int, purpose: keys.Purpose = "ticket", now: dt.datetime = NOW) -> keys.Key:
    return await keys.distrust(slug=SLUG, purpose=purpose, kid=kid, actor="test", now=now)


async def test_new_key_is_announced_a_week_before_it_signs(http: httpx.AsyncClient, clock: Clock) -> None:
    await fetch("UPDATE signing_key SET not_before = $1", NOW - 2 * WEEK)
    clock.moment = NOW - WEEK
    made = await rotated(now=clock.moment)
    assert (made.kid, made.not_before) == (1, NOW)
    found = await keys.listed(slug=SLUG, purpose="ticket")
    assert [(key.kid, key.not_after) for key in found] == [(0, NOW), (1, None)]
    assert [key.state(NOW - SECOND) for key in found] == ["signs", "announced"]
    assert [key.state(NOW) for key in found] == ["retired", "signs"]
    for moment, kid in ((NOW - WEEK, 0), (NOW - SECOND, 0), (NOW, 1)):
        clock.moment = moment
        assert parse(await registered(http)).payload.kid == kid
    assert await value("SELECT array_agg(kid ORDER BY created_at) FROM ticket") == [0, 0, 1]


async def test_announced_key_is_not_announced_twice(http: httpx.AsyncClient) -> None:
    assert await rotated() == await rotated(now=NOW + SECOND)
    assert len(await keys.listed(slug=SLUG, purpose="ticket")) == 2
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'keys.rotate'") == 1


async def test_phone_that_was_off_line_for_a_week_knows_the_new_key(
    phone: httpx.AsyncClient, send: Send, clock: Clock
) -> None:
    """Its pack from the day of the announcement proves codes that are signed a week later."""
    gate, kind, made = await covered_gate("citywide-pass"), await ticket_type(), await ticket()
    await fetch("UPDATE signing_key SET not_before = $1", NOW - 2 * WEEK)
    clock.moment = NOW - WEEK
    await rotated(now=clock.moment)
    head = (await fetched(phone, gate)).head
    assert {key.kid: key.not_before for key in head.keys} == {0: NOW - 2 * WEEK, 1: NOW}
    clock.moment = NOW
    await reissue.reissue(ticket=made.id, by=By("holder"), now=NOW)
    row = (await fetch("SELECT kid, generation FROM ticket WHERE id = $1", made.id))[0]
    assert (row["kid"], row["generation"]) == (1, 1)
    code = signed(kind["scope"], kind["number"], made.serial, 1, kid=1)
    known = {key.kid: Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)) for key in head.keys}
    known[1].verify(parse(code).signature, parse(code).signed)
    receipts = await send(scan(1, made.code, gate.id), scan(2, code, gate.id))
    assert [receipt["reason"] for receipt in receipts] == ["superseded", None]


async def test_tickets_of_the_key_before_stay_good(send: Send, http: httpx.AsyncClient, clock: Clock) -> None:
    gate, made, kind = await covered_gate("citywide-pass"), await ticket(), await ticket_type()
    await rotated(now=NOW - WEEK)
    receipts = await send(scan(1, made.code, gate.id), scan(2, signed(kind["scope"], kind["number"], 5), gate.id))
    assert [receipt["reason"] for receipt in receipts] == [None, "revoked"]


async def test_distrusted_key_proves_nothing_but_its_tickets_stay_good(
    send: Send, phone: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    gate, kind, made = await covered_gate("citywide-pass"), await ticket_type(), await ticket(name="李娜")
    stand_in = await distrusted(0)
    assert (stand_in.kid, stand_in.not_before) == (1, NOW)
    forged = signed(kind["scope"], kind["number"], 12345)
    newer = signed(kind["scope"], kind["number"], made.serial, 1)
    good, *bad = await send(scan(1, made.code, gate.id), scan(2, forged, gate.id), scan(3, newer, gate.id))
    assert (good["verdict"], good["ticket"]["name"]) == ("admitted", "李娜")
    assert [receipt["reason"] for receipt in bad] == ["unknown_key", "unknown_key"]
    pack = await fetched(phone, gate)
    by_kid = {key.kid: key for key in pack.head.keys}
    assert (by_kid[0].distrust_after, by_kid[1].distrust_after) == (NOW, None)
    record = record_of(pack, made)
    assert layout.unsealed(record, made.code) == layout.Sealed("李娜", "en")
    assert not any(r.startswith(layout.tag_of(12345)) for r in (*pack.records, *pack.others))
    opened = layout.unsealed(record, newer)
    assert opened is None or opened.name != "李娜"
    assert parse(await registered(http)).payload.kid == 1


async def test_announced_key_steps_in_for_a_distrusted_one(http: httpx.AsyncClient) -> None:
    await rotated()
    stand_in = await distrusted(0)
    assert (stand_in.kid, stand_in.not_before) == (1, NOW)
    assert [key.state(NOW) for key in await keys.listed(slug=SLUG, purpose="ticket")] == ["distrusted", "signs"]
    assert await distrusted(0) == stand_in


async def test_distrusting_a_key_that_is_retired_changes_nothing_else(http: httpx.AsyncClient) -> None:
    await rotated(now=NOW - WEEK)
    assert (await distrusted(0)).kid == 1
    assert len(await keys.listed(slug=SLUG, purpose="ticket")) == 2


async def test_first_moment_of_distrust_stands(http: httpx.AsyncClient) -> None:
    await distrusted(0, now=NOW)
    await distrusted(0, now=NOW + SECOND)
    assert (await keys.listed(slug=SLUG, purpose="ticket"))[0].distrust_after == NOW


async def test_next_pack_key_is_known_before_it_signs(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await fetched(phone, gate)
    await rotated("pack")
    before = (await fetched(phone, gate)).head
    assert (before.kid, [key.kid for key in before.pack_keys]) == (0, [0, 1])
    clock.moment = NOW + WEEK
    answer = await phone.get(f"/api/v1/gates/{gate.id}/pack")
    trusted = {key.kid: Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)) for key in before.pack_keys}
    assert layout.read(answer.content, trusted).head.kid == 1
    with pytest.raises(layout.BadPack):
        layout.read(answer.content, {0: trusted[0]})


async def test_distrusted_pack_key_signs_no_more_and_is_announced_no_more(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    await fetched(phone, gate)
    await distrusted(0, "pack")
    answer = await phone.get(f"/api/v1/gates/{gate.id}/pack")
    public = Ed25519PublicKey.from_public_bytes(keys.public_half("pack", gate.number, 1))
    head = layout.read(answer.content, {1: public}).head
    assert (head.kid, [key.kid for key in head.pack_keys]) == (1, [1])


async def test_keys_of_packs_and_tickets_are_different(http: httpx.AsyncClient) -> None:
    assert keys.public_half("pack", 27, 0) != keys.public_half("ticket", 27, 0)
    assert keys.public_half("pack", 27, 0) != keys.public_half("pack", 28, 0)


async def test_key_of_packs_signs_no_tickets(send: Send, phone: httpx.AsyncClient) -> None:
    """The same number of key, the same scope: only the purpose keeps them apart."""
    gate, kind = await covered_gate("citywide-pass"), await ticket_type()
    await fetched(phone, gate)
    code = signed(kind["scope"], kind["number"], 7)
    public = Ed25519PublicKey.from_public_bytes(keys.public_half("pack", kind["scope"], 0))
    with pytest.raises(InvalidSignature):
        public.verify(parse(code).signature, parse(code).signed)
    [receipt] = await send(scan(1, code, gate.id))
    assert receipt["reason"] == "revoked", "proved by the ticket key, and in no book of ours"


async def test_unknown_convention_or_key_is_not_found(http: httpx.AsyncClient) -> None:
    calls: list[Any] = [
        keys.rotate(slug="nowhere", purpose="ticket", actor="test", now=NOW),
        keys.distrust(slug=SLUG, purpose="ticket", kid=9, actor="test", now=NOW),
        keys.listed(slug="nowhere", purpose="pack"),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await call


async def test_keys_end_at_a_byte(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE signing_key SET kid = 255 WHERE purpose = 'ticket'")
    with pytest.raises(NoKeyLeft):
        await rotated()


async def test_every_change_of_keys_is_in_the_audit_log(http: httpx.AsyncClient) -> None:
    await rotated("pack")
    await distrusted(0)
    found = await fetch("SELECT action, subject, detail, actor FROM audit_entry ORDER BY position")
    assert [tuple(row) for row in found] == [
        ("keys.rotate", f"convention:{SLUG}", '{"kid":1,"purpose":"pack"}', "test"),
        ("keys.distrust", f"convention:{SLUG}", '{"kid":0,"purpose":"ticket"}', "test"),
    ]
