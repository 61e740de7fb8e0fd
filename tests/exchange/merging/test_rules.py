"""Small rules of merging: what is ours, what a title proposes, files that break off, what changed and is reported."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from app.exchange.merging import changes
from app.exchange.merging.cut import without_cut
from app.exchange.merging.own import is_ours
from app.exchange.merging.standing import Proposed, standing
from app.exchange.pulling.reports import MOST, report
from app.exchange.schemas import FIELDS, Finding, Incoming, Position, Reading
from tests.clock import NOW

EVENT = Incoming(uid="a", starts_at=NOW, ends_at=NOW, title="花火大会", digest=bytes(32))
ID = "0b0e3f1c-9d1f-4c4a-8a55-0d8e2a1f0000"


def like(**values: Any) -> Incoming:
    return msgspec.structs.replace(EVENT, **values)


@pytest.mark.parametrize(
    ("values", "ours"),
    [
        ({"uid": f"event-{ID}@city.example"}, True),
        ({"uid": f"session-{ID}@city.example"}, True),
        ({"uid": f"card-{ID}@CITY.example"}, True),
        ({"origin": f"card-{ID}@city.example"}, True),
        ({"uid": f" event-{ID}@city.example "}, True),
        ({"uid": f"event-{ID}@other.example"}, False),
        ({"uid": f"event-{ID}@city.example.org"}, False),
        ({"uid": f"event-{ID}@sub.city.example"}, False),
        ({"uid": f"ticket-{ID}@city.example"}, False),
        ({"uid": "event-1@city.example"}, False),
        ({"uid": "@city.example"}, False),
        ({"title": f"event-{ID}@city.example"}, False),
    ],
)
def test_our_own_events_are_known_by_their_names(values: dict[str, str], ours: bool) -> None:  # noqa: FBT001
    assert is_ours(like(**values), "city.example") is ours


@pytest.mark.parametrize(
    ("event", "title", "before", "stands"),
    [
        (like(), "", "", ("confirmed", "")),
        (like(called_off=True), "", "", ("confirmed", "cancelled")),
        (like(called_off=True, status="tentative"), "", "", ("tentative", "cancelled")),
        (like(called_off=True, status="cancelled"), "", "", ("cancelled", "")),
        (like(called_off=True), "花火大会", "cancelled", ("confirmed", "cancelled")),
        (like(called_off=True), "花火大会", "accepted", ("cancelled", "accepted")),
        (like(called_off=True), "花火大会", "refused", ("confirmed", "refused")),
        (like(called_off=True), "別の題", "accepted", ("confirmed", "cancelled")),
        (like(called_off=True), "別の題", "refused", ("confirmed", "cancelled")),
        (like(), "花火大会", "accepted", ("confirmed", "")),
        (like(called_off=True, status="cancelled"), "花火大会", "refused", ("cancelled", "")),
    ],
)
def test_title_proposes_and_an_officer_decides_while_it_stands(
    event: Incoming, title: str, before: Proposed, stands: tuple[str, str]
) -> None:
    assert standing(event, title=title, before=before) == stands


def test_half_event_of_a_file_that_breaks_off_is_left_out() -> None:
    half, whole = like(uid="half", number=20), like(uid="whole", number=10)
    cut = Finding(20, "cut_short", lost=True, uid="half")
    reading = Reading(events=(whole, half), findings=(cut,), whole=False)
    found, unread = without_cut(reading)
    assert (found.events, unread) == ((whole,), frozenset({"half"}))
    assert without_cut(msgspec.structs.replace(reading, findings=())) == (
        msgspec.structs.replace(reading, findings=()),
        frozenset(),
    )


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, ()),
        ({"sequence": 5, "stamp": NOW, "last_modified": NOW, "number": 9, "digest": b"x"}, ()),
        ({"title": "b"}, ("title",)),
        ({"starts_at": NOW - dt.timedelta(1)}, ("time",)),
        ({"status": "cancelled"}, ("time",)),
        ({"recurrence": ("RRULE:FREQ=DAILY",)}, ("time",)),
        ({"position": Position(35, 139), "address": "港"}, ("place",)),
        ({"email": "a@example.jp", "phone": "1"}, ("phone", "email")),
        ({"others": {"a": "b"}}, ("other",)),
    ],
)
def test_change_names_the_fields_of_the_agreement(values: dict[str, Any], fields: tuple[str, ...]) -> None:
    assert changes.between(EVENT, like(**values)).fields == fields


def test_every_part_of_an_event_belongs_to_a_field_or_to_its_version() -> None:
    version = {"uid", "made_uid", "recurrence_id", "sequence", "last_modified", "stamp", "zone", "digest", "number"}
    parts = [part for parts in changes.PARTS.values() for part in parts]
    assert sorted(parts) == sorted(set(Incoming.__struct_fields__) - version - {"called_off"})
    assert tuple(changes.PARTS) == FIELDS


def test_report_keeps_what_was_said_of_events_that_have_not_changed() -> None:
    old, new = Finding(3, "status_unknown", uid="a"), Finding(9, "status_unknown", uid="b")
    gone, file = Finding(4, "status_unknown", uid="gone"), Finding(0, "bom")
    again = Finding(5, "hour_24", uid="b")
    assert report((new,), (old, gone, file, again), known={"a", "b"}) == ((old, new), 2)


def test_long_report_keeps_losses_first_and_counts_all() -> None:
    found = [Finding(n, "url_refused", lost=n > MOST, uid=str(n)) for n in range(2 * MOST)]
    kept, count = report(found, (), known=())
    assert (len(kept), count) == (MOST, 2 * MOST)
    assert sum(one.lost for one in kept) == MOST - 1
    assert list(kept) == sorted(kept)
