"""The calendar file, read back by a parser and looked at octet by octet."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.ticketing.documents.invitation import Appointment, Method, Sender, calendar_file

NOW = datetime(2026, 11, 1, 2, 3, 4, tzinfo=UTC)
SENDER = Sender(name="Yokohama Convention", mail="tickets@machi.example.jp")
FESTIVAL = Appointment(
    slug="yoxo-festival",
    title="YOXO FESTIVAL; 横浜, みなとみらい",
    starts_at=datetime(2026, 11, 26, 1, tzinfo=UTC),
    ends_at=datetime(2026, 11, 29, 9, tzinfo=UTC),
    location="Grand Mall Park, Nishi-ku; Yokohama",
    url="https://machi.example.jp/events/yoxo?lang=ja;x,y",
    description="Once a day.\nBring the ticket.",
)
TALK = Appointment(
    slug="opening-talk",
    title="Opening",
    starts_at=datetime(2026, 11, 26, 10, tzinfo=timezone(timedelta(hours=9))),
    ends_at=datetime(2026, 11, 26, 11, tzinfo=timezone(timedelta(hours=9))),
    reserved=True,
)


def written(
    *appointments: Appointment, sequence: int = 0, sender: Sender = SENDER, method: Method = "PUBLISH"
) -> bytes:
    return calendar_file(
        list(appointments),
        ticket_id="0192",
        host="machi.example.jp",
        sender=sender,
        now=NOW,
        sequence=sequence,
        method=method,
    )


def lines(ics: bytes) -> list[str]:
    """Return the content lines, unfolded."""
    return ics.decode().replace("\r\n ", "").split("\r\n")


def with_texts(title: str, *, location: str = "", description: str = "", slug: str = "a") -> Appointment:
    return Appointment(
        slug=slug,
        title=title,
        starts_at=FESTIVAL.starts_at,
        ends_at=FESTIVAL.ends_at,
        location=location,
        description=description,
    )


def test_calendar_reads_back() -> None:
    calendar = Calendar.from_ical(written(FESTIVAL, TALK, sequence=3))
    assert (calendar["method"], calendar["version"]) == ("PUBLISH", "2.0")
    festival, talk = calendar.events
    assert str(festival["uid"]) == "0192-yoxo-festival@machi.example.jp"
    assert str(talk["uid"]) == "0192-opening-talk@machi.example.jp"
    assert festival["sequence"] == talk["sequence"] == 3
    assert festival.DTSTAMP == NOW
    assert (festival.start, festival.end) == (FESTIVAL.starts_at, FESTIVAL.ends_at)
    assert (talk.start, talk.end) == (TALK.starts_at, TALK.ends_at)
    assert str(festival["url"]) == FESTIVAL.url
    assert str(festival["organizer"]) == "mailto:tickets@machi.example.jp"
    assert festival["organizer"].params["CN"] == "Yokohama Convention"
    assert (str(festival["transp"]), str(talk["transp"])) == ("TRANSPARENT", "OPAQUE")
    assert "location" not in talk
    assert "url" not in talk


def test_a_file_that_takes_entries_out_names_the_same_entries() -> None:
    before, after = (
        Calendar.from_ical(f) for f in (written(FESTIVAL, TALK), written(FESTIVAL, TALK, sequence=1, method="CANCEL"))
    )
    assert (before["method"], after["method"]) == ("PUBLISH", "CANCEL")
    assert [str(e["status"]) for e in (*before.events, *after.events)] == ["CONFIRMED"] * 2 + ["CANCELLED"] * 2
    for old, new in zip(before.events, after.events, strict=True):
        assert (new["uid"], new.start, new["organizer"]) == (old["uid"], old.start, old["organizer"])
        assert int(str(new["sequence"])) > int(str(old["sequence"]))


def test_sequence_counts_changes_of_the_ticket_and_of_the_event() -> None:
    moved = msgspec.structs.replace(TALK, revision=2)
    (event,) = Calendar.from_ical(written(moved, sequence=3)).events
    assert event["sequence"] == 5
    assert event.LAST_MODIFIED == NOW


def test_texts_are_escaped_once() -> None:
    found = lines(written(FESTIVAL))
    assert r"SUMMARY:YOXO FESTIVAL\; 横浜\, みなとみらい" in found
    assert r"LOCATION:Grand Mall Park\, Nishi-ku\; Yokohama" in found
    assert r"DESCRIPTION:Once a day.\nBring the ticket." in found
    assert "URL:https://machi.example.jp/events/yoxo?lang=ja;x,y" in found


def test_times_are_tokyo_times_with_their_zone() -> None:
    found = lines(written(FESTIVAL))
    assert "DTSTART;TZID=Asia/Tokyo:20261126T100000" in found
    assert "DTEND;TZID=Asia/Tokyo:20261129T180000" in found
    assert "DTSTAMP:20261101T020304Z" in found
    zone = found[found.index("BEGIN:VTIMEZONE") : found.index("END:VTIMEZONE") + 1]
    assert sorted(zone) == sorted(
        [
            "BEGIN:VTIMEZONE",
            "TZID:Asia/Tokyo",
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "TZNAME:JST",
            "TZOFFSETFROM:+0900",
            "TZOFFSETTO:+0900",
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\0"])
def test_a_line_break_in_a_text_starts_no_line(break_: str) -> None:
    evil = f"Talk{break_}END:VEVENT{break_}BEGIN:VEVENT{break_}ATTENDEE:mailto:a@b.jp"
    ics = written(
        with_texts(evil, location=evil, description=evil, slug=evil), sender=Sender(name=evil, mail=SENDER.mail)
    )
    assert len(Calendar.from_ical(ics).events) == 1
    assert not [line for line in ics.decode().splitlines() if line.startswith("ATTENDEE")]
    assert lines(ics).count("BEGIN:VEVENT") == 1


def test_texts_of_one_line_stay_on_one_line() -> None:
    sender = Sender(name='The "City"\\ of; Yokohama\n', mail=SENDER.mail)
    found = lines(written(with_texts("A\nB\r\nC", location="D\nE", description="F\r\nG\rH"), sender=sender))
    assert {"SUMMARY:A B C", "LOCATION:D E", "DESCRIPTION:F\\nG H"} <= set(found)
    assert "ORGANIZER;CN=\"The 'City'/ of; Yokohama\":mailto:tickets@machi.example.jp" in found


def test_backslash_and_n_in_a_title_is_no_line_break() -> None:
    (event,) = Calendar.from_ical(written(with_texts("C:\\New"))).events
    assert str(event["summary"]) == "C:＼New"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.text(max_size=60, alphabet='";:,\\\n\r^=x'))
def test_any_text_survives_in_folded_lines(title: str, name: str) -> None:
    ics = written(with_texts(title, location=title), sender=Sender(name=name, mail=SENDER.mail))
    assert max(len(line) for line in ics.split(b"\r\n")) <= 75
    assert b"\n" not in ics.replace(b"\r\n", b"")
    event, *others = Calendar.from_ical(ics).events
    assert others == []
    assert str(event["organizer"]) == "mailto:tickets@machi.example.jp"
    kept = "".join(c if c.isprintable() else " " for c in str(event["summary"]))
    assert kept == "".join(
        c if c.isprintable() else " "
        for c in title.replace("\r\n", "\n").replace("\\N", "＼N").translate(BLANKS).strip()
    )


BLANKS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a.jp/\r\nATTENDEE:x", "https://a.jp/ b", "https://横浜.jp", "a.jp"]
)
def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="web address"):
        written(Appointment("a", "A", FESTIVAL.starts_at, FESTIVAL.ends_at, url=url))


@pytest.mark.parametrize("mail", ["", "a", "a@b\r\nX:y", "a b@c.jp", '"a"@b.jp', "a@b.jp,c@d.jp", "a@b;c"])
def test_what_is_no_mail_address(mail: str) -> None:
    with pytest.raises(ValueError, match="mail address"):
        written(FESTIVAL, sender=Sender(name="A", mail=mail))


def test_times_must_be_moments_in_order() -> None:
    naive = FESTIVAL.starts_at.replace(tzinfo=None)
    with pytest.raises(ValueError, match="offset"):
        written(Appointment("a", "A", naive, FESTIVAL.ends_at))
    with pytest.raises(ValueError, match="before"):
        written(Appointment("a", "A", FESTIVAL.ends_at, FESTIVAL.starts_at))


def test_same_input_gives_the_same_bytes() -> None:
    assert written(FESTIVAL, TALK) == written(FESTIVAL, TALK)
    assert written(FESTIVAL).startswith(b"BEGIN:VCALENDAR\r\n")
    assert written(FESTIVAL).endswith(b"END:VCALENDAR\r\n")


def test_a_ticket_without_appointments_is_still_a_calendar() -> None:
    assert Calendar.from_ical(written()).events == []
