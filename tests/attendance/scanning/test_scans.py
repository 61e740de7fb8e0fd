"""Scans through HTTP: verdicts with their reasons, receipts, replays, quarantine, and what they leave behind."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance import ledger
from app.attendance.judging.reasons import reason_text
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Scope
from app.ticketing.codes import PREFIX, base45, unbase45
from tests.attendance.conftest import Send
from tests.attendance.factories import covered_gate, gates, scan, second_door, signed, ticket, ticket_type
from tests.attendance.scanning.standing import evidence
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


async def test_valid_ticket_is_admitted_and_counted(send: Send, phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(name="林")
    [receipt] = await send(scan(17, made.code, gate.id))
    assert receipt == {
        "seq": 17,
        "status": "stored",
        "verdict": "admitted",
        "reason": None,
        "warnings": [],
        "facts": {},
        "explanation": "",
        "ticket": {
            "id": str(made.id),
            "name": "林",
            "ticket_type": receipt["ticket"]["ticket_type"],
            "party": 1,
            "inside": 1,
            "language": "en",
        },
    }
    [entry] = await ledger.read(starts_at=NOW - DAY, ends_at=NOW + DAY)
    assert (entry.kind, entry.evidence_class, entry.mode, entry.residence) == ("scan", "A", "on_site", "SG")
    assert (entry.person, entry.ticket, entry.event) == (made.person, made.id, gate.event)
    assert (entry.starts_at, entry.ends_at) == (NOW, NOW)
    assert entry.scheduled_at == dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)


async def test_ticket_type_is_named_in_the_language_of_the_request(send: Send, phone: httpx.AsyncClient) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    titles = {}
    for language in ("ja", "en"):
        phone.headers["accept-language"] = language
        [receipt] = await send(scan(1, made.code, gate.id))
        titles[language] = receipt["ticket"]["ticket_type"]
    assert titles["ja"] != titles["en"]


async def test_server_time_is_told(phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    answer = await phone.post("/api/v1/scans", json={"scans": [scan(1, "?", gate.id)]})
    assert dt.datetime.fromisoformat(answer.json()["server_time"]) == NOW


async def test_code_we_did_not_issue_is_refused_with_its_reason(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    kind = await ticket_type()
    data = unbase45(made.code.removeprefix(PREFIX))
    forged = PREFIX + base45(data[:-1] + bytes([data[-1] ^ 1]))
    receipts = await send(
        scan(1, "hello", gate.id),
        scan(2, made.code.lower(), gate.id),
        scan(3, made.code + " ", gate.id),
        scan(4, forged, gate.id),
        scan(5, signed(kind["scope"], kind["number"], 1), gate.id),
        scan(6, signed(kind["scope"], kind["number"], 2, kid=9), gate.id),
        scan(7, signed(60000, kind["number"], 3), gate.id),
        scan(8, "", gate.id),
        scan(9, "\0 nul", gate.id),
        scan(10, "券" * 5000, gate.id),
    )
    reasons = [receipt["reason"] for receipt in receipts]
    assert reasons == [
        "bad_code", "bad_code", "bad_code", "bad_signature", "revoked", "unknown_key", "wrong_convention",
        "bad_code", "bad_code", "bad_code",
    ]  # fmt: skip
    assert {(r["status"], r["verdict"], r["ticket"]) for r in receipts} == {("stored", "refused", None)}
    assert await value("SELECT count(*) FROM scan WHERE code IS NOT NULL AND ticket IS NULL") == 10
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_key_out_of_its_time_is_unknown(send: Send) -> None:
    gate, kind = await covered_gate("citywide-pass"), await ticket_type()
    made = await ticket()
    await fetch("UPDATE signing_key SET distrust_after = $1", NOW)
    receipts = await send(scan(1, signed(kind["scope"], kind["number"], 1), gate.id), scan(2, made.code, gate.id))
    assert [r["reason"] for r in receipts] == ["wrong_convention", None]


@pytest.mark.parametrize("state", ["canceled", "blocked", "unpaid", "unapproved"])
async def test_ticket_status_refuses(send: Send, state: str) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(state=state)
    [receipt] = await send(scan(1, made.code, gate.id))
    assert (receipt["verdict"], receipt["reason"]) == ("refused", state)


async def test_code_of_an_older_generation_is_superseded(send: Send) -> None:
    gate, made, kind = await covered_gate("citywide-pass"), await ticket(generation=1), await ticket_type()
    old = signed(kind["scope"], kind["number"], made.serial, 0)
    newer = signed(kind["scope"], kind["number"], made.serial, 2)
    receipts = await send(scan(1, old, gate.id), scan(2, newer, gate.id), scan(3, made.code, gate.id))
    assert [r["reason"] for r in receipts] == ["superseded", "revoked", None]
    assert receipts[0]["ticket"] is None


async def test_second_entry_is_explained_with_the_gates_name(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    _first, receipt = await send(scan(1, made.code, gate.id), scan(2, made.code, gate.id))
    assert receipt["reason"] == "already_admitted"
    name = await value("SELECT name ->> 'en' FROM gate WHERE id = $1", gate.id)
    assert receipt["explanation"].endswith(f", {name}"), receipt["explanation"]


async def test_missing_residence_refuses(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(residence=None)
    [receipt] = await send(scan(1, made.code, gate.id))
    assert receipt["reason"] == "residence_missing"


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ('["2026-11-22"]', "not_yet_valid"),
        ('["2026-11-20"]', "expired"),
        ('["2026-11-20", "2026-11-22"]', "wrong_day"),
        ('["2026-11-21"]', None),
    ],
)
async def test_day_of_the_ticket_type_decides(send: Send, days: str, reason: str | None) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await ticket_type("citywide-pass", days=days)
    [receipt] = await send(scan(1, made.code, gate.id))
    assert receipt["reason"] == reason


async def test_gate_hours_decide(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await fetch("UPDATE gate SET opens_at = '10:01', closes_at = '10:03' WHERE id = $1", gate.id)
    receipts = await send(
        scan(1, made.code, gate.id),
        scan(2, made.code, gate.id, at=NOW + MINUTE),
        scan(3, made.code, gate.id, at=NOW + 2 * MINUTE, direction="exit"),
    )
    assert [r["reason"] for r in receipts] == ["not_yet_valid", None, None]
    assert await value("SELECT scheduled_at FROM ledger_entry") == NOW + MINUTE


async def test_online_ticket_opens_no_gate(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await ticket_type("citywide-pass", mode="online")
    [receipt] = await send(scan(1, made.code, gate.id))
    assert receipt["reason"] == "not_entitled"


async def _one_event_left(slug: str, keep: UUID) -> None:
    await fetch(
        "DELETE FROM coverage o USING ticket_type y WHERE y.id = o.ticket_type AND y.slug = $1 AND o.event <> $2",
        slug,
        keep,
    )


async def test_event_not_covered_is_explained_by_what_is_nearest(send: Send) -> None:
    here = await covered_gate("citywide-pass")
    other = next(g for g in await gates() if g.event != here.event)
    made = await ticket()
    await _one_event_left("citywide-pass", other.event)
    await fetch(
        "UPDATE event SET organiser = (SELECT organiser FROM event WHERE id = $2) WHERE id = $1",
        other.event,
        here.event,
    )
    await fetch("UPDATE event SET venue = $2 WHERE id = $1", other.event, here.venue)
    [same_place] = await send(scan(1, made.code, here.id))
    await fetch("UPDATE event SET venue = NULL WHERE id = $1", other.event)
    [same_organiser] = await send(scan(2, made.code, here.id))
    await fetch(
        "UPDATE event SET organiser = (SELECT id FROM organiser WHERE id <> $2 LIMIT 1) WHERE id = $1",
        other.event,
        here.organiser,
    )
    [another] = await send(scan(3, made.code, here.id))
    assert [r["reason"] for r in (same_place, same_organiser, another)] == [
        "not_entitled",
        "wrong_venue",
        "wrong_organiser",
    ]


async def test_same_code_twice_at_one_gate_and_at_two(send: Send) -> None:
    made, here = await ticket(), await covered_gate("citywide-pass")
    beside = await second_door(here)
    receipts = await send(
        scan(1, made.code, here.id, at=NOW - 4 * MINUTE),
        scan(2, made.code, here.id, at=NOW - 3 * MINUTE),
        scan(3, made.code, beside.id, at=NOW - 2 * MINUTE),
        scan(4, made.code, beside.id, "exit", at=NOW - MINUTE),
        scan(5, made.code, here.id),
    )
    assert [r["reason"] for r in receipts] == [None, "already_admitted", "already_admitted", None, None]
    assert await value("SELECT count(*) FROM ledger_entry") == 2


async def test_entry_elsewhere_leaves_the_first_venue(send: Send) -> None:
    made = await ticket()
    first = await covered_gate("citywide-pass")
    second = next(g for g in await gates() if g.venue != first.venue and g.event != first.event)
    receipts = await send(
        scan(1, made.code, first.id, at=NOW - 3 * MINUTE),
        scan(2, made.code, second.id, at=NOW - 2 * MINUTE),
        scan(3, made.code, first.id, "exit", at=NOW - MINUTE),
        scan(4, made.code, first.id),
    )
    assert [r["reason"] for r in receipts] == [None, None, "not_inside", None]
    assert await value("SELECT inside_venue FROM ticket_state WHERE ticket = $1", made.id) == first.venue


async def test_exit_without_entry_is_not_inside(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    [receipt] = await send(scan(1, made.code, gate.id, "exit"))
    assert (receipt["verdict"], receipt["reason"]) == ("refused", "not_inside")


async def test_last_place_of_a_venue_is_given_once(send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    await fetch("UPDATE venue SET capacity = 1 WHERE id = $1", gate.venue)
    first, second = await ticket(), await ticket()
    receipts = await send(
        scan(1, first.code, gate.id, at=NOW - 4 * MINUTE),
        scan(2, second.code, gate.id, at=NOW - 3 * MINUTE),
        scan(3, first.code, gate.id, "exit", at=NOW - 2 * MINUTE),
        scan(4, second.code, gate.id, at=NOW - MINUTE),
    )
    assert [r["reason"] for r in receipts] == [None, "venue_full", None, None]


async def test_party_of_forty_on_one_phone(send: Send) -> None:
    gate, first = await covered_gate("citywide-pass"), await ticket(name="First")
    party = [first, *[await ticket(registration=first.registration, name=f"Guest {n}") for n in range(39)]]
    receipts = await send(*[scan(n, made.code, gate.id) for n, made in enumerate(party, 1)])
    assert [r["ticket"]["inside"] for r in receipts] == list(range(1, 41))
    assert {r["ticket"]["party"] for r in receipts} == {40}


async def test_day_begins_at_midnight_of_the_convention(send: Send, clock: Clock) -> None:
    """23:59:59 and 00:00:00 in Yokohama are two event-days."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    midnight = dt.datetime(2026, 11, 21, 15, tzinfo=dt.UTC)
    clock.moment = midnight
    receipts = await send(
        scan(1, made.code, gate.id, at=midnight - dt.timedelta(seconds=1)),
        scan(2, made.code, gate.id, at=midnight),
    )
    assert [r["reason"] for r in receipts] == [None, None]
    rows = await fetch("SELECT scheduled_at FROM ledger_entry ORDER BY position")
    assert [row[0] for row in rows] == [midnight - DAY, midnight]


