"""Sessions at an organiser's desk: quick to add, by the clocks of the convention, never lost."""

import datetime as dt
import re
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import fetch
from app.core.web.frame import Frame
from app.events.edits import Lines, SessionEdit
from app.events.owned import OwnSession
from app.events.sessions import edit_of, moments
from tests.clock import NOW, Clock
from tests.doors import value
from tests.events.consoles import actions, at_desk, draft, row, two
from tests.events.rows import add_session

db = pytest.mark.usefixtures("http")
FORM = {"title.en": "Opening", "day": "2026-11-21", "from_time": "10:00", "to_time": "11:00", "mode": "on_site"}


def typed(html: str, name: str) -> str:
    """Return what stands in a field of a page."""
    found = re.search(rf'<input[^>]* name="{re.escape(name)}"[^>]* value="([^"]*)"', html)
    return found[1] if found else ""


def chosen(html: str, name: str) -> str:
    """Return what is chosen in a select of a page."""
    block = re.search(rf'<select[^>]* name="{name}".*?</select>', html, re.DOTALL)
    found = re.search(r'value="([^"]*)" selected', block[0]) if block else None
    return found[1] if found else ""


async def add(desk: httpx.AsyncClient, event: UUID, **form: str) -> UUID:
    answer = await desk.post(f"/console/events/{event}/sessions/new", data={**FORM, **form})
    assert answer.status_code == 303, answer.text
    found: UUID = await value("SELECT id FROM session WHERE event = $1 ORDER BY changed_at DESC, slug DESC", event)  # type: ignore[assignment]
    return found


@db
async def test_three_sessions_need_three_titles_and_three_clicks(app: Frame) -> None:
    mine, _other = await two()
    venue = await value("SELECT id FROM venue WHERE organiser IS NULL LIMIT 1")
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine, venue=str(venue), mode="hybrid")
        path = f"/console/events/{event}/sessions/new"
        for number, title in enumerate(("One", "Two", "Three")):
            html = (await desk.get(path)).text
            form = {name: typed(html, name) for name in ("from_time", "to_time")}
            form |= {name: chosen(html, name) for name in ("day", "venue")}
            assert (form["day"], form["from_time"]) == ("2026-11-21", f"{10 + number}:00")
            mode = re.search(r'name="mode" value="(\w+)" checked', html)
            assert mode
            answer = await desk.post(path, data={**form, "mode": mode[1], "title.ja": title, "action": "another"})
            assert answer.headers["location"] == f"{path}?done=another"
        rows = await fetch(
            "SELECT slug, venue, mode, starts_at FROM session WHERE event = $1 ORDER BY starts_at", event
        )
        assert [(r["slug"], r["venue"], r["mode"]) for r in rows] == [
            ("one", venue, "hybrid"),
            ("two", venue, "hybrid"),
            ("three", venue, "hybrid"),
        ]
        assert [r["starts_at"] - NOW for r in rows] == [dt.timedelta(hours=n) for n in range(3)]
    assert await actions(event) == ["event.create", *["session.add"] * 3]


@db
@pytest.mark.parametrize(
    ("last_end", "proposed"),
    [
        ("17:59", ("2026-11-21", "17:59")),
        ("18:00", ("2026-11-22", "10:00")),
        ("01:00", ("2026-11-22", "01:00")),
    ],
)
async def test_next_session_is_proposed_after_the_last_one(
    app: Frame, last_end: str, proposed: tuple[str, str]
) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await add(desk, event, from_time="17:00", to_time=last_end)
        html = (await desk.get(f"/console/events/{event}/sessions/new")).text
        assert (chosen(html, "day"), typed(html, "from_time")) == proposed


@db
async def test_session_over_midnight_and_over_days(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        night = await row("session", await add(desk, event, from_time="23:00", to_time="01:30"))
        assert (night["starts_at"], night["ends_at"]) == (
            dt.datetime(2026, 11, 21, 14, tzinfo=dt.UTC),
            dt.datetime(2026, 11, 21, 16, 30, tzinfo=dt.UTC),
        )
        long = await row("session", await add(desk, event, **{"title.en": "Vigil", "last_day": "2026-11-23"}))
        assert long["ends_at"] == dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)
        html = (await desk.get(f"/console/events/{event}/sessions/{night['id']}")).text
        assert (typed(html, "from_time"), typed(html, "to_time"), typed(html, "last_day")) == ("23:00", "01:30", "")
        html = (await desk.get(f"/console/events/{event}/sessions/{long['id']}")).text
        assert typed(html, "last_day") == "2026-11-23"


