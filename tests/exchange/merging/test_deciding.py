"""What an officer decides of events that are gone, or called off, and what the feed may say to it later."""

import datetime as dt
from typing import Literal

import msgspec
import pytest

from app.core.db import fetch
from app.core.errors import NotFound
from app.events.errors import WrongState
from app.exchange.merging import waiting
from app.exchange.merging.deciding import decide_missing, decide_status, decide_vanishing
from app.people.roles import Principal
from tests.clock import NOW
from tests.exchange.pulling.feeds import calendar, event, many
from tests.exchange.pulling.partners import Partner

OFFICER = Principal(role="officer")
HOUR = dt.timedelta(hours=1)
ALL = range(10)


def without(*gone: int) -> bytes:
    """Return the calendar without some of its events."""
    return calendar(*many(*(n for n in ALL if n not in gone)))


async def noted() -> list[tuple[str, str]]:
    return [tuple(row) for row in await fetch("SELECT action, detail FROM audit_entry ORDER BY position")]


@pytest.mark.parametrize(("decision", "state"), [("keep", "shown"), ("withdraw", "withdrawn")])
async def test_officer_decides_of_one_that_is_missing(
    fukuoka: Partner, decision: Literal["keep", "withdraw"], state: str
) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    await fukuoka.says(without(4))
    assert [one.event.uid for one in await waiting.missing(fukuoka.source, now=NOW)] == ["u4"]
    event_id = await fukuoka.id_of("u4")
    await decide_missing(event=event_id, decision=decision, by=OFFICER, now=NOW)
    assert (await fukuoka.states())["u4"] == state
    assert await waiting.missing(fukuoka.source, now=NOW) == []
    assert [action for action, _ in await noted()] == [f"event.{decision}"]
    with pytest.raises(WrongState):
        await decide_missing(event=event_id, decision="withdraw", by=OFFICER, now=NOW)
    await fukuoka.says(without(4, 5))  # decided once, not asked again
    assert [one.event.uid for one in await waiting.missing(fukuoka.source, now=NOW)] == ["u5"]
    assert (await fukuoka.states())["u4"] == state


@pytest.mark.parametrize("decision", ["keep", "withdraw"])
async def test_decided_event_that_comes_back_is_shown_and_may_vanish_again(
    fukuoka: Partner, decision: Literal["keep", "withdraw"]
) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    await fukuoka.says(without(4))
    await decide_missing(event=await fukuoka.id_of("u4"), decision=decision, by=OFFICER, now=NOW)
    assert (await fukuoka.says(calendar(*many(*ALL)))).counts.back == 1
    assert set((await fukuoka.states()).values()) == {"shown"}
    await fukuoka.says(without(4))
    assert (await fukuoka.states())["u4"] == "missing"