async def test_replay_gives_the_first_answer(send: Send, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    sent = [scan(1, made.code, gate.id), scan(2, made.code, gate.id, at=NOW + MINUTE), scan(3, "x", gate.id)]
    first = await send(*sent)
    clock.forward(hours=3)
    await fetch("UPDATE ticket SET state = 'canceled' WHERE id = $1", made.id)
    for order in (sent, sent[::-1], [sent[1]]):
        again = await send(*order)
        by_seq = {r["seq"]: r for r in first}
        assert again == [
            _without_facts(by_seq[one["seq"]]) | {"status": "already_stored"} | _party(by_seq[one["seq"]], r)
            for one, r in zip(order, again, strict=True)
        ]
    assert await value("SELECT count(*) FROM scan") == 3
    assert await value("SELECT count(*) FROM ledger_entry") == 1


def _without_facts(receipt: dict[str, Any]) -> dict[str, Any]:
    """A reason keeps its plain words; what stood around it at that moment is not told again."""
    explanation = str(reason_text(receipt["reason"]))
    return receipt | {"facts": {}, "explanation": explanation}


def _party(first: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """How many of a party there are and are inside is told as it is now."""
    return {} if first["ticket"] is None else {"ticket": first["ticket"] | {"party": again["ticket"]["party"]}}


async def test_same_scan_twice_in_one_upload(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    one = scan(5, made.code, gate.id)
    receipts = await send(one, one, one)
    assert [r["status"] for r in receipts] == ["stored", "already_stored", "already_stored"]
    assert [r["verdict"] for r in receipts] == ["admitted"] * 3


async def test_same_number_with_another_content_is_quarantined(send: Send) -> None:
    gate, first, second = await covered_gate("citywide-pass"), await ticket(), await ticket()
    await send(scan(1, first.code, gate.id))
    for _again in range(2):
        [receipt] = await send(scan(1, second.code, gate.id))
        assert (receipt["status"], receipt["verdict"], receipt["reason"]) == ("quarantined", "refused", "seq_reused")
        assert receipt["ticket"] is None
    assert await value("SELECT count(*) FROM scan") == 2
    assert await value("SELECT ticket FROM scan WHERE status = 'quarantined'") == second.id
    assert await value("SELECT count(*) FROM ticket_state WHERE ticket = $1", second.id) == 0
    receipts = await send(scan(2, first.code, gate.id, "exit"), scan(2, second.code, gate.id, "exit"))
    assert [r["status"] for r in receipts] == ["stored", "quarantined"]


async def test_unknown_gate_is_quarantined(send: Send) -> None:
    made, gone = await ticket(), uuid4()
    for _again in range(2):
        [receipt] = await send(scan(1, made.code, gone))
        assert (receipt["status"], receipt["reason"], receipt["ticket"]) == ("quarantined", "unknown_gate", None)
    assert await value("SELECT count(*) FROM scan WHERE code IS NULL") == 1
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_gate_outside_the_scope_is_quarantined(app: Frame, send: Send) -> None:
    here, made = await covered_gate("citywide-pass"), await ticket()
    async with client(app, await token_for("staff", scope=Scope(gates=(uuid4(),)))) as other:
        [receipt] = await send(scan(1, made.code, here.id), by=other)
    assert (receipt["status"], receipt["reason"], receipt["ticket"]) == ("quarantined", "gate_out_of_scope", None)


async def test_gate_of_another_organiser_is_quarantined(app: Frame, send: Send) -> None:
    here, made = await covered_gate("citywide-pass"), await ticket()
    scopes = [
        Scope(organisers=(uuid4(),)),
        Scope(organisers=(uuid4(),), gates=(here.id,)),
        Scope(organisers=(here.organiser,), gates=(uuid4(),)),
        Scope(organisers=(here.organiser,)),
    ]
    found = []
    for n, scope in enumerate(scopes):
        async with client(app, await token_for("staff", scope=scope)) as other:
            [receipt] = await send(scan(n, made.code, here.id), by=other)
            status = await other.get(f"/api/v1/gates/{here.id}/status")
        found.append((receipt["status"], receipt["reason"], status.status_code))
    assert found == [*[("quarantined", "gate_out_of_scope", 404)] * 3, ("stored", None, 200)]
    assert await value("SELECT count(*) FROM ledger_entry") == 1


async def test_revoked_device_is_quarantined_and_loses_nothing(app: Frame, send: Send) -> None:
    here, made = await covered_gate("citywide-pass"), await ticket()
    token = await token_for("staff")
    await fetch("UPDATE device SET revoked_at = $2 WHERE id = $1", await device_of(token), NOW)
    access.forget()
    async with client(app, token) as other:
        [receipt] = await send(scan(1, made.code, here.id), by=other)
    assert (receipt["status"], receipt["reason"]) == ("quarantined", "device_revoked")
    assert await value("SELECT count(*) FROM scan WHERE status = 'quarantined'") == 1
    [other_phone] = await send(scan(1, made.code, here.id))
    assert other_phone["verdict"] == "admitted"


@pytest.mark.parametrize("said", ["yesterday", "", "2026-11-21T10:00:00", "2026-13-41T10:00:00+09:00", "\0"])
async def test_unreadable_time_is_quarantined(send: Send, said: str) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    [receipt] = await send({**scan(1, made.code, gate.id), "scanned_at": said})
    assert (receipt["status"], receipt["reason"]) == ("quarantined", "unreadable_time")


@pytest.mark.parametrize(
    ("at", "offset_ms", "believed"),
    [
        (NOW - 5 * MINUTE, 0, NOW - 5 * MINUTE),
        (NOW - 65 * MINUTE, 3_600_000, NOW - 5 * MINUTE),
        (NOW + 55 * MINUTE, -3_600_000, NOW - 5 * MINUTE),
        (NOW - 30 * MINUTE - DAY, 86_400_000, NOW - 30 * MINUTE),
        (NOW - 2 * DAY, 86_400_001, None),
        (NOW + 5 * MINUTE, 0, None),
        (NOW.replace(year=1970), 0, None),
        (NOW.replace(year=9999), 0, None),
        (NOW, 2**53, None),
        (NOW, -(2**53), None),
    ],
)
async def test_clock_is_corrected_or_not_trusted(
    send: Send, at: dt.datetime, offset_ms: int, believed: dt.datetime | None
) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    sent = scan(1, made.code, gate.id, at=at, clock={"monotonic_ms": 5, "offset_ms": offset_ms})
    [receipt] = await send(sent)
    assert receipt["warnings"] == ([] if believed else ["clock_untrusted"])
    assert await value("SELECT scanned_at FROM scan") == (believed or NOW)
    assert await value("SELECT clock ->> 'said' FROM scan") == at.isoformat()


async def test_late_upload_finds_its_place_in_time(send: Send, clock: Clock) -> None:
    """An exit that arrives after the refused re-entry makes the state what it would have been in order."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    clock.forward(minutes=10)
    [entry] = await send(scan(1, made.code, gate.id, at=NOW))
    [again] = await send(scan(3, made.code, gate.id, at=NOW + 5 * MINUTE))
    [left] = await send(scan(2, made.code, gate.id, "exit", at=NOW + 2 * MINUTE))
    assert [r["reason"] for r in (entry, again, left)] == [None, "already_admitted", None]
    assert left["ticket"]["inside"] == 1
    assert await value("SELECT (body -> 'inside' ->> 'since')::timestamptz FROM ticket_state") == NOW + 5 * MINUTE


async def test_late_entry_does_not_get_a_place_that_was_given_since(send: Send, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    clock.forward(minutes=10)
    [first] = await send(scan(2, made.code, gate.id, at=NOW + MINUTE))
    [late] = await send(scan(1, made.code, gate.id, at=NOW))
    assert (first["verdict"], late["reason"]) == ("admitted", "already_admitted")
    assert [entry["starts_at"] for entry in await evidence()] == [NOW]


async def test_state_is_the_same_for_every_order_of_upload(send: Send, clock: Clock) -> None:
    here = await covered_gate("citywide-pass")
    there = next(g for g in await gates() if g.venue != here.venue)
    clock.forward(minutes=60)
    moves = [(here, "entry"), (there, "entry"), (there, "exit"), (there, "entry"), (here, "entry"), (here, "exit")]
    found: set[tuple[object, ...]] = set()
    for order in ([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 0, 5, 3, 1, 4], [4, 0, 1, 5, 2, 3]):
        made = await ticket()
        for n in order:
            gate, direction = moves[n]
            base = 100 * len(found) + 1000 * order[0] + n
            await send(scan(base, made.code, gate.id, direction, at=NOW + n * MINUTE))
        row = await fetch(
            "SELECT body::jsonb - 'last' AS body, inside_venue FROM ticket_state WHERE ticket = $1", made.id
        )
        found.add((row[0]["body"], row[0]["inside_venue"]))
    assert len(found) == 1


async def test_device_that_refused_lets_nobody_in(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    said = {"verdict": "refused", "reason": "blocked"}
    [receipt] = await send(scan(1, made.code, gate.id, device_verdict=said))
    assert (receipt["verdict"], receipt["reason"]) == ("refused", "blocked")
    assert await value("SELECT count(*) FROM ledger_entry") == 0
    [entry] = await send(scan(2, made.code, gate.id))
    assert entry["verdict"] == "admitted"


async def test_two_devices_off_line_admit_twice(app: Frame, send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    said = {"verdict": "admitted", "reason": None}
    [first] = await send(scan(1, made.code, gate.id, at=NOW - MINUTE, device_verdict=said))
    async with client(app, await token_for("staff", device="Phone 2")) as other:
        [second] = await send(scan(1, made.code, gate.id, device_verdict=said), by=other)
    assert (first["warnings"], second["warnings"]) == ([], ["admitted_offline_twice"])
    assert (second["verdict"], second["reason"]) == ("admitted", "already_admitted")
    assert [entry["starts_at"] for entry in await evidence()] == [NOW - MINUTE, NOW]


async def test_same_person_with_two_tickets_is_one_person_in_the_ledger(send: Send) -> None:
    gate, first = await covered_gate("citywide-pass"), await ticket()
    second = await ticket(person=first.person)
    await send(scan(1, first.code, gate.id), scan(2, second.code, gate.id))
    assert await value("SELECT count(DISTINCT person) FROM ledger_entry") == 1
    assert await value("SELECT count(*) FROM ledger_entry") == 2


async def test_erased_person_has_no_name(send: Send) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    await fetch("UPDATE person SET key = NULL WHERE id = $1", made.person)
    [receipt] = await send(scan(1, made.code, gate.id))
    assert (receipt["verdict"], receipt["ticket"]["name"]) == ("admitted", "")


async def test_mixed_batch_of_a_thousand(send: Send) -> None:
    gate = await covered_gate("citywide-pass")
    good = [await ticket() for _ in range(40)]
    canceled = await ticket(state="canceled")
    batch = []
    for n in range(1000):
        made = good[n % 40]
        kinds = [made.code, "nonsense", canceled.code, made.code]
        place = uuid4() if n % 10 == 9 else gate.id
        batch.append(scan(n, kinds[n % 4], place, at=NOW - 1000 * MINUTE / 60 + n * MINUTE / 60))
    receipts = await send(*batch)
    assert await value("SELECT count(*) FROM scan") == 1000
    assert sum(r["status"] == "quarantined" for r in receipts) == 100
    reasons = {r["reason"] for r in receipts}
    assert reasons == {None, "bad_code", "canceled", "already_admitted", "unknown_gate"}
    admitted = [r for r in receipts if r["verdict"] == "admitted"]
    assert len(await evidence()) == len(admitted) == 18
    again = await send(*batch)
    some = ("seq", "verdict", "reason", "warnings")
    assert [[r[name] for name in some] for r in again] == [[r[name] for name in some] for r in receipts]
    assert (await ledger.verify()).broken == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seq": -1}, "scans[0].seq"),
        ({"seq": 2**53}, "scans[0].seq"),
        ({"seq": "one"}, "scans[0].seq"),
        ({"direction": "sideways"}, "scans[0].direction"),
        ({"code": None}, "scans[0].code"),
    ],
)
async def test_scan_that_cannot_be_read_names_the_field(
    phone: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    gate = await covered_gate("citywide-pass")
    answer = await phone.post("/api/v1/scans", json={"scans": [scan(1, "x", gate.id) | change]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await value("SELECT count(*) FROM scan") == 0


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"gate": "gate-7"}, "quarantined", "unknown_gate"),
        ({"code": "7" * 7089}, "stored", "bad_code"),
        ({"code": "a\0b"}, "stored", "bad_code"),
        ({"more": 1}, "stored", "bad_code"),
        ({"clock": {"monotonic_ms": 1234567.5, "battery": 0.4}}, "stored", "bad_code"),
        ({"device_verdict": {"verdict": "refused", "reason": "Some new reason!\0", "why": []}}, "stored", "bad_code"),
        ({"device_verdict": {"verdict": "perhaps"}}, "stored", "bad_code"),
    ],
)
async def test_odd_scan_is_a_fact_like_any_other(send: Send, change: dict[str, Any], status: str, reason: str) -> None:
    gate = await covered_gate("citywide-pass")
    good = await ticket()
    receipts = await send(scan(1, "x", gate.id) | change, scan(2, good.code, gate.id))
    assert [(r["status"], r["reason"]) for r in receipts] == [(status, reason), ("stored", None)]
    assert await value("SELECT count(*) FROM scan") == 2


@pytest.mark.parametrize("count", [0, 1001])
async def test_upload_holds_one_to_a_thousand_scans(phone: httpx.AsyncClient, count: int) -> None:
    answer = await phone.post("/api/v1/scans", json={"scans": [scan(n, "x", uuid4()) for n in range(count)]})
    assert answer.status_code == 422


async def test_account_without_device_cannot_scan(app: Frame, rollback: None) -> None:
    async with client(app, await token_for("admin")) as office:
        answer = await office.post("/api/v1/scans", json={"scans": [scan(1, "x", uuid4())]})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-a-device")


async def test_attendee_and_stranger_cannot_scan(app: Frame, http: httpx.AsyncClient) -> None:
    body = {"scans": [scan(1, "x", uuid4())]}
    assert (await http.post("/api/v1/scans", json=body)).status_code == 401
    async with client(app, await token_for("attendee")) as guest:
        assert (await guest.post("/api/v1/scans", json=body)).status_code == 403


async def test_status_of_a_gate(app: Frame, send: Send, phone: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    first, second = await ticket(), await ticket()
    await send(
        scan(1, first.code, gate.id, at=NOW - 5 * MINUTE),
        scan(2, second.code, gate.id, at=NOW - 4 * MINUTE),
        scan(3, second.code, gate.id, at=NOW - 3 * MINUTE),
        scan(4, second.code, gate.id, "exit", at=NOW - 2 * MINUTE),
        scan(5, "?", gate.id, at=NOW - MINUTE),
        {**scan(6, first.code, gate.id), "scanned_at": "?"},
    )
    status = (await phone.get(f"/api/v1/gates/{gate.id}/status")).json()
    [device] = status.pop("devices")
    assert status == {
        "gate": str(gate.id),
        "inside": 1,
        "entered": 2,
        "refused": {"already_admitted": 1, "bad_code": 1},
        "quarantined": 1,
    }
    assert (device["name"], device["scans"]) == ("Phone 1", 6)
    async with client(app, await token_for("staff", scope=Scope(gates=()))) as other:
        assert (await other.get(f"/api/v1/gates/{gate.id}/status")).status_code == 404
