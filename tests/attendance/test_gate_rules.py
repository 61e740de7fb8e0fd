"""What a gate asks of ticket types: set up at the console, obeyed at the door."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.attendance.scanning import around
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from tests.attendance.conftest import Send
from tests.attendance.factories import Place, covered_gate, gate, scan, second_door, ticket, ticket_type
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, OWN, console_of, wrong

TODAY, TOMORROW = "2026-11-21", "2026-11-22"


@pytest.fixture(autouse=True)
def _nothing_read_before() -> Any:
    around.forget()
    yield
    around.forget()


@pytest.fixture
async def own(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """The organiser of the festival, whose gate it is."""
    async with await console_of(app, OWN) as found:
        yield found


async def door() -> Place:
    """Return the festival's gate."""
    return await gate(event_slug=OWN)


def rules_of(place: Place) -> str:
    """Return the address of its rules."""
    return f"/console/events/{place.event}/places/gates/{place.id}/rules"


async def stored() -> dict[str, Any]:
    """Return the only rule there is."""
    rows = await fetch("SELECT * FROM gate_rule")
    assert len(rows) == 1
    return dict(rows[0])


async def add(own: httpx.AsyncClient, place: Place, **typed: Any) -> dict[str, Any]:
    """Add a rule at the console."""
    answer = await own.post(f"{rules_of(place)}/new", data=typed)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{rules_of(place)}?done=added")
    return await stored()


async def test_rule_is_kept_and_shown(own: httpx.AsyncClient) -> None:
    place, kind = await door(), await ticket_type()

    made = await add(
        own, place, ticket_type=str(kind["id"]), opens_at="11:00", closes_at="15:30", days=[TODAY], entry_rule="times",
        entry_times="2", reentry="false", admits="true",
    )  # fmt: skip

    told = {name: str(made[name]) for name in ("ticket_type", "opens_at", "closes_at", "days", "entry_times")}
    assert told == {
        "ticket_type": str(kind["id"]),
        "opens_at": "11:00:00",
        "closes_at": "15:30:00",
        "days": f'["{TODAY}"]',
        "entry_times": "2",
    }
    assert (made["entry_rule"], made["reentry"], made["admits"]) == ("times", False, True)
    shown = (await own.get(rules_of(place))).text
    assert "A number of times: 2" in shown
    assert "Do not come back after leaving" in shown
    assert "From 11:00" in shown
    form = (await own.get(f"{rules_of(place)}/{made['id']}")).text
    assert 'value="11:00"' in form
    assert '<option value="false" selected>' in form


async def test_rule_for_all_tickets_leaves_what_it_does_not_name(own: httpx.AsyncClient) -> None:
    made = await add(own, await door(), admits="false")
    assert [
        made[name] for name in ("ticket_type", "entry_rule", "entry_times", "reentry", "opens_at", "closes_at")
    ] == [None] * 6
    assert (made["admits"], made["days"]) == (False, "[]")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "admits"),
        ({"admits": "true", "ticket_type": ""}, "admits"),
        ({"admits": "false", "ticket_type": str(UUID(int=1))}, "ticket_type"),
        ({"days": ["2026-12-24"]}, "days"),
        ({"entry_rule": "monthly"}, "entry_rule"),
        ({"entry_rule": "times", "entry_times": "0"}, "entry_times"),
        ({"opens_at": "25:00"}, "opens_at"),
    ],
)
async def test_wrong_rule_is_refused_by_field(own: httpx.AsyncClient, typed: dict[str, Any], field: str) -> None:
    answer = await own.post(f"{rules_of(await door())}/new", data=typed)
    assert (answer.status_code, wrong(answer)) == (422, [field])
    assert await value("SELECT count(*) FROM gate_rule") == 0


async def test_gate_has_one_rule_for_each_ticket_type_and_one_for_all(own: httpx.AsyncClient) -> None:
    place, kind = await door(), await ticket_type()
    for chosen in ("", str(kind["id"])):
        for expected in (303, 422):
            answer = await own.post(f"{rules_of(place)}/new", data={"ticket_type": chosen, "admits": "false"})
            assert answer.status_code == expected
    assert await value("SELECT count(*) FROM gate_rule") == 2


async def test_who_saves_second_is_told_and_loses_nothing(own: httpx.AsyncClient) -> None:
    place = await door()
    made = await add(own, place, opens_at="11:00")
    address = f"{rules_of(place)}/{made['id']}"
    assert (await own.post(address, data={"seen": "0", "opens_at": "12:00"})).status_code == 303

    late = await own.post(address, data={"seen": "0", "opens_at": "13:00"})

    assert late.status_code == 409
    assert 'value="13:00"' in late.text
    assert "12:00" in late.text
    assert str((await stored())["opens_at"]) == "12:00:00"


async def test_removed_rule_is_gone_and_history_tells_of_all(own: httpx.AsyncClient) -> None:
    place = await door()
    made = await add(own, place, reentry="false")
    address = f"{rules_of(place)}/{made['id']}"
    assert (await own.post(address, data={"seen": "0", "reentry": "true"})).status_code == 303

    assert (await own.post(f"{address}/remove")).status_code == 303

    assert await value("SELECT count(*) FROM gate_rule") == 0
    assert (await own.get(address)).status_code == 404
    told = (await own.get(f"/console/events/{place.event}/history")).text
    assert ["Rule of a gate added" in told, "Rule of a gate changed" in told, "Rule of a gate removed" in told] == [
        True
    ] * 3