async def test_what_vanished_at_once_is_decided_at_once(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    assert (await fukuoka.says(without(1, 2, 3, 4, 5))).outcome == "held"
    found = await waiting.held(fukuoka.source)
    assert found is not None
    assert (found.doubt, [one.event.uid for one in await waiting.of(found)]) == (
        "too_many_gone",
        ["u1", "u2", "u3", "u4", "u5"],
    )
    await decide_vanishing(vanishing=found.id, decision="withdraw", by=OFFICER, now=NOW)
    states = await fukuoka.states()
    assert sorted(uid for uid, state in states.items() if state == "withdrawn") == ["u1", "u2", "u3", "u4", "u5"]
    assert await noted() == [("events.withdraw", f'{{"events":5,"vanishing":"{found.id}"}}')]
    with pytest.raises(WrongState):
        await decide_vanishing(vanishing=found.id, decision="keep", by=OFFICER, now=NOW)
    again = await fukuoka.says(without(1, 2, 3, 4, 5))
    assert (again.outcome, again.counts.missing) == ("read", 0)


async def test_what_vanished_at_once_may_be_kept(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    await fukuoka.says(without(1, 2, 3, 4, 5))
    found = await waiting.held(fukuoka.source)
    assert found is not None
    await decide_vanishing(vanishing=found.id, decision="keep", by=OFFICER, now=NOW)
    assert set((await fukuoka.states()).values()) == {"shown"}
    again = await fukuoka.says(without(1, 2, 3, 4, 5))
    assert (again.outcome, again.counts.missing) == ("read", 0)


async def test_later_reading_that_finds_it_otherwise_closes_what_waited(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    await fukuoka.says(without(1, 2, 3, 4, 5))
    found = await waiting.held(fukuoka.source)
    assert found is not None
    await fukuoka.says(without(1), now=NOW + HOUR)
    assert await waiting.held(fukuoka.source) is None
    assert (await waiting.vanishing(found.id)).decision == "over"
    assert (await fukuoka.states())["u1"] == "missing"
    with pytest.raises(WrongState):
        await decide_vanishing(vanishing=found.id, decision="withdraw", by=OFFICER, now=NOW)


async def test_decision_leaves_alone_what_has_come_back_meanwhile(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    await fukuoka.says(without(1, 2, 3, 4, 5))
    await fukuoka.says(without(1, 2, 3, 4))
    found = await waiting.held(fukuoka.source)
    assert found is not None
    await decide_vanishing(vanishing=found.id, decision="withdraw", by=OFFICER, now=NOW)
    assert (await fukuoka.states())["u5"] == "shown"


async def test_what_is_over_waits_for_nobody(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*ALL)))
    await fukuoka.says(without(4))
    later = NOW + dt.timedelta(days=30)
    assert await waiting.missing(fukuoka.source, now=later) == []


@pytest.mark.parametrize(("accept", "status"), [(True, "cancelled"), (False, "confirmed")])
async def test_officer_decides_what_a_title_says(fukuoka: Partner, *, accept: bool, status: str) -> None:
    await fukuoka.says(calendar(event("a", "【中止】花火大会")))
    assert [one.event.uid for one in await waiting.called_off(fukuoka.source, now=NOW)] == ["a"]
    event_id = await fukuoka.id_of("a")
    await decide_status(event=event_id, accept=accept, by=OFFICER, now=NOW + HOUR)
    (row,) = await fukuoka.rows("status, proposed, revision, changed_at")
    assert (row["status"], row["revision"]) == (status, int(accept))
    assert row["changed_at"] == (NOW + HOUR if accept else NOW)
    assert [action for action, _ in await noted()] == ["event.cancel" if accept else "event.uphold"]
    with pytest.raises(WrongState):
        await decide_status(event=event_id, accept=not accept, by=OFFICER, now=NOW)
    await fukuoka.says(calendar(event("a", "【中止】花火大会", more=["LOCATION:港"])))
    (row,) = await fukuoka.rows("status, proposed, place")
    assert (row["status"], row["place"]) == (status, "港")
    assert await waiting.called_off(fukuoka.source, now=NOW) == []


async def test_decision_falls_with_the_title(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(event("a", "【中止】花火大会")))
    await decide_status(event=await fukuoka.id_of("a"), accept=True, by=OFFICER, now=NOW)
    await fukuoka.says(calendar(event("a", "花火大会")))
    assert [tuple(row) for row in await fukuoka.rows("status, proposed")] == [("confirmed", "")]
    await fukuoka.says(calendar(event("a", "【延期】花火大会")))
    assert [tuple(row) for row in await fukuoka.rows("status, proposed")] == [("confirmed", "cancelled")]


async def test_decisions_name_no_person_and_nothing_of_the_event(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(event("a", "【中止】山田太郎の会", more=["CONTACT:taro@example.jp"])))
    await decide_status(event=await fukuoka.id_of("a"), accept=True, by=OFFICER, now=NOW)
    rows = await fetch("SELECT actor, subject, detail FROM audit_entry")
    assert [(row["actor"], row["subject"], list(msgspec.json.decode(row["detail"]))) for row in rows] == [
        ("officer", f"source:{fukuoka.source}", ["event"])
    ]


async def test_nothing_is_decided_of_what_is_not_there(fukuoka: Partner) -> None:
    for decided in (
        decide_missing(event=fukuoka.source, decision="keep", by=OFFICER, now=NOW),
        decide_vanishing(vanishing=fukuoka.source, decision="keep", by=OFFICER, now=NOW),
        decide_status(event=fukuoka.source, accept=True, by=OFFICER, now=NOW),
    ):
        with pytest.raises(NotFound):
            await decided
