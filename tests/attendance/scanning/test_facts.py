"""Facts that come late: what a device showed in the end, undos, check-ins by hand, tickets that changed meanwhile."""

import datetime as dt
from collections.abc import AsyncIterator
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance import ledger
from app.attendance.queries import took_part
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people.roles import Scope
from app.ticketing.tickets import code_digest
from tests.attendance.conftest import Send
from tests.attendance.factories import Made, Place, covered_gate, gates, scan, second_door, signed, ticket, ticket_type
from tests.attendance.scanning.standing import counts, evidence
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value

MINUTE = dt.timedelta(minutes=1)
ADMITTED: dict[str, Any] = {"device_verdict": {"verdict": "admitted", "reason": None}}
REFUSED: dict[str, Any] = {"device_verdict": {"verdict": "refused", "reason": "already_admitted"}}


def undo(seq: int, of: int, gate: UUID, *, device: object = None, at: dt.datetime = NOW) -> dict[str, Any]:
    """Return the undo of another scan."""
    undoes = {"seq": of} if device is None else {"seq": of, "device": str(device)}
    return {"seq": seq, "gate": str(gate), "direction": "undo", "scanned_at": at.isoformat(), "undoes": undoes}


@pytest.fixture
async def other(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """A second phone."""
    async with client(app, await token_for("staff", device="Phone 2")) as found:
        yield found


@pytest.fixture
async def lead(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """A lead's phone."""
    async with client(app, await token_for("lead", device="Lead")) as found:
        yield found


async def inside(made: Made) -> object:
    """Return in which venue a ticket is by its state."""
    rows = await fetch("SELECT inside_venue FROM ticket_state WHERE ticket = $1", made.id)
    return rows[0][0] if rows else None


async def times() -> list[dt.datetime]:
    """Return when people came in, by the evidence that stands."""
    return [entry["starts_at"] for entry in await evidence()]


# What the device showed in the end.


async def test_device_that_refused_takes_back_the_answer_that_came_too_late(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    [first] = await send(scan(1, made.code, gate.id))
    for status in ("already_stored", "already_stored"):
        [again] = await send(scan(1, made.code, gate.id, **REFUSED))
        assert (again["status"], again["verdict"], again["reason"]) == (status, "refused", "already_admitted")
    [plain] = await send(scan(1, made.code, gate.id))
    assert (first["verdict"], plain["verdict"]) == ("admitted", "refused")
    assert (await inside(made), await times(), await counts()) == (None, [], [])
    assert await value("SELECT count(*) FROM scan_final") == 1
    kinds = [row["kind"] for row in await fetch("SELECT kind FROM ledger_entry ORDER BY position")]
    assert kinds == ["scan", "void"]
    assert (await ledger.verify()).broken == 0


async def test_device_that_let_somebody_in_is_believed(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(state="canceled")
    [first] = await send(scan(1, made.code, gate.id))
    assert (first["verdict"], first["reason"]) == ("refused", "canceled")
    [final] = await send(scan(1, made.code, gate.id, **ADMITTED))
    assert (final["verdict"], final["reason"], final["warnings"]) == ("admitted", "canceled", ["admitted_although"])
    assert (await inside(made), await times(), await counts()) == (gate.venue, [NOW], [])


async def test_device_verdict_at_the_first_upload_is_a_fact_at_once(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(state="blocked")
    [receipt] = await send(scan(1, made.code, gate.id, **ADMITTED))
    assert (receipt["status"], receipt["verdict"], receipt["reason"]) == ("stored", "admitted", "blocked")
    assert (receipt["warnings"], await times()) == (["admitted_although"], [NOW])
    assert receipt["explanation"] == "This ticket is blocked; please ask the help desk."


async def test_same_scan_with_and_without_what_was_shown_in_one_upload(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    receipts = await send(scan(1, made.code, gate.id), scan(1, made.code, gate.id, **REFUSED))
    assert [(r["status"], r["verdict"]) for r in receipts] == [("stored", "refused"), ("already_stored", "refused")]
    assert (await inside(made), await times()) == (None, [])


async def test_two_final_verdicts_are_a_refusal_in_every_order(send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    for seq, order in enumerate(permutations([{}, ADMITTED, REFUSED])):
        made = await ticket()
        for said in order:
            [receipt] = await send(scan(seq, made.code, gate.id, **said))
        assert (receipt["verdict"], await inside(made)) == ("refused", None)
    assert await times() == []


async def test_code_that_proves_nobody_moves_nobody(send: Send) -> None:
    """A phone that let in a superseded code let somebody in; we cannot know whom."""
    gate, made, kind = await covered_gate("citywide-pass"), await ticket(generation=1), await ticket_type()

    [old] = await send(scan(1, signed(kind["scope"], kind["number"], made.serial, 0), gate.id, **ADMITTED))
    assert (old["verdict"], old["reason"], old["warnings"]) == ("admitted", "superseded", ["admitted_although"])
    assert (await inside(made), await times(), old["ticket"]) == (None, [], None)


async def test_final_refusal_gives_the_place_to_who_really_came_in(
    app: Frame, send: Send, other: httpx.AsyncClient, clock: Clock
) -> None:
    """Admitted by the server for phone 1, which had refused by then; phone 2 let the guest in a minute later."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    clock.forward(minutes=5)
    await send(scan(1, made.code, gate.id, at=NOW))
    [second] = await send(scan(1, made.code, gate.id, at=NOW + MINUTE), by=other)
    assert second["reason"] == "already_admitted"
    await send(scan(1, made.code, gate.id, at=NOW, **REFUSED))
    assert (await inside(made), await times()) == (gate.venue, [NOW + MINUTE])


# Undo.


async def test_undo_takes_an_entry_back(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    receipts = await send(scan(1, made.code, gate.id, at=NOW - MINUTE), undo(2, 1, gate.id))
    assert [(r["status"], r["verdict"]) for r in receipts] == [("stored", "admitted")] * 2
    assert receipts[1]["ticket"]["inside"] == 0
    assert (await inside(made), await times(), await counts()) == (None, [], [])
    [again] = await send(undo(2, 1, gate.id))
    assert again["status"] == "already_stored"


async def test_undo_of_an_exit_brings_the_guest_back_in(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, gate.id, at=NOW - 2 * MINUTE), scan(2, made.code, gate.id, "exit", at=NOW - MINUTE))
    assert await inside(made) is None
    await send(undo(3, 2, gate.id))
    assert (await inside(made), await counts()) == (gate.venue, [])


async def test_undo_that_comes_first_is_kept_for_its_scan(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    [early] = await send(undo(2, 1, gate.id))
    assert (early["status"], early["verdict"], early["ticket"]) == ("stored", "admitted", None)
    [late] = await send(scan(1, made.code, gate.id))
    assert (late["status"], late["verdict"]) == ("stored", "admitted")
    assert (await inside(made), await times()) == (None, [])


async def test_undo_of_an_undo_changes_nothing(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    for order in permutations(["entry", "undo", "undo of it"]):
        base = int(await value("SELECT count(*) FROM scan"))  # type: ignore[call-overload]
        facts = {
            "entry": scan(base + 1, made.code, gate.id, at=NOW - MINUTE),
            "undo": undo(base + 2, base + 1, gate.id),
            "undo of it": undo(base + 3, base + 2, gate.id),
        }
        for name in order:
            await send(facts[name])
        assert (order, await inside(made), await times()) == (order, None, [])


async def test_staff_cannot_undo_the_scan_of_another_phone(
    send: Send, phone: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, gate.id))
    device = await value("SELECT device FROM scan")
    [receipt] = await send(undo(1, 1, gate.id, device=device), by=other)
    assert (receipt["status"], receipt["reason"]) == ("quarantined", "undo_not_allowed")
    assert (await inside(made), await times()) == (gate.venue, [NOW])


async def test_lead_undoes_at_the_gate_of_the_scan_alone(send: Send, lead: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    beside = await second_door(gate)
    await send(scan(1, made.code, gate.id))
    device = await value("SELECT device FROM scan")
    await send(undo(1, 1, beside.id, device=device), by=lead)
    assert await inside(made) == gate.venue
    await send(undo(2, 1, gate.id, device=device), by=lead)
    assert (await inside(made), await times()) == (None, [])


async def test_undo_of_nothing_is_kept_aside(send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    [receipt] = await send({k: v for k, v in undo(1, 1, gate.id).items() if k != "undoes"})
    assert (receipt["status"], receipt["reason"]) == ("quarantined", "undo_not_allowed")


# Check-ins by hand.


async def test_check_in_by_hand_is_evidence_of_class_b(send: Send, phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(name="孫")
    by_hand = {"seq": 1, "gate": str(gate.id), "direction": "entry", "scanned_at": NOW.isoformat()}
    [receipt] = await send({**by_hand, "ticket": str(made.id), "manual": "phone is empty"})
    assert (receipt["verdict"], receipt["ticket"]["name"]) == ("admitted", "孫")
    [entry] = await evidence()
    account = await value("SELECT d.account FROM device d JOIN scan s ON s.device = d.id")
    assert (entry["kind"], entry["evidence_class"]) == ("manual", "B")
    assert (entry["operator"], entry["reason"]) == (f"account:{account}", "phone is empty")
    assert await value("SELECT manual FROM scan") == "phone is empty"


async def test_check_in_by_hand_obeys_the_rules(send: Send) -> None:
    gate, made, canceled = await covered_gate("citywide-pass"), await ticket(), await ticket(state="canceled")
    by_hand = {"gate": str(gate.id), "direction": "entry", "manual": "no code"}
    receipts = await send(
        {**by_hand, "seq": 1, "ticket": str(made.id), "scanned_at": (NOW - MINUTE).isoformat()},
        {**by_hand, "seq": 2, "ticket": str(made.id), "scanned_at": NOW.isoformat()},
        {**by_hand, "seq": 3, "ticket": str(canceled.id), "scanned_at": NOW.isoformat()},
        {**by_hand, "seq": 4, "ticket": str(uuid4()), "scanned_at": NOW.isoformat()},
        {**by_hand, "seq": 5, "ticket": "Ms Smith", "scanned_at": NOW.isoformat()},
    )
    assert [r["reason"] for r in receipts] == [None, "already_admitted", "canceled", "bad_code", "bad_code"]


async def test_check_in_by_hand_is_the_same_evidence_when_it_comes_to_count_later(send: Send, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    clock.forward(minutes=5)
    by_hand = {"gate": str(gate.id), "direction": "entry", "ticket": str(made.id), "manual": "no code"}
    await send(scan(1, made.code, gate.id, at=NOW))
    await send({**by_hand, "seq": 2, "scanned_at": (NOW + MINUTE).isoformat()})
    await send(undo(3, 1, gate.id, at=NOW + 2 * MINUTE))
    [entry] = await evidence()
    assert (entry["kind"], entry["reason"], entry["starts_at"]) == ("manual", "no code", NOW + MINUTE)


# What the ticket was when its code was read.


async def _change(made: Made, action: str, at: dt.datetime, **columns: object) -> None:
    """Let something happen to a ticket, as its history keeps it."""
    for column, new in {**columns, "changed_at": at}.items():
        await fetch(f"UPDATE ticket SET {column} = $2 WHERE id = $1", made.id, new)
    await fetch(
        "INSERT INTO ticket_change (id, ticket, at, actor, action, fields, person)"
        " VALUES (gen_random_uuid(), $1, $2, 'holder', $3, '[]', $4)",
        made.id,
        at,
        action,
        made.person,
    )


async def test_pass_that_was_canceled_between_two_scans(send: Send, clock: Clock) -> None:
    """Canceled at 10:00, scanned off line at 09:55 and at 10:05."""
    gate, early, late = await covered_gate("citywide-pass"), await ticket(), await ticket()
    clock.forward(hours=1)
    for made in (early, late):
        await _change(made, "canceled", NOW, state="canceled")
    receipts = await send(
        scan(1, early.code, gate.id, at=NOW - 5 * MINUTE, **ADMITTED),
        scan(2, late.code, gate.id, at=NOW + 5 * MINUTE, **ADMITTED),
    )
    assert [(r["verdict"], r["reason"], r["warnings"]) for r in receipts] == [
        ("admitted", None, []),
        ("admitted", "canceled", ["admitted_although"]),
    ]


async def test_pass_that_was_blocked_and_freed_again(send: Send, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    clock.forward(hours=1)
    await _change(made, "blocked", NOW, state="blocked")
    await _change(made, "unblocked", NOW + 10 * MINUTE, state="valid")
    receipts = [
        (await send(scan(n, made.code, gate.id, at=NOW + minutes * MINUTE)))[0] for n, minutes in enumerate((5, -5, 15))
    ]
    assert [r["reason"] for r in receipts] == ["blocked", None, "already_admitted"]


async def test_old_code_of_a_ticket_passed_on_since_lets_its_old_holder_in(send: Send, clock: Clock) -> None:

    gate, made, new, kind = await covered_gate("citywide-pass"), await ticket(), await ticket(), await ticket_type()
    clock.forward(hours=1)
    newer = signed(kind["scope"], kind["number"], made.serial, 1)
    await _change(made, "transferred", NOW, person=new.person, generation=1, code_digest=code_digest(newer))
    receipts = await send(
        scan(1, made.code, gate.id, at=NOW - MINUTE),
        scan(2, made.code, gate.id, "exit", at=NOW + MINUTE),
        scan(3, newer, gate.id, "exit", at=NOW + 2 * MINUTE),
        scan(4, newer, gate.id, at=NOW + 3 * MINUTE),
    )
    assert [r["reason"] for r in receipts] == [None, "superseded", None, None]
    assert receipts[0]["ticket"]["name"] == ""
    assert [entry["person"] for entry in await evidence()] == [made.person, new.person]


# Gates and types that are gone or have changed.


async def test_late_scan_leaves_the_evidence_of_a_gate_that_is_gone(send: Send, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    beside = await second_door(gate)
    clock.forward(hours=1)
    await send(scan(1, made.code, beside.id, at=NOW + MINUTE))
    await fetch("DELETE FROM gate WHERE id = $1", beside.id)
    [late] = await send(scan(2, made.code, gate.id, at=NOW))
    assert late["verdict"] == "refused"
    assert NOW + MINUTE in await times()


async def test_every_order_gives_the_same_ledger(send: Send, other: httpx.AsyncClient, clock: Clock) -> None:
    here = await covered_gate("citywide-pass")
    there = next(g for g in await gates() if g.venue != here.venue)
    clock.forward(hours=1)
    found = set()
    for n, order in enumerate(permutations(range(5))):
        if n % 6:
            continue
        made = await ticket()
        facts = _facts(made, here, there, base=10 * n)
        for which in order:
            by, sent = facts[which]
            await send(sent, by=other) if by else await send(sent)
        mine = [entry for entry in await evidence() if entry["ticket"] == made.id]
        found.add((await inside(made), *sorted(entry["starts_at"] for entry in mine)))
        assert await counts() == []
    assert found == {(there.venue, NOW + MINUTE, NOW + 4 * MINUTE)}


def _facts(made: Made, here: Place, there: Place, base: int) -> list[tuple[int, dict[str, Any]]]:
    """Entry, undone; entry of another phone; exit; entry elsewhere."""
    return [
        (0, scan(base, made.code, here.id, at=NOW)),
        (0, undo(base + 1, base, here.id, at=NOW + MINUTE)),
        (1, scan(base, made.code, here.id, at=NOW + MINUTE)),
        (0, scan(base + 2, made.code, here.id, "exit", at=NOW + 2 * MINUTE)),
        (1, scan(base + 1, made.code, there.id, at=NOW + 4 * MINUTE)),
    ]


async def test_scope_of_a_lead_ends_at_the_gate(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await send(scan(1, made.code, gate.id))
    token = await token_for("lead", device="Lead", scope=Scope(gates=(uuid4(),)))
    assert await device_of(token)
    async with client(app, token) as stranger:
        device = await value("SELECT device FROM scan")
        [receipt] = await send(undo(1, 1, gate.id, device=device), by=stranger)
    assert (receipt["status"], receipt["reason"]) == ("quarantined", "gate_out_of_scope")
    assert await inside(made) == gate.venue


async def test_status_of_a_gate_tells_what_was_shown_in_the_end(send: Send, phone: httpx.AsyncClient) -> None:
    gate, first, second = await covered_gate("citywide-pass"), await ticket(), await ticket(state="canceled")
    await send(scan(1, first.code, gate.id), scan(2, second.code, gate.id))
    await send(scan(1, first.code, gate.id, **REFUSED), scan(2, second.code, gate.id, **ADMITTED))
    status = (await phone.get(f"/api/v1/gates/{gate.id}/status")).json()
    assert (status["entered"], status["inside"]) == (1, 1)
    assert await took_part(tickets=[first.id, second.id]) == {first.id, second.id}