@given(
    starts=st.datetimes(dt.datetime(2026, 11, 20), dt.datetime(2026, 11, 24)),  # noqa: DTZ001
    minutes=st.integers(1, 72 * 60),
    zone=st.sampled_from(["Asia/Tokyo", "UTC", "Asia/Kathmandu"]),
)
def test_what_the_form_shows_means_the_same_moments(starts: dt.datetime, minutes: int, zone: str) -> None:
    begin = starts.replace(second=0, microsecond=0, tzinfo=dt.UTC)
    session = OwnSession(
        **{name: UUID(int=1) for name in ("id", "event", "venue")},  # type: ignore[arg-type]
        room={},
        title={},
        description={},
        slug="x",
        mode="online",
        starts_at=begin,
        ends_at=begin + dt.timedelta(minutes=minutes),
        languages=[],
        capacity=None,
        speakers=[],
        revision=0,
        changed_at=begin,
    )
    assert moments(edit_of(session, zone), zone) == (session.starts_at, session.ends_at)


@db
async def test_everything_of_a_session_is_saved_and_shown_again(app: Frame, clock: Clock) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = await add(desk, event)
        clock.forward(minutes=1)
        form = FORM | {
            "seen": "0",
            "title.th": "เปิดงาน",
            "room.ja": "大ホール",
            "mode": "hybrid",
            "stream_url": "https://stream.example/x?a=1&b=2",
            "capacity": "120",
            "description.en": "Words.",
            "speakers.0.name.en": "Lin",
            "speakers.0.organisation.ja": "市役所",
            "speakers.2.name.ja": "森",
            "languages": ["ja", "vi"],
        }
        path = f"/console/events/{event}/sessions/{session}"
        answer = await desk.post(path, data=form)
        assert answer.headers["location"] == f"/console/events/{event}/sessions?done=saved"
        saved = await row("session", session)
        assert (saved["revision"], saved["changed_at"], saved["capacity"]) == (1, clock.moment, 120)
        assert saved["stream_url"] == "https://stream.example/x?a=1&b=2"
        columns = {name: msgspec.json.decode(str(saved[name])) for name in ("languages", "speakers", "room", "title")}
        assert columns == {
            "languages": ["ja", "vi"],
            "speakers": [
                {"name": {"en": "Lin"}, "organisation": {"ja": "市役所"}},
                {"name": {"ja": "森"}, "organisation": {}},
            ],
            "room": {"ja": "大ホール"},
            "title": {"en": "Opening", "th": "เปิดงาน"},
        }
        html = (await desk.get(path)).text
        for words in ("https://stream.example/x?a=1&amp;b=2", 'value="Lin"', 'value="森"', 'value="vi" checked', "120"):
            assert words in html
        told = (await desk.get(f"/console/events/{event}/history")).text
        assert "Session changed: Opening" in told
        assert "Places: <ins>120</ins>" in told
        assert "stream.example" not in told
        assert "Lin" not in told
        assert "<li>Speakers (en)</li>" in told


@db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title.en": ""}, "title"),
        ({"day": "2026-12-24"}, "day"),
        ({"from_time": "25:00"}, "from_time"),
        ({"last_day": "2026-11-20"}, "last_day"),
        ({"last_day": "2026-11-21", "to_time": "10:00"}, "to_time"),
        ({"day": "0001-01-01"}, "day"),
        ({"day": "9999-12-31", "to_time": "09:00"}, "day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"last_day": "2026-11-28"}, "last_day"),
        ({"stream_url": "http://stream.example"}, "stream_url"),
        ({"stream_url": "javascript:alert(1)"}, "stream_url"),
        ({"stream_url": 'https://x.example/"onload="'}, "stream_url"),
        ({"stream_url": "https://"}, "stream_url"),
        ({"stream_url": "https://横浜.example"}, "stream_url"),
        ({"capacity": "0"}, "capacity"),
        ({"mode": "by boat"}, "mode"),
        ({"venue": "018f0000-0000-7000-8000-000000000000"}, "venue"),
        ({"languages": "not a tag"}, "languages-0"),
        ({"title.ko": "\u202ex"}, "title-ko"),
    ],
)
async def test_wrong_field_is_named_and_the_rest_kept(app: Frame, wrong: dict[str, str], field: str) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        form = {**FORM, "room.ja": "広間", **wrong}
        answer = await desk.post(f"/console/events/{event}/sessions/new", data=form)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert 'value="広間"' in answer.text
        assert ("begins with https://.</a>" in answer.text) == (field == "stream_url")
        assert await value("SELECT count(*) FROM session WHERE event = $1", event) == 0


