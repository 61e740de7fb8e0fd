"""Series as calendar programs want them (RFC 4791, 9.6): every date for itself, or only those that are near."""

import datetime as dt
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import httpx
import pytest
from icalendar import Calendar

from app.core.signing import new_token, token_digest
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.dav.asking import DECLARED, SPACES, Program

DAY = dt.timedelta(days=1)
PATH = "/dav/partners/kobe/"
WEEKS = {"start": "20261122T000000Z", "end": "20261207T000000Z"}
"""Two weeks from the first date of the series on, and a day."""


@pytest.fixture
async def kobe(http: httpx.AsyncClient) -> Program:
    """A partner that reads what another one tells: at ten in Tokyo, every week."""
    reader = await planting.agreement(await planting.partner("kobe"))
    token = new_token()
    await planting.insert("feed_token", agreement=reader, digest=token_digest(token), label="x", created_at=NOW)
    return Program(http, authorization=f"Bearer {token}")


@pytest.fixture
async def fukuoka() -> UUID:
    teller = await planting.agreement(await planting.partner("fukuoka"), onward=True)
    return await planting.source(teller)


async def series(source: UUID, *rules: str, **columns: Any) -> None:
    lines = list(rules or ("RRULE:FREQ=WEEKLY;COUNT=5",))
    starts = columns.pop("starts_at", NOW + DAY)
    await planting.event(source, uid="hanabi", body={"recurrence": lines}, starts_at=starts, **columns)


async def instance(source: UUID, week: int, title: str, *, later: dt.timedelta = DAY) -> None:
    """Let a date of the series be told by itself, later than the rule says."""
    stood = NOW + DAY + week * 7 * DAY
    await planting.event(source, title, uid="hanabi", recurrence_id=stood.isoformat(), starts_at=stood + later)


def data(shape: str = "", **attributes: str) -> str:
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<D:prop><C:calendar-data>{f'<C:{shape}{said}/>' if shape else ''}</C:calendar-data></D:prop>"


def span(start: str, end: str) -> str:
    return f'<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'


async def told(program: Program, props: str, title: str = "花火大会", **times: str) -> list[Calendar]:
    """Return the calendar data of a query for a time in which the title stands."""
    found = await program.query(PATH, span(**times or WEEKS), props)
    texts = [one.text("C:calendar-data") for one in found.values()]
    return [Calendar.from_ical(text) for text in texts if title in text]


def dates(calendar: Calendar) -> list[tuple[str, str, str]]:
    """Return title, RECURRENCE-ID and DTSTART of each entry, as written."""
    return sorted((str(one["SUMMARY"]), _said(one, "RECURRENCE-ID"), _said(one, "DTSTART")) for one in calendar.events)


def _said(event: Any, name: str) -> str:
    written: bytes = event[name].to_ical() if name in event else b""
    return written.decode()


async def test_expanded_series_is_its_dates_in_utc_without_a_rule(kobe: Program, fukuoka: UUID) -> None:
    await series(fukuoka, "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Asia/Tokyo:20261206T100000")
    await instance(fukuoka, 1, "花火大会（順延）")
    (found,) = await told(kobe, data("expand", **WEEKS))
    assert dates(found) == [
        ("花火大会", "20261122T010000Z", "20261122T010000Z"),
        ("花火大会（順延）", "20261129T010000Z", "20261130T010000Z"),
    ]
    text = found.to_ical().decode()
    assert not [name for name in ("RRULE", "EXDATE", "VTIMEZONE", "TZID") if name in text]
    assert len({str(one["UID"]) for one in found.events}) == 1


async def test_expanded_dates_are_those_that_overlap(kobe: Program, fukuoka: UUID) -> None:
    await series(fukuoka, "RRULE:FREQ=DAILY")
    within = {"start": "20261124T020000Z", "end": "20261126T010000Z"}  # during one date, until another begins
    (found,) = await told(kobe, data("expand", **within), **within)
    assert [start for _, _, start in dates(found)] == ["20261124T010000Z", "20261125T010000Z"]


