"""Files that break off: wherever that is, what is left of the last event is taken for none."""

import pytest

from app.exchange.merging.cut import without_cut
from app.exchange.reading.files import read_file
from app.exchange.reading.request import Request
from app.exchange.schemas import Incoming, Reading
from tests.clock import NOW

OURS = "event-3f0c2d6e-7d55-4d0a-9d0e-0c8a1f6f2b11@machigurumi.test"
LONG = "SUMMARY:横浜の港まつりと花火大会、そして夜のパレードと音楽会①髙﨑～"
FOLDED = f"{LONG[:20]}\r\n {LONG[20:]}"


def vevent(uid: str, *lines: str, day: int = 3) -> str:
    said = (f"UID:{uid}", "DTSTAMP:20261101T000000Z", f"DTSTART:202612{day:02}T100000Z", *lines)
    return "\r\n".join(["BEGIN:VEVENT", *said, "END:VEVENT", ""])


def calendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "".join(events) + "END:VCALENDAR", ""]).encode()


FILES = {
    "copies": calendar(
        vevent("a@kobe.example", "SUMMARY:港の催し"),
        vevent("b@kobe.example", FOLDED, "STATUS:CANCELLED", f"X-MACHIGURUMI-ORIGIN:{OURS}"),
        vevent(OURS, "SUMMARY:公園の催し", "DESCRIPTION:説明"),
    ),
    "one name for two": calendar(
        vevent("a@kobe.example", "SUMMARY:昼の部", day=5),
        vevent("a@kobe.example", "SUMMARY:夜の部", f"X-MACHIGURUMI-ORIGIN:{OURS}", day=4),
    ),
    "no names": calendar(*(vevent("", f"SUMMARY:会館の催し{n}").replace("UID:\r\n", "") for n in range(3))),
    "a series": calendar(
        vevent("a@kobe.example", "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:朝の体操"),
        vevent("a@kobe.example", "RECURRENCE-ID:20261204T100000Z", "SUMMARY:朝の体操（雨天中止）", day=4),
    ),
}


def read(body: bytes) -> Reading:
    return read_file(Request(kind="ics", body=body, own_host="machigurumi.test", now=NOW))


def by_line(reading: Reading) -> dict[int, Incoming]:
    return {one.number: one for one in reading.events}


@pytest.mark.parametrize("name", FILES)
def test_wherever_a_file_breaks_off_each_event_that_is_taken_is_one_of_the_whole_file(name: str) -> None:
    body = FILES[name]
    whole = by_line(read(body))
    for size in range(len(body)):
        said, _ = without_cut(read(body[:size]))
        for number, one in by_line(said).items():
            named = {"uid": whole[number].uid, "made_uid": whole[number].made_uid}  # a name may be shared later on
            assert {**_said(one), **named} == _said(whole[number]), body[:size][-60:]


def _said(one: Incoming) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


def test_half_an_event_gives_no_whole_one_another_name() -> None:
    body = FILES["one name for two"]
    said, cut = without_cut(read(body[: body.index("夜の部".encode()) + 9]))
    assert [(one.uid, one.title) for one in said.events] == [("a@kobe.example", "昼の部")]
    assert cut == {"a@kobe.example"}


def test_name_of_half_an_event_is_not_missed() -> None:
    body = FILES["copies"]
    for size in range(body.index(OURS.encode()[:40], body.index(b"END:VEVENT")), body.rindex(b"END:VEVENT")):
        reading = read(body[:size])
        said, cut = without_cut(reading)
        there = {one.uid for one in said.events}
        assert there <= {"a@kobe.example", "b@kobe.example"}
        unread = cut | {one.uid for one in reading.findings if one.lost}
        assert "b@kobe.example" in there | unread
