"""More than 600 damaged calendars: what can be saved comes out, each loss is named, and none takes long."""

import time
from pathlib import Path

import pytest

from app.exchange.reading.codes import FINDINGS
from app.exchange.schemas import Incoming, Reading
from tests.exchange.reading.damages import DAMAGES, ENDS, RULES, STARTS, Damage, instead, within
from tests.exchange.reading.reading import calendar

CORPUS = Path(__file__).parent.parent / "corpus"
FEEDS = {path.stem: path.read_bytes() for path in sorted(CORPUS.glob("*.ics"))}
LONGEST = 2.0
"""Seconds of CPU for any damaged feed."""


def codes(found: Reading) -> frozenset[str]:
    return frozenset(one.code for one in found.findings)


def second(found: Reading, feed: str) -> Incoming:
    """Return the second event, whatever its UID has become."""
    usual = {one.uid for n, one in enumerate(calendar(FEEDS[feed]).events) if n != 1}
    [event] = [one for one in found.events if one.uid not in usual]
    return event


def test_there_are_as_many_damages_as_were_promised() -> None:
    assert len(FEEDS) * len(DAMAGES) + len(STARTS) + len(ENDS) + len(RULES) > 500


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_costs_no_more_than_itself(damage: str) -> None:
    for feed, raw in FEEDS.items():
        usual = codes(calendar(raw))
        made, saved, expected, whole = DAMAGES[damage]
        broken = made(raw)
        began = time.process_time()
        found = calendar(broken)
        assert time.process_time() - began < LONGEST, feed
        assert (len(found.events), codes(found) - usual, found.whole) == (saved, expected, whole), feed
        assert codes(found) <= FINDINGS
        assert found.refused + len(found.events) >= 3 or damage == "no begin of the first event"


@pytest.mark.parametrize("way", STARTS)
def test_start_is_read_as_it_was_meant(way: str) -> None:
    line, moment, expected = STARTS[way]
    event = instead(b"DTEND", b"")(instead(b"DTSTART", line)(FEEDS["google"]))
    found = calendar(event)
    assert second(found, "google").starts_at.isoformat()[:16] == moment
    assert codes(found) == expected


@pytest.mark.parametrize("way", ENDS)
def test_end_is_read_as_it_was_meant(way: str) -> None:
    line, moment, expected = ENDS[way]
    found = calendar(instead(b"DTEND", line)(instead(b"DTSTART", b"DTSTART:20261122T010000Z")(FEEDS["google"])))
    assert second(found, "google").ends_at.isoformat()[:16] == moment
    assert codes(found) == expected


@pytest.mark.parametrize("way", RULES)
def test_broken_rule_costs_the_rule_and_not_the_event(way: str) -> None:
    line, kept, expected = RULES[way]
    began = time.process_time()
    found = calendar(within(line)(FEEDS["google"]))
    assert time.process_time() - began < LONGEST
    assert (bool(second(found, "google").recurrence), codes(found)) == (kept, expected)


def test_every_loss_has_its_line() -> None:
    for damage in DAMAGES.values():
        for one in calendar(Damage(*damage).make(FEEDS["wordpress"])).findings:
            assert one.number > 0 or not one.lost


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (b"SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=98=A5=\r\n=E3=81=AE=E7=A5=AD", "春の祭"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=Shift_JIS:=8F=74=82=CC=8D=D5", "春の祭"),
        ("SUMMARY;CHARSET=Shift_JIS:春の祭り".encode("cp932"), "春の祭り"),
        (b"SUMMARY:a, b; c: d", "a, b; c: d"),
        (b"SUMMARY:one\rtwo", "one\ntwo"),
        (b"SUMMARY:\xe6\x98\xa5\xe3\x81\xae\xe7", "春の"),
        (b"SUMMARY:a\xef\xbf\xbdb", "ab"),
        (b"SUMMARY:a\x07\x0bb", "ab"),
    ],
)
def test_title_is_read_as_it_was_meant(line: bytes, title: str) -> None:
    assert second(calendar(instead(b"SUMMARY", line)(FEEDS["google"])), "google").title == title