async def test_expanded_days_stay_days(kobe: Program, fukuoka: UUID) -> None:
    midnight, days = NOW.replace(hour=15), {"first_day": dt.date(2026, 11, 22), "last_day": dt.date(2026, 11, 22)}
    await series(fukuoka, "RRULE:FREQ=WEEKLY;COUNT=5", starts_at=midnight, ends_at=midnight + DAY, **days)
    (found,) = await told(kobe, data("expand", **WEEKS))
    assert dates(found) == [("花火大会", f"202611{day}", f"202611{day}") for day in (22, 29)] + [
        ("花火大会", "20261206", "20261206")
    ]


async def test_event_without_a_rule_is_expanded_to_itself_in_utc(kobe: Program) -> None:
    sessions = await kobe.query(PATH, span(**WEEKS), data("expand", **WEEKS))
    texts = [one.text("C:calendar-data") for one in sessions.values()]
    assert len(texts) > 20
    assert not [text for text in texts if "TZID" in text or "RECURRENCE-ID" in text]


async def test_limited_set_has_the_rule_and_the_dates_that_are_near(kobe: Program, fukuoka: UUID) -> None:
    await series(fukuoka)
    await instance(fukuoka, 1, "花火大会（順延）")
    await instance(fukuoka, 3, "花火大会（遠い）")
    await instance(fukuoka, 2, "花火大会（動いた）", later=20 * DAY)
    before = {"start": "20261205T000000Z", "end": "20261207T000000Z"}
    for times, expected in ((WEEKS, {"順延", "動いた"}), (before, {"動いた"})):
        (found,) = await told(kobe, data("limit-recurrence-set", **times))
        titles = {str(one["SUMMARY"]).removeprefix("花火大会").strip("（）") for one in found.events}
        assert titles == expected | {""}
        assert [str(one["DTSTART"].params["TZID"]) for one in found.events] == ["Asia/Tokyo"] * len(titles)


async def test_multiget_expands_as_well_and_says_nothing_of_other_times(kobe: Program, fukuoka: UUID) -> None:
    await series(fukuoka)
    href = next(href for href, one in (await kobe.query(PATH, span(**WEEKS), data())).items() if "card-" in href)
    for times, count in ((WEEKS, 3), ({"start": "20280101T000000Z", "end": "20280201T000000Z"}, 0)):
        body = f"<C:calendar-multiget {DECLARED}>{data('expand', **times)}<D:href>{href}</D:href></C:calendar-multiget>"
        answer = await kobe.ask("REPORT", PATH, body)
        text = ET.fromstring(answer.content).findtext(".//C:calendar-data", "", SPACES)
        assert (answer.status_code, text.count("BEGIN:VEVENT"), text.count("END:VCALENDAR")) == (207, count, 1)


@pytest.mark.parametrize(
    ("start", "end", "there"),
    [
        ("20261122T000000Z", "20261123T000000Z", True),
        ("20261123T000000Z", "20261129T000000Z", False),
        ("20261129T000000Z", "20261129T010001Z", True),
        ("20261130T000000Z", "20261206T000000Z", False),
        ("20261213T000000Z", "20270101T000000Z", False),
    ],
)
async def test_series_is_found_where_it_takes_place_alone(
    kobe: Program, fukuoka: UUID, start: str, end: str, *, there: bool
) -> None:
    await series(fukuoka, "RRULE:FREQ=WEEKLY;COUNT=3")
    assert bool(await told(kobe, data(), start=start, end=end)) is there


@pytest.mark.parametrize(
    ("rule", "end"),
    [("RRULE:FREQ=HOURLY", "20270201T000000Z"), ("RRULE:FREQ=WEEKLY", "20281231T000000Z")],
)
async def test_more_dates_than_we_write_down_are_refused_and_not_cut_off(
    kobe: Program, fukuoka: UUID, rule: str, end: str
) -> None:
    await series(fukuoka, rule)
    times = {"start": "20261122T000000Z", "end": end}
    said = f'<C:filter><C:comp-filter name="VCALENDAR">{span(**WEEKS)}</C:comp-filter></C:filter>'
    body = f"<C:calendar-query {DECLARED}>{data('expand', **times)}{said}</C:calendar-query>"
    answer = await kobe.ask("REPORT", PATH, body)
    assert (answer.status_code, "<D:number-of-matches-within-limits/>" in answer.text) == (403, True)