async def test_rules_of_others_cannot_be_found(app: Frame, own: httpx.AsyncClient) -> None:
    place = await door()
    made = await add(own, place, admits="false")
    async with await console_of(app, FOREIGN) as other:
        theirs = (await gate(event_slug=FOREIGN)).event
        for address in (rules_of(place), f"/console/events/{theirs}/places/gates/{place.id}/rules"):
            assert (await other.get(address)).status_code == 404
            assert (await other.get(f"{address}/{made['id']}")).status_code == 404
            assert (await other.post(f"{address}/{made['id']}", data={"seen": "0"})).status_code == 404
            assert (await other.post(f"{address}/{made['id']}/remove")).status_code == 404
            assert (await other.post(f"{address}/new", data={"admits": "false"})).status_code == 404
    assert (await stored())["admits"] is False


async def test_rule_of_another_gate_is_not_changed_by_way_of_this_one(own: httpx.AsyncClient) -> None:
    place = await door()
    made = await add(own, place, admits="false")
    other = rules_of(await second_door(place))
    assert (await own.post(f"{other}/{made['id']}", data={"seen": "0", "opens_at": "10:00"})).status_code == 404
    assert (await own.post(f"{other}/{made['id']}/remove")).status_code == 303
    assert (await stored())["id"] == made["id"]


async def test_gate_goes_with_its_rules(own: httpx.AsyncClient) -> None:
    place = await second_door(await door())
    await add(own, place, admits="false")
    answer = await own.post(f"/console/events/{place.event}/places/gates/{place.id}/delete")
    assert answer.status_code == 303
    assert await value("SELECT count(*) FROM gate_rule") == 0


async def test_gate_says_what_being_inside_elsewhere_means(own: httpx.AsyncClient) -> None:
    place = await door()
    address = f"/console/events/{place.event}/places/gates/{place.id}"
    assert '<option value="leave" selected>' in (await own.get(address)).text
    row = await fetch_one("SELECT venue, revision FROM gate WHERE id = $1", place.id)
    assert row is not None
    typed = {"name.en": "North", "venue": str(row["venue"]), "seen": str(row["revision"]), "elsewhere": "refuse"}

    assert (await own.post(address, data=typed)).status_code == 303

    assert await value("SELECT elsewhere FROM gate WHERE id = $1", place.id) == "refuse"
    assert '<option value="refuse" selected>' in (await own.get(address)).text
    assert "Somebody who is inside another venue" in (await own.get(f"/console/events/{place.event}/history")).text


SAID = [
    ({"admits": "false"}, "not_entitled", {}),
    ({"opens_at": "11:00"}, "not_yet_valid", {"from": "2026-11-21T02:00:00Z"}),
    ({"closes_at": "09:30"}, "expired", {"until": "2026-11-21T00:30:00Z"}),
    ({"days": [TOMORROW]}, "not_yet_valid", {"from": TOMORROW}),
]


@pytest.mark.parametrize(("typed", "reason", "facts"), SAID)
async def test_gate_obeys_its_rule_at_once(
    own: httpx.AsyncClient, send: Send, typed: dict[str, Any], reason: str, facts: dict[str, str]
) -> None:
    place, made = await covered_gate("citywide-pass"), await ticket()
    assert place.event_slug == OWN
    await add(own, place, **typed)

    [receipt] = await send(scan(1, made.code, place.id))

    assert (receipt["verdict"], receipt["reason"], receipt["facts"]) == ("refused", reason, facts)


async def test_rule_for_a_type_goes_before_the_rule_for_all(own: httpx.AsyncClient, send: Send) -> None:
    place, made, kind = await covered_gate("citywide-pass"), await ticket(), await ticket_type()
    await add(own, place, admits="false")
    await own.post(f"{rules_of(place)}/new", data={"ticket_type": str(kind["id"]), "entry_rule": "free"})

    receipts = await send(scan(1, made.code, place.id), scan(2, made.code, place.id))

    assert [receipt["verdict"] for receipt in receipts] == ["admitted", "admitted"]


async def test_number_of_entries_of_a_type_is_used_up_at_the_door(send: Send) -> None:
    place, made = await covered_gate("citywide-pass"), await ticket()
    await ticket_type(entry_rule="times", entry_times=2)

    receipts = await send(*(scan(n, made.code, place.id, at=NOW) for n in (1, 2, 3)))

    assert [receipt["reason"] for receipt in receipts] == [None, None, "already_admitted"]
    assert receipts[2]["facts"] == {"times": 2}
    assert receipts[2]["explanation"] == "All entries of this ticket are used: 2"


async def test_nobody_comes_back_without_re_entry(send: Send) -> None:
    place, made = await covered_gate("citywide-pass"), await ticket()
    await ticket_type(reentry=False)

    receipts = await send(
        scan(1, made.code, place.id), scan(2, made.code, place.id, "exit"), scan(3, made.code, place.id)
    )

    assert [receipt["reason"] for receipt in receipts] == [None, None, "already_admitted"]
    assert receipts[2]["facts"] == {"since": "2026-11-21T01:00:00Z"}


async def test_gate_that_asks_for_an_exit_first(send: Send) -> None:
    first = await covered_gate("citywide-pass")
    covered = [await covered_gate("citywide-pass", position=n) for n in range(12)]
    second = next(place for place in covered if place.venue != first.venue and place.event != first.event)
    await fetch("UPDATE gate SET elsewhere = 'refuse' WHERE id = $1", second.id)
    made = await ticket()

    receipts = await send(
        scan(1, made.code, first.id),
        scan(2, made.code, second.id),
        scan(3, made.code, first.id, "exit"),
        scan(4, made.code, second.id),
    )

    assert [receipt["reason"] for receipt in receipts] == [None, "already_inside_elsewhere", None, None]
    assert receipts[1]["facts"] == {"venue": str(first.venue), "since": "2026-11-21T01:00:00Z"}
