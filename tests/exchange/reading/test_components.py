"""Components of damaged files: what can be saved is saved, what is lost is named with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.reading.charsets import read
from app.exchange.reading.components import Calendar, split
from app.exchange.reading.lines import take_apart

SHORT = {
    "CALENDAR": "BEGIN:VCALENDAR",
    "/CALENDAR": "END:VCALENDAR",
    "BEGIN": "BEGIN:VEVENT",
    "END": "END:VEVENT",
}
LINES = [*SHORT.values(), "BEGIN:VALARM", "END:VALARM", "UID:a", "junk", "DESCRIPTION:d", ""]


def calendar(text: str) -> Calendar:
    return split(read(take_apart(text.encode())))


def event(uid: str, *more: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *more, "END:VEVENT"])


def file(*parts: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-TIMEZONE:Asia/Tokyo", *parts, "END:VCALENDAR", ""])


def uids(found: Calendar) -> list[str]:
    return [line.text.partition(":")[2] for one in found.events for line in one.lines if line.text.startswith("UID:")]


def problems(found: Calendar) -> list[tuple[int, str, bool]]:
    return [(problem.number, problem.code, problem.lost) for problem in found.problems]


def test_components_are_told_apart() -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM"
    found = calendar(file(zone, event("a", alarm), "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO", event("b")))
    assert (uids(found), len(found.zones), found.others, problems(found)) == (["a", "b"], 1, 1, [])
    assert [line.text for line in found.properties] == ["VERSION:2.0", "X-WR-TIMEZONE:Asia/Tokyo"]
    assert [one.number for one in found.events] == [9, 19]
    assert "ACTION:DISPLAY" in [line.text for line in found.events[0].lines]


@pytest.mark.parametrize(
    ("text", "saved", "wrong"),
    [
        ("CALENDAR BEGIN UID:a BEGIN UID:b END /CALENDAR", "ab", [(4, "end_missing", False)]),
        ("CALENDAR BEGIN UID:a /CALENDAR", "a", [(4, "end_missing", False)]),
        ("CALENDAR BEGIN UID:a", "a", [(3, "end_missing", False)]),
        ("BEGIN UID:a END", "a", []),
        ("begin:vevent UID:a end:vevent", "a", []),
        ("CALENDAR END BEGIN UID:a END /CALENDAR", "a", [(2, "end_without_begin", False)]),
        ("BEGIN UID:a END:VALARM END", "a", [(3, "end_without_begin", False)]),
        ("BEGIN UID:a BEGIN:VALARM END BEGIN UID:b END", "ab", []),
        ("CALENDAR BEGIN UID:a END /CALENDAR <!--cached-->", "a", [(6, "not_a_property", True)]),
        ("BEGIN UID:a DESCRIPTION:one two  three END", "a", [(4, "fold_missing", False), (6, "fold_missing", False)]),
        ("", "", []),
        ("<html><body>503</body></html>", "", [(1, "not_a_property", True)]),
    ],
)
def test_damage_costs_no_more_than_itself(text: str, saved: str, wrong: list[tuple[int, str, bool]]) -> None:
    """Every word is a line."""
    found = calendar("\n".join(SHORT.get(word, word) for word in text.split(" ")))
    assert (uids(found), problems(found)) == ([*saved], wrong)


def test_text_with_bare_new_lines_is_whole() -> None:
    found = calendar("BEGIN:VEVENT\nUID:a\nDESCRIPTION:one\ntwo\nEND:VEVENT")
    assert "DESCRIPTION:one\\ntwo" in [line.text for line in found.events[0].lines]


def test_digest_does_not_see_when_it_was_written() -> None:
    first = calendar(file(event("a", "SUMMARY:x", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY")))
    again = calendar(file(event("a", "SUMMARY:x ")).replace("20260101T000000Z", "20270101T000000Z"))
    other = calendar(file(event("a", "SUMMARY:y")))
    assert first.events[0].digest == again.events[0].digest
    assert first.events[0].digest != other.events[0].digest


@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_no_order_of_lines_raises_or_loses_silently(lines: list[str]) -> None:
    found = calendar("\n".join(lines))
    kept = [line.text for one in found.events for line in one.lines] + [line.text for line in found.properties]
    lost = sum(problem.lost or problem.code == "fold_missing" for problem in found.problems)
    assert sum(text.startswith("UID") for text in kept) <= lines.count("UID:a")
    if not found.others:
        assert sum(text.startswith("UID") for text in kept) == lines.count("UID:a")
        assert lost + sum("junk" in text for text in kept) >= (1 if "junk" in lines else 0)
