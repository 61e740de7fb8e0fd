"""Events that are pushed as JSON: every field that is wrong is named."""

import datetime as dt
import json

import pytest

from app.exchange.schemas import Reading
from tests.exchange.reading.reading import file

GOOD = {"uid": "a", "title": "春", "starts_at": "2026-05-01T10:00:00+09:00", "ends_at": "2026-05-01T11:00:00+09:00"}


def pushed(said: object) -> Reading:
    return file(json.dumps(said, ensure_ascii=False).encode(), "push")


def test_event_is_taken() -> None:
    found = pushed(
        GOOD | {"zone": "Asia/Tokyo", "latitude": 35, "longitude": 139.5, "categories": ["x"], "others": {"a": "b"}}
    )
    [event] = found.events
    assert (event.uid, event.starts_at, event.zone) == ("a", dt.datetime(2026, 5, 1, 1, tzinfo=dt.UTC), "Asia/Tokyo")
    assert event.position is not None
    assert (event.position.latitude, event.categories, event.others) == (35.0, ("x",), {"a": "b"})
    assert (found.findings, found.refused) == ((), 0)


def test_days_are_both_included() -> None:
    [event] = pushed({"uid": "a", "title": "春", "first_day": "2026-05-01", "last_day": "2026-05-02"}).events
    assert (event.starts_at, event.ends_at) == (
        dt.datetime(2026, 4, 30, 15, tzinfo=dt.UTC),
        dt.datetime(2026, 5, 2, 15, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({"uid": ""}, {("uid", "field_missing"), ("uid", "field_wrong")}),
        ({"title": None}, {("title", "field_missing")}),
        ({"titel": "x"}, {("titel", "field_unknown")}),
        ({"starts_at": "2026-05-01T10:00:00"}, {("starts_at", "field_wrong"), ("ends_at", "end_before_start")}),
        ({"ends_at": "2026-05-01T09:00:00+09:00"}, {("ends_at", "end_before_start")}),
        ({"first_day": "2026-05-02"}, {("first_day", "field_wrong")}),
        ({"zone": "Nowhere"}, {("zone", "zone_unknown")}),
        ({"url": "javascript:alert(1)"}, {("url", "field_wrong")}),
        ({"latitude": 91, "longitude": 0}, {("latitude", "field_wrong"), ("latitude", "field_missing")}),
        ({"latitude": 35}, {("longitude", "field_missing")}),
        ({"status": "maybe"}, {("status", "field_wrong")}),
        ({"title": "x" * 501}, {("title", "field_wrong")}),
        ({"others": {"a": "b" * 1001}}, {("others", "field_wrong")}),
        ({"recurrence": ["RRULE:FREQ=DAILY\r\nX:1"]}, {("recurrence", "field_wrong")}),
    ],
)
def test_every_field_that_is_wrong_is_named(wrong: dict[str, object], codes: set[tuple[str, str]]) -> None:
    found = pushed(GOOD | wrong)
    assert (found.events, found.refused) == ((), 1)
    assert {(one.field, one.code) for one in found.findings} == codes
    assert all(one.lost for one in found.findings)


def test_series_comes_with_its_instances() -> None:
    found = pushed(
        [GOOD | {"recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]}, GOOD | {"recurrence_id": "2026-05-02T01:00:00+00:00"}]
    )
    assert [one.recurrence_id for one in found.events] == ["", "2026-05-02T01:00:00+00:00"]


@pytest.mark.parametrize(
    ("raw", "problem"), [(b"{", "not_json"), (b"", "empty"), (b"hello", "no_calendar"), (b"[" * 90_000, "not_json")]
)
def test_what_is_no_event(raw: bytes, problem: str) -> None:
    assert file(raw, "push").problem == problem


def test_calendar_is_taken_as_well() -> None:
    assert [one.uid for one in file(b"BEGIN:VEVENT\nUID:u\nDTSTART:20260501\nEND:VEVENT", "push").events] == ["u"]
