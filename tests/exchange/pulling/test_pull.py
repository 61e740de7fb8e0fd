"""A reading of a source: what comes over the wire is in the rows, and whatever breaks there loses nothing."""

import datetime as dt
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from app.core import gentle
from app.core.db import fetch
from app.core.gentle import REST, SHORT, STROKE
from app.exchange.agreeing.sealing import sealed
from app.exchange.errors import AgreementNotValid, NoAddress
from app.exchange.merging import waiting
from app.exchange.pulling import files, pulls
from app.exchange.pulling.pull import pull
from app.exchange.pulling.pulls import Why
from app.exchange.schemas import Change
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.cities import City, city
from tests.exchange.pulling.feeds import calendar, event, many
from tests.exchange.pulling.partners import FEED, Partner, partner

HOUR = dt.timedelta(hours=1)


async def test_events_of_a_feed_are_stored(fukuoka: Partner) -> None:
    found = await fukuoka.says(
        calendar(event("a@f", "花火①", more=["LOCATION:大濠公園", "DESCRIPTION:雨天中止\\n２日目"]))
    )
    assert (found.outcome, found.problem, found.answered, found.counts.read, found.counts.added) == (
        "read",
        "",
        200,
        1,
        1,
    )
    (row,) = await fetch("SELECT * FROM exchanged_event WHERE source = $1", fukuoka.source)
    assert (row["uid"], row["title"], row["place"]) == ("a@f", "花火①", "大濠公園")
    assert (row["starts_at"], row["ends_at"]) == (NOW + 24 * HOUR, NOW + 25 * HOUR)
    assert (row["state"], row["revision"], row["own"]) == ("shown", 0, False)


@pytest.mark.parametrize(
    ("why", "rest"), [("schedule", REST), ("ping", SHORT), ("officer", SHORT), ("upload", SHORT), ("push", SHORT)]
)
async def test_reading_lets_everybody_else_go_first(
    fukuoka: Partner, monkeypatch: pytest.MonkeyPatch, why: Why, rest: float
) -> None:
    """A longer rest where nobody waits for the reading, a short one where somebody does, or where news was promised."""
    moments, rests = count(step=STROKE), list[float]()
    monkeypatch.setattr(gentle, "time", SimpleNamespace(monotonic=lambda: next(moments), sleep=rests.append))
    found = await pull(source=fukuoka.source, now=NOW, why=why, file=calendar(*many(*range(70))))
    assert found.counts.added == 70
    assert len(rests) >= 70
    assert set(rests) == {rest}


async def test_raw_bytes_are_kept_once_by_what_they_are(fukuoka: Partner) -> None:
    body = calendar(*many(1, 2))
    found = await fukuoka.says(body)
    assert await files.body(found.file) == body
    assert found.file == files.digest(body)
    again = await pull(source=fukuoka.source, now=NOW, why="upload", file=body)
    assert (again.outcome, again.file) == ("unchanged", found.file)
    assert len(await fetch("SELECT 1 FROM raw_file")) == 1


async def test_same_bytes_are_not_even_parsed(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(1, 2)))
    before = await fetch("SELECT xmin::text, * FROM exchanged_event WHERE source = $1 ORDER BY uid", fukuoka.source)
    found = await fukuoka.says(calendar(*many(1, 2)))
    assert (found.outcome, found.counts.read, found.answered) == ("unchanged", 0, 200)
    assert before == await fetch(
        "SELECT xmin::text, * FROM exchanged_event WHERE source = $1 ORDER BY uid", fukuoka.source
    )


async def test_what_was_told_last_time_is_told_back(fukuoka: Partner) -> None:
    headers = {"ETag": '"7"', "Last-Modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
    await fukuoka.says(calendar(*many(1)), headers=headers)
    found = await fukuoka.read()
    assert (found.outcome, found.answered) == ("unchanged", 304)
    asked = fukuoka.city.asked[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == (headers["ETag"], headers["Last-Modified"])


async def test_change_of_the_stamp_alone_writes_no_event(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*(event(f"u{n}", stamp=0) for n in range(5))))
    before = await fetch("SELECT xmin::text, * FROM exchanged_event ORDER BY uid")
    found = await fukuoka.says(calendar(*(event(f"u{n}", stamp=9) for n in range(5))))
    assert (found.outcome, found.counts.unchanged, found.counts.changed) == ("read", 5, 0)
    assert before == await fetch("SELECT xmin::text, * FROM exchanged_event ORDER BY uid")


async def test_change_writes_its_own_row_and_says_what_changed(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(1, 2, 3)))
    found = await fukuoka.says(calendar(*many(1, 3), event("u2", "新しい題", days=4, more=["LOCATION:港"])))
    assert (found.counts.changed, found.counts.unchanged) == (1, 2)
    assert found.changes == (Change("u2", "新しい題", ("title", "time", "place")),)
    assert [row["uid"] for row in await fetch("SELECT uid FROM exchanged_event WHERE revision = 1")] == ["u2"]
    assert (await pulls.latest(fukuoka.source, 1))[0] == found


