"""Our calendars, read by parsers that have nothing in common: the same UID, moments, title, place and status."""

import datetime as dt
import json
import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import icalendar
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from khal.icalendar import cal_from_ics
from khal.khalendar.event import Event as KhalEvent

from app.core.db import fetch
from tests.clock import NOW
from tests.events.rows import add_session
from tests.exchange import planting
from tests.exchange.publishing.planted import reader

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NODE = shutil.which("node", path=f"{ROOT}/.make/node/bin") or shutil.which("node") or "node"
Line = tuple[str, str, str, str, str, str, str, int]
"""UID, instance, start, end, title, place, status, SEQUENCE; moments in UTC, whole days as such, the end exclusive."""


def said(value: dt.date | dt.datetime | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    assert value.tzinfo is not None
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def by_icalendar(text: str) -> list[Line]:
    found: list[Any] = list(icalendar.Calendar.from_ical(text).events)
    return [
        (
            str(one["uid"]),
            said(one["recurrence-id"].dt if "recurrence-id" in one else None),
            said(one.start),
            said(one.end),
            str(one["summary"]),
            str(one.get("location", "")),
            str(one["status"]),
            int(one["sequence"]),
        )
        for one in found
    ]


def by_vobject(text: str) -> list[Line]:
    def first(one: Any, name: str) -> Any:
        return getattr(one, name).value if hasattr(one, name) else ""

    return [
        (
            first(one, "uid"),
            said(first(one, "recurrence_id") or None),
            said(first(one, "dtstart")),
            said(first(one, "dtend")),
            first(one, "summary"),
            first(one, "location"),
            first(one, "status"),
            int(first(one, "sequence")),
        )
        for one in vobject.readOne(text).vevent_list
    ]


def by_ical(text: str) -> list[Line]:
    found: list[Any] = list(IcsCalendarStream.calendar_from_ics(text).events)
    return [
        (
            str(one.uid),
            said(_instance(one.recurrence_id)),
            said(one.dtstart),
            said(one.dtend),
            one.summary or "",
            one.location or "",
            str(one.status.value if one.status else ""),
            one.sequence or 0,
        )
        for one in found
    ]


def _instance(written: Any) -> dt.datetime | None:
    """Return what `ical` keeps of RECURRENCE-ID: local time without its zone, which is Tokyo's here."""
    if not written:
        return None
    return dt.datetime.strptime(str(written), "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo("Asia/Tokyo"))


def by_khal(text: str) -> list[Line]:
    zone = ZoneInfo("Asia/Tokyo")
    locale: Any = {"default_timezone": zone, "local_timezone": zone}
    lines = []
    found: list[Any] = cal_from_ics(text).walk("VEVENT")
    for one in found:
        event: Any = KhalEvent.fromVEvents([one], calendar="ours", locale=locale)
        whole = event.allday
        lines.append(
            (
                event.uid,
                said(one["recurrence-id"].dt if "recurrence-id" in one else None),
                said(event.start),
                said(event.end + dt.timedelta(days=1) if whole else event.end),
                event.summary,
                event.location,
                event.status,
                int(one["sequence"]),
            )
        )
    return lines


def by_ical_js(text: str) -> list[Line]:
    done = subprocess.run(
        [NODE, str(HERE / "read.mjs")], input=text.encode(), capture_output=True, check=True, timeout=60
    )
    return [tuple(line) for line in json.loads(done.stdout)]


READERS: tuple[Callable[[str], list[Line]], ...] = (by_vobject, by_ical, by_khal, by_ical_js)


async def plant() -> str:
    """Add what readers disagree about elsewhere, and return the address of a feed with everything in it."""
    hard = '①髙﨑～🎆; a, b: c\\d "e" ' + "長い題名" * 30
    room = {"en": "B1, 大ホール; 左"}
    await add_session("hard", title={"en": hard}, description={"en": "一\n二\\三"}, room=room, mode="on_site")
    await add_session("off", canceled_at=NOW)
    await add_session("midnight", starts_at=NOW + dt.timedelta(hours=13), ends_at=NOW + dt.timedelta(hours=14))
    made = await planting.partner("frankfurt")
    source = await planting.source(await planting.agreement(made, onward=True))
    berlin = dt.datetime(2026, 10, 20, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    series: dict[str, Any] = {"uid": "s@frankfurt.example", "zone": "Europe/Berlin"}
    rule: dict[str, Any] = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=5"]}
    hours = dt.timedelta(hours=2)
    await planting.event(source, "Markt", starts_at=berlin, ends_at=berlin + hours, body=rule, **series)
    await planting.event(
        source, "Messe", starts_at=berlin, zone="Europe/Berlin", place="Halle 3, Römer; Nord", status="tentative"
    )
    days: dict[str, Any] = {"first_day": dt.date(2026, 12, 31), "last_day": dt.date(2027, 1, 2)}
    await planting.event(source, "Silvester", starts_at=berlin, **days)
    weekly: dict[str, Any] = {"uid": "w@frankfurt.example", "body": rule}
    await planting.event(source, "朝市", starts_at=NOW, **weekly)
    apart = (NOW + dt.timedelta(days=7)).isoformat()
    await planting.event(source, "朝市（移動）", starts_at=NOW + dt.timedelta(days=8), recurrence_id=apart, **weekly)
    _partner, path = await reader("sapporo")
    return f"{path}.ics"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_every_parser_reads_the_same(http: httpx.AsyncClient) -> None:
    path = await plant()
    for address in (path, "/calendars/yokohama-2026.ics"):
        text = (await http.get(address, params={"lang": "en"})).text
        expected = sorted(by_icalendar(text))
        rows = await fetch("SELECT count(*) FROM session")
        assert len(expected) > rows[0][0]
        for read in READERS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                assert sorted(read(text)) == expected, (read.__name__, address)


async def test_moments_are_those_of_the_rows(http: httpx.AsyncClient) -> None:
    text = (await http.get(await plant(), params={"lang": "en"})).text
    read = {line[0]: line for line in by_icalendar(text)}
    for row in await fetch(
        "SELECT s.id, starts_at, ends_at FROM session s JOIN event e ON e.id = s.event WHERE e.kpi_scope <> 'out'"
    ):
        line = read[f"session-{row['id']}@test"]
        assert line[2:4] == (said(row["starts_at"]), said(row["ends_at"]))
    titles = {line[4]: line for line in by_icalendar(text)}
    assert titles["Messe"][2] == "2026-10-20T07:30:00Z"
    assert titles["Silvester"][2:4] == ("2026-12-31", "2027-01-03")
    assert titles["off"][6] == "CANCELLED"


async def test_clocks_that_change_within_a_series_are_told(http: httpx.AsyncClient) -> None:
    """The third date of the market lies behind the end of summer time."""
    text = (await http.get(await plant())).text
    berlin = text[text.index("TZID:Europe/Berlin") :]
    assert "DTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n" in berlin
    assert "DTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n" in berlin
