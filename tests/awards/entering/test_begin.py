"""Beginning an entry: in time to the millisecond, by mail, and nobody learns who has entered."""

import datetime as dt
from zoneinfo import ZoneInfo

import httpx
import pytest

from app.awards.tasks import send_entry_link
from app.core import jobs
from tests.awards import planting
from tests.awards.entering.entrants import (
    CONVENTION,
    HTML,
    LEAD,
    begin,
    entered,
    hand_in,
    mails_promised,
    pair,
    planted,
    sign,
    state,
    write,
)
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox

ENTER = f"/{CONVENTION}/awards/green-2026/enter"
MS = dt.timedelta(milliseconds=1)
DEADLINES = [
    ("Asia/Tokyo", "2026-11-30T23:59:00"),
    ("Europe/Berlin", "2026-10-25T02:30:00"),  # the hour that comes twice
    ("Europe/London", "2027-03-28T00:59:59.999"),  # the last moment before the hour that is left out
    ("America/New_York", "2026-11-01T01:00:00"),  # the hour that comes twice
    ("Asia/Bangkok", "2026-12-31T24:00:00"),
    ("Asia/Shanghai", "2026-11-30T17:00:00"),
]


def moment(zone: str, local: str) -> dt.datetime:
    day, _, clock = local.partition("T")
    if clock == "24:00:00":
        return dt.datetime.combine(dt.date.fromisoformat(day) + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    return dt.datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))


async def test_begin_sends_a_link_that_opens_the_entry(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    await planted()
    answer = await begin(http)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ENTER}?done=sent")
    await jobs.drain(clock)
    (mail,) = mailbox()
    assert mail["To"] == "Sato Aoi <aoi@minato.example>"
    link = next(word for word in mail.get_body(("plain",)).get_content().split() if "/entries/" in word)  # type: ignore[union-attr]
    assert (await http.get(link, headers=HTML)).status_code == 200
    assert "Minato" not in str(mail["Subject"])


async def test_numbers_follow_each_other_in_a_category(http: httpx.AsyncClient) -> None:
    award, _ = await planted()
    await planting.category(award, "students")
    for n in range(3):
        await entered(http, email=f"e{n}@example.org")
    await entered(http, category="students")
    assert await value("SELECT array_agg(number ORDER BY number) FROM award_entry e JOIN award_category g"
                       " ON g.id = e.category WHERE g.slug = 'pairs'") == [1, 2, 3]  # fmt: skip
    assert await value("SELECT number FROM award_entry e JOIN award_category g ON g.id = e.category"
                       " WHERE g.slug = 'students'") == 1  # fmt: skip


@pytest.mark.parametrize(("zone", "local"), DEADLINES)
async def test_deadline_is_exact_in_every_zone(http: httpx.AsyncClient, clock: Clock, zone: str, local: str) -> None:
    closes = moment(zone, local).astimezone(dt.UTC)
    await planted(opens_at=closes - dt.timedelta(days=40), closes_at=closes, zone=zone)
    clock.moment = closes - MS
    lead = await entered(http)
    await write(http, lead)
    clock.moment = closes
    assert (await begin(http, email="late@example.org")).status_code == 409
    assert (await hand_in(http, lead)).status_code == 409
    assert await state(lead) == "draft"
    clock.moment = closes - MS
    assert (await hand_in(http, lead)).status_code == 303
    assert await state(lead) == "submitted"


@pytest.mark.parametrize(("late", "taken"), [(-1, "submitted"), (0, "draft"), (1, "draft")])
async def test_the_last_signature_counts_at_its_own_moment(
    http: httpx.AsyncClient, clock: Clock, late: int, taken: str
) -> None:
    closes = NOW + dt.timedelta(days=1)
    await planted(closes_at=closes, grace_ms=1500)
    lead, partner = await pair(http)
    await hand_in(http, lead)
    clock.moment = closes + dt.timedelta(milliseconds=1500 + late)
    assert (await sign(http, partner)).status_code == (303 if taken == "submitted" else 409)
    assert await state(lead) == taken


@pytest.mark.parametrize(("shift", "status"), [(-1, 409), (0, 303)])
async def test_nothing_is_taken_before_the_opening(
    http: httpx.AsyncClient, clock: Clock, shift: int, status: int
) -> None:
    opens = NOW + dt.timedelta(hours=1)
    await planted(opens_at=opens, closes_at=opens + dt.timedelta(days=3))
    clock.moment = opens + shift * MS
    assert (await begin(http)).status_code == status


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "aoi"}, "email"),
        ({"name": ""}, "name"),
        ({"country": "XX"}, "country"),
        ({"category": "x"}, "category"),
    ],
)
async def test_wrong_answers_come_back_with_what_was_typed(
    http: httpx.AsyncClient, wrong: dict[str, str], field: str
) -> None:
    await planted()
    answer = await begin(http, **wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Minato Heat K.K." in answer.text
    assert await value("SELECT count(*) FROM award_entry") == 0


async def test_an_award_that_is_not_public_takes_nothing(http: httpx.AsyncClient) -> None:
    await planting.category(await planting.award("green-2026", published=False))
    assert (await begin(http)).status_code == 404
    assert (await http.get(ENTER)).status_code == 404
    assert (await http.get("/another-2026/awards/green-2026/enter")).status_code == 404


async def test_two_clicks_begin_one_entry(http: httpx.AsyncClient, clock: Clock) -> None:
    await planted()
    await entered(http)
    await entered(http)
    assert await value("SELECT count(*) FROM award_entry") == 1
    clock.forward(minutes=2)
    lead = await entered(http)
    await write(http, lead)
    await entered(http)
    assert await value("SELECT count(*) FROM award_entry") == 2


async def test_lost_links_come_by_mail_and_nobody_learns_whether_there_are_any(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    await planted()
    await entered(http)
    clock.forward(minutes=2)
    before = await mails_promised("started")
    known = await http.post(ENTER, data={"email": LEAD["email"], "action": "again"}, headers=HTML)
    after = await mails_promised("started")
    other = await http.post(ENTER, data={"email": "nobody@example.org", "action": "again"}, headers=HTML)
    assert (after - before, await mails_promised("started") - after) == (1, 0)
    assert (known.status_code, known.headers["location"]) == (other.status_code, other.headers["location"])


async def test_beginning_says_nothing_of_where_a_person_lives(http: httpx.AsyncClient) -> None:
    award, _ = await planted()
    await planting.entry(await planting.category(award, "other"))
    await value("UPDATE person SET residence = 'JP' RETURNING id")
    await entered(http, name="Person 1 of entry 1", email=f"p1.e1.{_other(award)!s}@example.org", country="DE")
    assert await value("SELECT count(*) FROM person WHERE residence = 'DE'") == 0


def _other(award: object) -> str:
    return str(award)[:8]


async def test_a_mail_to_an_erased_person_is_not_written(http: httpx.AsyncClient, mailbox: Mailbox) -> None:
    await planted()
    await entered(http)
    member = str(await value("SELECT id FROM entry_member"))
    await value("DELETE FROM person_details RETURNING person")
    await send_entry_link(purpose="started", member=member, stamp="x", now=NOW)
    assert mailbox() == []