@db
async def test_rows_of_speakers_come_and_go_without_scripts(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        path = f"/console/events/{event}/sessions/new"
        more = await desk.post(path, data={**FORM, "action": "add.speakers", "speakers.0.name.en": "Lin"})
        assert 'name="speakers.1.name.en"' in more.text
        assert 'value="Lin"' in more.text
        less = await desk.post(path, data={**FORM, "action": "remove.speakers.0", "speakers.0.name.en": "Lin"})
        assert "Lin" not in less.text
        assert 'value="Opening"' in less.text
    assert await value("SELECT count(*) FROM session WHERE event = $1", event) == 0


@db
async def test_who_saves_a_session_too_late_sees_both(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = await add(desk, event)
        path = f"/console/events/{event}/sessions/{session}"
        await desk.post(path, data={**FORM, "seen": "0", "to_time": "12:00"})
        late = await desk.post(path, data={**FORM, "seen": "0", "to_time": "11:30"})
        assert late.status_code == 409
        assert typed(late.text, "to_time") == "11:30"
        assert "Stored now: “12:00”." in late.text
        assert typed(late.text, "seen") == "1"
        assert (await desk.post(path, data={**FORM, "seen": "1", "to_time": "11:30"})).status_code == 303


@db
async def test_copy_takes_everything_but_the_time(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = await add(desk, event, to_time="10:45", **{"room.en": "Blue"})
        html = (await desk.get(f"/console/events/{event}/sessions/new?copy={session}")).text
        assert (typed(html, "title.en"), typed(html, "room.en")) == ("Opening", "Blue")
        assert (typed(html, "from_time"), typed(html, "to_time")) == ("10:45", "11:30")


@db
async def test_overlap_in_a_room_is_told_and_not_refused(app: Frame) -> None:
    mine, _other = await two()
    venue = str(await value("SELECT id FROM venue WHERE organiser IS NULL LIMIT 1"))
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        page = f"/console/events/{event}/sessions"
        await add(desk, event, venue=venue, **{"room.en": "Blue"})
        await add(
            desk, event, venue=venue, from_time="11:00", to_time="12:00", **{"title.en": "After", "room.en": "Blue"}
        )
        assert "the room is also taken" not in (await desk.get(page)).text
        await add(desk, event, venue=venue, from_time="10:30", **{"title.en": "Second", "room.en": "Blue"})
        assert (await desk.get(page)).text.count("the room is also taken") == 2
        assert "“Second”" in (await desk.get(page)).text


@db
async def test_overlap_with_somebody_elses_draft_is_not_told(app: Frame) -> None:
    mine, other = await two()
    venue = str(await value("SELECT id FROM venue WHERE organiser IS NULL LIMIT 1"))
    room = {"room.en": "Blue"}
    async with at_desk(app, mine) as desk, at_desk(app, other) as neighbour:
        event, theirs = await draft(desk, mine), await draft(neighbour, other, "Secret plans")
        await add(desk, event, venue=venue, **room)
        await add(neighbour, theirs, venue=venue, **{**room, "title.en": "Secret"})
        assert "Secret" not in (await desk.get(f"/console/events/{event}/sessions")).text
        await neighbour.post(f"/console/events/{theirs}/publish")
        assert "“Secret” (Secret plans)" in (await desk.get(f"/console/events/{event}/sessions")).text


@db
async def test_canceled_session_stays_marked(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = await add(desk, event)
        await desk.post(f"/console/events/{event}/publish")
        path = f"/console/events/{event}/sessions/{session}"
        assert "Cancel “Opening”?" in (await desk.get(f"{path}/cancel")).text
        await desk.post(f"{path}/cancel")
        calendar = (await desk.get("/calendars/yokohama-2026/night-market.ics")).text
        assert (calendar.count("STATUS:CANCELLED"), calendar.count("STATUS:CONFIRMED")) == (1, 1)
        assert "EventCancelled" in (await desk.get(f"/yokohama-2026/sessions/{session}")).text
        assert (await desk.post(f"{path}/cancel")).status_code == 409
        await desk.post(f"{path}/reinstate")
        assert (await row("session", session))["canceled_at"] is None
        assert (await row("session", session))["revision"] == 2
    assert (await actions(event))[-2:] == ["session.cancel", "session.reinstate"]


@db
async def test_session_in_which_somebody_took_part_is_not_removed(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = await add(desk, event)
        free = await add(desk, event, **{"title.en": "Zebra"})
        await fetch("SET LOCAL session_replication_role = replica")
        await fetch(
            "INSERT INTO presence_interval (id, ticket, session, visit, started_at, beat_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), $2, $2)",
            session,
            NOW,
        )
        await fetch("SET LOCAL session_replication_role = DEFAULT")
        answer = await desk.post(f"/console/events/{event}/sessions/{session}/delete")
        assert answer.status_code == 409
        assert "Cancel it instead" in answer.text
        assert "Remove “Zebra”?" in (await desk.get(f"/console/events/{event}/sessions/{free}/delete")).text
        assert (await desk.post(f"/console/events/{event}/sessions/{free}/delete")).status_code == 303
        assert await value("SELECT count(*) FROM session WHERE event = $1", event) == 1


@db
async def test_days_that_leave_a_session_outside_are_refused(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await add(desk, event, day="2026-11-24")
        form = {"seen": "0", "first_day": "2026-11-21", "last_day": "2026-11-23", "mode": "on_site"}
        answer = await desk.post(f"/console/events/{event}/details", data=form)
        assert answer.status_code == 422
        assert "A session lies outside these days." in answer.text


@db
async def test_online_session_without_a_stream_is_pointed_out(app: Frame) -> None:
    mine, _other = await two()
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        await add(desk, event, mode="online")
        assert "No stream yet" in (await desk.get(f"/console/events/{event}/sessions")).text
        assert "nobody can join them" in (await desk.get(f"/console/events/{event}")).text


@db
async def test_demo_sessions_open_in_the_form_and_save_unchanged(app: Frame) -> None:
    """What the form shows of any stored session is accepted again."""
    await add_session("plain", description={"en": "x"}, title={"en": "Plain", "ja": "無地"})
    rows = await fetch("SELECT id, event FROM session")
    async with at_desk(app, role="officer") as officer:
        for found in rows[:12]:
            assert (await officer.get(f"/console/events/{found['event']}/sessions/{found['id']}")).status_code == 200


def test_empty_edit_has_no_languages() -> None:
    values: dict[str, Any] = msgspec.to_builtins(Lines())
    assert values == {}
    assert SessionEdit.__struct_config__.forbid_unknown_fields


@db
async def test_places_of_a_session_follow_its_capacity(app: Frame) -> None:
    mine, _other = await two()
    places = "SELECT capacity FROM quota WHERE session = $1"
    async with at_desk(app, mine) as desk:
        event = await draft(desk, mine)
        session = await add(desk, event, capacity="20")
        path = f"/console/events/{event}/sessions/{session}"
        assert await value(places, session) == 20
        await fetch("UPDATE quota SET taken = 12 WHERE session = $1", session)
        few = await desk.post(path, data={**FORM, "seen": "0", "capacity": "11"})
        assert few.status_code == 422
        assert 'href="#capacity"' in few.text
        assert (await row("session", session))["capacity"] == 20
        assert (await desk.post(path, data={**FORM, "seen": "0", "capacity": "12"})).status_code == 303
        assert await value(places, session) == 12
        assert (await desk.post(f"{path}/delete")).status_code == 409
        assert (await desk.post(f"/console/events/{event}/delete")).status_code == 409
        await fetch("UPDATE quota SET taken = 0 WHERE session = $1", session)
        assert (await desk.post(path, data={**FORM, "seen": "1"})).status_code == 303
        assert await value("SELECT count(*) FROM quota WHERE session = $1", session) == 0