@pytest.mark.parametrize(
    ("new", "old", "title"),
    [
        ({"sequence": 1}, {"sequence": 2}, "old"),
        ({"sequence": 1, "modified": 5}, {"sequence": 2, "modified": 4}, "new"),
        ({}, {}, "new"),
    ],
)
async def test_newer_version_stays(fukuoka: Partner, new: dict[str, int], old: dict[str, int], title: str) -> None:
    await fukuoka.says(calendar(event("a", "old", **old)))  # type: ignore[arg-type]
    found = await fukuoka.says(calendar(event("a", "new", **new)))  # type: ignore[arg-type]
    assert await fukuoka.titles() == {"a": title}
    assert (found.counts.changed, found.counts.older) == ((1, 0) if title == "new" else (0, 1))
    assert [one.code for one in found.report] == ([] if title == "new" else ["older"])


BROKEN: dict[str, Callable[[City], None]] = {
    "empty": lambda c: c.serve(FEED, b""),
    "no events": lambda c: c.serve(FEED, calendar()),
    "html": lambda c: c.serve(FEED, b"<!DOCTYPE html><html><body><h1>503</h1></body></html>"),
    "500": lambda c: c.serve(FEED, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", status=500),
    "404": lambda c: c.serve(FEED, calendar(), status=404),
    "truncated between events": lambda c: c.serve(FEED, calendar(*many(*range(10)))[: -len("END:VCALENDAR\r\n") - 900]),
    "truncated in an event": lambda c: c.serve(FEED, calendar(*many(*range(10)))[:1000]),
    "truncated in a title": lambda c: c.serve(FEED, calendar(*many(*range(10)))[:-60]),
    "half the events": lambda c: c.serve(FEED, calendar(*many(0, 2, 4, 6, 8))),
    "cut off": lambda c: c.say(FEED, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + calendar(*many(0, 1))),
    "no http": lambda c: c.say(FEED, b"\x15\x03\x01\x00\x02\x02\x50"),
    "other city": lambda c: c.serve(FEED, calendar(*(event(f"x{n}", days=30) for n in range(9)))),
    "zeros": lambda c: c.serve(FEED, bytes(2000)),
}


QUICK = ("empty", "html", "500", "truncated in an event", "half the events")


@pytest.mark.parametrize(
    "broken", [name if name in QUICK else pytest.param(name, marks=pytest.mark.faults) for name in BROKEN]
)
async def test_broken_feed_loses_no_event_and_comes_back_whole(fukuoka: Partner, broken: str) -> None:
    whole = calendar(*many(*range(10)))
    await fukuoka.says(whole, headers={"ETag": '"1"'})
    before = await fetch("SELECT * FROM exchanged_event ORDER BY uid")
    BROKEN[broken](fukuoka.city)
    found = await fukuoka.read()
    assert found.outcome in {"held", "failed"} or found.counts.missing == 0
    assert found.problem
    after = {row["uid"]: row for row in await fetch("SELECT * FROM exchanged_event")}
    assert [after[row["uid"]] for row in before] == before
    again = await fukuoka.says(whole, headers={"ETag": '"1"'}, now=NOW + HOUR)
    assert (again.counts.added, again.counts.changed, again.counts.back) == (0, 0, 0)
    assert {uid: state for uid, state in (await fukuoka.states()).items() if uid.startswith("u")} == {
        f"u{n}": "shown" for n in range(10)
    }
    assert await fetch("SELECT 1 FROM vanishing WHERE decision = ''") == []


async def test_half_event_at_the_end_of_a_first_file_waits_for_the_whole(fukuoka: Partner) -> None:
    ours = event("copy@f", "Ours", more=["X-MACHIGURUMI-ORIGIN:event-0b0e3f1c-9d1f-4c4a-8a55-0d8e2a1f0000@test"])
    whole = calendar(event("a"), ours)
    found = await fukuoka.says(whole[: whole.index(b"X-MACHI")])
    assert (found.counts.added, found.problem, [one.code for one in found.report if one.lost]) == (
        1,
        "truncated",
        ["cut_short"],
    )
    assert (await fukuoka.says(whole)).counts.added == 1
    assert [row["own"] for row in await fukuoka.rows("own")] == [False, True]


async def test_tls_that_cannot_be_trusted_loses_no_event(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(1, 2)))
    await fetch("UPDATE source SET url = $2 WHERE id = $1", fukuoka.source, sealed(f"https://{fukuoka.city.place}/"))
    found = await fukuoka.read()
    assert (found.outcome, found.answered) == ("failed", 0)
    assert found.problem.startswith(("tls", "unreachable", "protocol"))
    assert set(await fukuoka.states()) == {"u1", "u2"}


