"""Pings that go out, to a partner city that really listens."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from app.core import jobs
from app.core.db import fetch, fetch_one
from app.core.errors import Invalid, NotFound
from app.exchange.agreeing import reach
from app.exchange.errors import AgreementNotValid
from app.exchange.pinging import targets, telling
from app.exchange.pinging.signature import is_true
from app.exchange.publishing import log
from app.people.roles import Principal
from tests.clock import NOW, Clock
from tests.doors import value
from tests.exchange import planting
from tests.exchange.cities import Asked, City, city

OFFICER = Principal(role="officer")
PING = "/ping"


@pytest.fixture
async def fukuoka() -> AsyncIterator[City]:
    async with city() as found:
        found.serve(PING, status=204)
        yield found


async def told_to(found: City, slug: str = "fukuoka", **columns: Any) -> str:
    """Add a partner that wants to be told at this city; return the key of its pings."""
    await planting.agreement(await planting.partner(slug), **columns)
    return await set_to(found.url(PING), slug)


async def set_to(url: str, slug: str = "fukuoka") -> str:
    return await targets.set_target(partner=await reach.any_partner(slug), url=url, principal=OFFICER, now=NOW)


async def work(clock: Clock, seconds: float = 2) -> None:
    """Let the worker do what is due by then."""
    clock.forward(seconds=seconds)
    await jobs.drain(clock)


async def change(title: str, convention: str = "yokohama-2026") -> None:
    sql = "UPDATE session SET title = title || jsonb_build_object('en', $1::text), revision = revision + 1"
    await fetch(f"{sql} WHERE id = (SELECT min(id::text)::uuid FROM session)", title)


async def row() -> dict[str, Any]:
    found = await fetch_one("SELECT * FROM ping_target")
    assert found is not None
    return dict(found)


def is_signed(asked: Asked, key: str) -> bool:
    timestamp, given = asked.headers["machigurumi-timestamp"], asked.headers["machigurumi-signature"]
    return is_true(key, timestamp, asked.body, given)


pytestmark = pytest.mark.usefixtures("http")


async def test_partner_is_told_at_once_and_after_each_change(fukuoka: City, clock: Clock) -> None:
    key = await told_to(fukuoka)
    await work(clock)
    (first,) = fukuoka.asked
    assert (first.method, first.path, first.headers["content-type"]) == ("POST", PING, "application/json")
    said = json.loads(first.body)
    assert said == {
        "calendar": "http://test/dav/partners/fukuoka/",
        "change": await value("SELECT max(change) FROM publication"),
    }
    assert is_signed(first, key)
    assert first.headers["machigurumi-timestamp"] == str(int(clock().timestamp()))
    await work(clock)
    assert len(fukuoka.asked) == 1, "nothing has changed"
    await change("another")
    await telling.watch(now=clock())
    await work(clock)
    (_first, second) = fukuoka.asked
    assert json.loads(second.body)["change"] == said["change"] + 1
    assert (await row())["told"] == said["change"] + 1


async def test_many_changes_are_told_as_one(fukuoka: City, clock: Clock) -> None:
    await told_to(fukuoka)
    await work(clock)
    for number in range(5):
        await change(f"title {number}")
        await log.catch_up(now=clock())
    assert await value("SELECT count(*) FROM job WHERE name = 'exchange.tell_target' AND done_at IS NULL") == 1
    await work(clock)
    assert len(fukuoka.asked) == 2


async def test_change_that_a_partner_does_not_get_is_not_told(fukuoka: City, clock: Clock) -> None:
    await told_to(fukuoka, publishes={"scopes": ["core"], "partners": True})
    await work(clock)
    outside = "event IN (SELECT id FROM event WHERE kpi_scope <> 'core')"
    await fetch(f'UPDATE session SET title = \'{{"en": "x"}}\', revision = revision + 1 WHERE {outside}')
    await telling.watch(now=clock())
    await work(clock)
    assert len(fukuoka.asked) == 1


@pytest.mark.parametrize(
    "columns", [{"revoked_at": NOW + dt.timedelta(seconds=1)}, {"valid_until": NOW.date(), "renews": False}]
)
async def test_nobody_is_told_when_the_agreement_is_over(fukuoka: City, clock: Clock, columns: dict[str, Any]) -> None:
    await told_to(fukuoka, **columns)
    await work(clock, seconds=24 * 3600)
    assert fukuoka.asked == []


async def test_city_that_fails_is_tried_again_later_and_later(fukuoka: City, clock: Clock) -> None:
    await told_to(fukuoka)
    fukuoka.serve(PING, status=500)
    for number, seconds in enumerate((2, 10, 20, 40), 1):
        await work(clock, seconds - 1.5)
        assert len(fukuoka.asked) == number - 1, "too early"
        await work(clock, 1.5)
        assert (len(fukuoka.asked), (await row())["failures"]) == (number, number)
    fukuoka.serve(PING, status=200)
    await work(clock, 80)
    found = await row()
    assert (len(fukuoka.asked), found["failures"], found["told_at"]) == (5, 0, clock())
    assert await value("SELECT count(*) FROM job WHERE given_up_at IS NOT NULL OR tries > 1") == 0, "no job failed"


async def test_after_a_day_and_a_half_only_the_next_change_is_tried(fukuoka: City, clock: Clock) -> None:
    await told_to(fukuoka)
    fukuoka.serve(PING, status=410)
    waited = 0.0
    for number in range(1, telling.MOST_FAILURES + 5):
        seconds = telling.pause(number).total_seconds()
        await work(clock, seconds)
        waited += seconds if number < telling.MOST_FAILURES else 0
    assert len(fukuoka.asked) == telling.MOST_FAILURES
    assert dt.timedelta(days=1) < dt.timedelta(seconds=waited) < dt.timedelta(days=2)
    await change("another")
    await telling.watch(now=clock())
    await work(clock)
    assert len(fukuoka.asked) == telling.MOST_FAILURES + 1


async def test_changes_while_a_city_fails_make_no_more_tries(fukuoka: City, clock: Clock) -> None:
    """A change is told at once, also in a long pause; from then on there is one series of tries, as before."""
    await told_to(fukuoka)
    fukuoka.serve(PING, status=500)
    for number in range(4):
        await change(f"title {number}")
        await log.catch_up(now=clock())
        await work(clock)
    assert len(fukuoka.asked) == 4
    await work(clock, telling.pause(4).total_seconds() - 1)
    assert len(fukuoka.asked) == 4, "the tries that were promised before are none any more"
    await work(clock, 1)
    assert len(fukuoka.asked) == 5


async def test_city_that_is_not_there(clock: Clock) -> None:
    async with city() as gone:
        url = gone.url(PING)
    await planting.agreement(await planting.partner("fukuoka"))
    await set_to(url)
    await work(clock)
    assert (await row())["failures"] == 1


async def test_redirects_are_not_followed(fukuoka: City, clock: Clock) -> None:
    await told_to(fukuoka)
    fukuoka.move(PING, fukuoka.url("/elsewhere"))
    await work(clock)
    assert [asked.path for asked in fukuoka.asked] == [PING]
    assert (await row())["failures"] == 1


@pytest.mark.parametrize(
    "url", ["", "nothing", "ftp://a.example/", "http://10.0.0.1/", "https://localhost/", "https://user@a.example/"]
)
async def test_address_that_must_not_be_called(url: str) -> None:
    await planting.agreement(await planting.partner("fukuoka"))
    with pytest.raises(Invalid) as refused:
        await set_to(url)
    assert [error.field for error in refused.value.errors] == ["url"]


async def test_target_is_one_sealed_and_in_the_audit_log(fukuoka: City, clock: Clock) -> None:
    first = await told_to(fukuoka)
    second = await set_to(fukuoka.url("/other"))
    assert first != second
    stored = await row()
    for secret in (second, PING, "/other", "127.0.0.1"):
        assert secret.encode() not in stored["url"] + stored["secret"]
    partner = await reach.any_partner("fukuoka")
    found = await targets.target_of(partner.id)
    assert found is not None
    assert (found.url, found.failures, found.told_at) == (fukuoka.url("/other"), 0, None)
    await targets.remove_target(partner=partner, principal=OFFICER, now=clock())
    assert await targets.target_of(partner.id) is None
    with pytest.raises(NotFound):
        await targets.remove_target(partner=partner, principal=OFFICER, now=clock())
    noted = await fetch(
        "SELECT action, subject, detail FROM audit_entry WHERE action LIKE 'ping_target%' ORDER BY position"
    )
    assert [one["action"] for one in noted] == ["ping_target.set", "ping_target.set", "ping_target.remove"]
    assert {(one["subject"], one["detail"]) for one in noted} == {(f"partner:{partner.id}", "{}")}
    await work(clock)
    assert fukuoka.asked == [], "what was promised before finds nobody"


async def test_target_needs_a_valid_agreement(fukuoka: City) -> None:
    await planting.agreement(await planting.partner("fukuoka"), revoked_at=NOW)
    with pytest.raises(AgreementNotValid):
        await set_to(fukuoka.url(PING))


def test_pauses_grow_to_six_hours() -> None:
    assert [telling.pause(n).total_seconds() for n in (1, 2, 3, 11, 12, 13, 1000)] == [
        10,
        20,
        40,
        10240,
        20480,
        21600,
        21600,
    ]


async def test_job_of_a_target_that_is_gone_does_nothing() -> None:
    await telling.tell(target=UUID(int=1), now=NOW)