async def test_what_is_gone_is_missing_and_still_there(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*range(10))))
    found = await fukuoka.says(calendar(*many(*(n for n in range(10) if n != 4))), now=NOW + HOUR)
    assert (found.outcome, found.counts.missing) == ("read", 1)
    assert (await fukuoka.states())["u4"] == "missing"
    (row,) = await fetch("SELECT state_at, revision FROM exchanged_event WHERE uid = 'u4'")
    assert (row["state_at"], row["revision"]) == (NOW + HOUR, 0)
    back = await fukuoka.says(calendar(*many(*range(10))), now=NOW + 2 * HOUR)
    assert (back.counts.back, back.counts.missing) == (1, 0)
    assert set((await fukuoka.states()).values()) == {"shown"}


async def test_what_is_over_or_beyond_the_feed_stays(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(event("past", days=-5), *many(*range(5)), event("far", days=300)))
    found = await fukuoka.says(calendar(*many(*range(5))))
    assert (found.outcome, found.counts.missing) == ("read", 0)
    assert set((await fukuoka.states()).values()) == {"shown"}


async def test_series_is_not_over_before_its_last_instance(fukuoka: Partner) -> None:
    endless = event("endless", days=-100, more=["RRULE:FREQ=WEEKLY"])
    over = event("over", days=-100, more=["RRULE:FREQ=WEEKLY;COUNT=3"])
    await fukuoka.says(calendar(endless, over, *many(*range(10))))
    found = await fukuoka.says(calendar(*many(*range(10))))
    assert found.counts.missing == 1
    states = await fukuoka.states()
    assert (states["endless"], states["over"]) == ("missing", "shown")


async def test_event_that_can_no_longer_be_read_is_not_missing(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*range(10))))
    broken = event("u4", "花火大会4", days=5).replace("DTSTART:", "DTSTART:yesterday ")
    found = await fukuoka.says(calendar(*many(0, 1, 2, 3, 5, 6, 7, 8, 9), broken))
    assert (found.counts.refused, found.counts.missing) == (1, 0)
    assert (await fukuoka.states())["u4"] == "shown"
    assert {one.uid for one in found.report if one.lost} == {"u4"}


async def test_held_reading_adds_and_changes_what_it_does_have(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*range(10))))
    found = await fukuoka.says(calendar(event("u0", "改題", days=1), event("new", days=60)))
    assert (found.outcome, found.problem) == ("held", "half_sized")
    assert (found.counts.added, found.counts.changed, found.counts.missing) == (1, 1, 9)
    assert (await fukuoka.titles())["u0"] == "改題"
    assert set((await fukuoka.states()).values()) == {"shown"}


async def test_held_reading_waits_once_however_often_it_comes(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(*many(*range(10))))
    for n in (0, 1, 0, 1):
        assert (await fukuoka.says(calendar(*many(n, 9)))).outcome == "held"
    rows = await fetch("SELECT decision, doubt, jsonb_array_length(events) AS n FROM vanishing")
    assert [tuple(row) for row in rows] == [("", "half_sized", 8)]
    found = await waiting.held(fukuoka.source)
    assert found is not None
    assert [one.event.uid for one in await waiting.of(found)] == ["u0", *(f"u{n}" for n in range(2, 9))]


async def test_duplicates_in_a_file_are_one_event_the_newest(fukuoka: Partner) -> None:
    found = await fukuoka.says(
        calendar(event("a", "second", sequence=2), event("a", "first", sequence=1), event("a", "second", sequence=2))
    )
    assert (found.counts.read, found.counts.added, found.counts.twice) == (1, 1, 1)
    assert await fukuoka.titles() == {"a": "second"}
    again = await fukuoka.says(calendar(event("a", "first", sequence=1), event("a", "second", sequence=2)))
    assert (again.counts.changed, await fukuoka.titles()) == (0, {"a": "second"})


async def test_instances_of_a_series_are_events_of_their_own(fukuoka: Partner) -> None:
    series = event("s", "Weekly", more=["RRULE:FREQ=WEEKLY;COUNT=5"])
    moved = event("s", "Moved", days=8.5, more=["RECURRENCE-ID:20261129T010000Z"])
    assert (await fukuoka.says(calendar(series, moved))).counts.added == 2
    found = await fukuoka.says(calendar(series, moved.replace("Moved", "Moved again")))
    assert (found.counts.changed, found.counts.unchanged) == (1, 1)


async def test_same_uid_of_two_sources_is_two_events(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(event("1", "Fukuoka")))
    async with partner("kobe-test") as kobe:
        await kobe.says(calendar(event("1", "Kobe", sequence=9)))
        await fukuoka.says(calendar(event("1", "Fukuoka again", stamp=3)))
        assert (await kobe.titles(), await fukuoka.titles()) == ({"1": "Kobe"}, {"1": "Fukuoka again"})
        await fetch("SELECT 1")
        cards = await fetch("SELECT DISTINCT card FROM exchanged_event WHERE uid = '1'")
        assert len(cards) in {1, 2}  # whether they are one event is for the joining to say


@pytest.mark.parametrize(
    "own",
    [
        event("event-0b0e3f1c-9d1f-4c4a-8a55-0d8e2a1f0000@test", "Ours"),
        event("copy@kobe", "Ours", more=["X-MACHIGURUMI-ORIGIN:session-0b0e3f1c-9d1f-4c4a-8a55-0d8e2a1f0000@test"]),
    ],
)
async def test_our_own_event_that_comes_back_is_known(fukuoka: Partner, own: str) -> None:
    found = await fukuoka.says(calendar(own, event("a")))
    assert (found.counts.own, found.counts.added) == (1, 2)
    rows = await fetch("SELECT title, own FROM exchanged_event ORDER BY title")
    assert [tuple(row) for row in rows] == [("Ours", True), ("花火大会", False)]
    assert [one.code for one in found.report] == ["own"]
    gone = await fukuoka.says(calendar(event("a", stamp=1), event("b", days=9)))
    assert gone.counts.missing == 0


async def test_title_that_calls_off_proposes_and_decides_nothing(fukuoka: Partner) -> None:
    await fukuoka.says(calendar(event("a", "【中止】花火大会"), event("b", "花火", more=["STATUS:CANCELLED"])))
    rows = await fetch("SELECT uid, status, proposed FROM exchanged_event ORDER BY uid")
    assert [tuple(row) for row in rows] == [("a", "confirmed", "cancelled"), ("b", "cancelled", "")]


async def test_report_speaks_of_unchanged_events_too(fukuoka: Partner) -> None:
    odd = event("odd", "花火", more=["STATUS:MAYBE"])
    first = await fukuoka.says(calendar(odd, event("b")))
    assert [one.code for one in first.report] == ["status_unknown"]
    second = await fukuoka.says(calendar(odd, event("b", "changed")))
    assert second.report == first.report
    third = await fukuoka.says(calendar(event("odd", "花火", more=["STATUS:TENTATIVE"]), event("b", "changed")))
    assert third.report == ()


ODD = ("\x00\x00", "\ufffe\uffff", "🎆" * 500, '\\u0000"{}\\,')


@pytest.mark.parametrize(
    "words", ["a\\nb\x00c", "x" * 70_000, *(pytest.param(words, marks=pytest.mark.faults) for words in ODD)]
)
async def test_any_letters_can_be_stored(fukuoka: Partner, words: str) -> None:
    long = event(words.replace("\n", ""), words, more=[f"LOCATION:{words}", f"DESCRIPTION:{words}", f"X-ODD:{words}"])
    found = await fukuoka.says(calendar(long, event("b")))
    assert (found.outcome, found.counts.added) == ("read", 2)
    again = await fukuoka.says(calendar(long, event("b", stamp=5)))
    assert (again.outcome, again.counts.added, again.counts.changed) == ("read", 0, 0)


@pytest.mark.parametrize(
    "ended", [{"revoked_at": NOW}, {"valid_until": NOW.date() - dt.timedelta(days=1), "renews": False}]
)
async def test_nothing_is_fetched_once_the_agreement_is_over(rollback: None, ended: dict[str, Any]) -> None:
    async with city() as served:
        served.serve(FEED, calendar(event("a")))
        partner = await planting.partner()
        source = await planting.source(await planting.agreement(partner, **ended), url=served.url(FEED))
        with pytest.raises(AgreementNotValid):
            await pull(source=source, now=NOW, why="officer")
        assert served.asked == []


async def test_source_without_an_address_takes_files_alone(rollback: None) -> None:
    _, _, source = await planting.city()
    with pytest.raises(NoAddress):
        await pull(source=source, now=NOW, why="officer")
    found = await pull(source=source, now=NOW, why="upload", file=calendar(event("a")))
    assert (found.outcome, found.counts.added, found.answered) == ("read", 1, 0)
