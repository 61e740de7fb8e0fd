"""Damage to calendars, each with what must come out of it: known from programs and public threads, or thought of.

A damage is made to every calendar of the corpus, whose three events are its first, second and third.
"""

import gzip
import re
from collections.abc import Callable
from typing import NamedTuple


class Damage(NamedTuple):
    """What is done to a file, how many of its three events come out, and which codes come on top of the usual ones."""

    make: Callable[[bytes], bytes]
    saved: int = 3
    codes: frozenset[str] = frozenset()
    whole: bool = True


def said(*codes: str) -> frozenset[str]:
    return frozenset(codes)


def replaced(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    """Replace the first of something, which has to be there."""

    def make(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, count)

    return make


def within(line: bytes) -> Callable[[bytes], bytes]:
    """Put lines at the end of the second event."""

    def make(raw: bytes) -> bytes:
        parts = raw.split(b"END:VEVENT\r\n")
        parts[1] += line + b"\r\n"
        return b"END:VEVENT\r\n".join(parts)

    return make


def instead(name: bytes, line: bytes) -> Callable[[bytes], bytes]:
    """Write something else in place of a property of the second event; `line` is "" for nothing."""

    def make(raw: bytes) -> bytes:
        parts = unfolded(raw).split(b"END:VEVENT\r\n")
        pattern = rb"(?m)^" + name + rb"[;:].*\r\n"
        parts[1] = re.sub(pattern, lambda _found: line + b"\r\n" if line else b"", parts[1], count=1)
        return b"END:VEVENT\r\n".join(parts)

    return make


def unfolded(raw: bytes) -> bytes:
    return raw.replace(b"\r\n ", b"")


def after_events(raw: bytes) -> bytes:
    """Put the zones behind the events that use them."""
    zones = b"".join(re.findall(rb"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", raw, re.DOTALL))
    return re.sub(rb"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", b"", raw, flags=re.DOTALL).replace(
        b"END:VCALENDAR", zones + b"END:VCALENDAR"
    )


def indented(raw: bytes) -> bytes:
    return b"".join(b"    " + line for line in unfolded(raw).splitlines(keepends=True))


def cut(raw: bytes) -> bytes:
    """End before the end of the third event."""
    return raw[: raw.rindex(b"END:VEVENT")]


def lower(raw: bytes) -> bytes:
    return re.sub(
        rb"(?m)^(BEGIN|END|UID|DTSTART|DTEND|SUMMARY|LOCATION|DESCRIPTION)(?=[;:])",
        lambda found: found[1].lower(),
        unfolded(raw),
    )


def utf_16(raw: bytes) -> bytes:
    return unfolded(raw).decode().encode("utf-16-le")


def picture(raw: bytes) -> bytes:
    lines = b"".join(b" " + b"QUJD" * 18 + b"\r\n" for _ in range(3_000))
    return within(b"ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD\r\n" + lines.rstrip())(raw)


def alarms(raw: bytes) -> bytes:
    return within(b"BEGIN:VALARM\r\n" * 200 + b"TRIGGER:-PT1M\r\n" + b"END:VALARM\r\n" * 199 + b"END:VALARM")(raw)


ERROR_PAGE = b"<!DOCTYPE html>\r\n<html><body>\r\n<b>Notice</b>: Undefined index\r\n</body></html>\r\n"
DAMAGES: dict[str, Damage] = {
    "none": Damage(lambda raw: raw),
    "newlines of unix": Damage(lambda raw: raw.replace(b"\r\n", b"\n")),
    "newlines of old mac": Damage(lambda raw: raw.replace(b"\r\n", b"\r")),
    "newlines doubled by a mail server": Damage(lambda raw: raw.replace(b"\r\n", b"\r\r\n"), codes=said("newlines")),
    "newlines mixed": Damage(replaced(b"\r\n", b"\n", 5), codes=said("newlines")),
    "a blank line after each": Damage(lambda raw: raw.replace(b"\r\n", b"\r\n\r\n"), codes=said("blank_lines")),
    "byte order mark": Damage(lambda raw: b"\xef\xbb\xbf" + raw, codes=said("bom")),
    "two byte order marks": Damage(lambda raw: b"\xef\xbb\xbf" * 2 + raw, codes=said("bom")),
    "byte order mark in the middle": Damage(replaced(b"BEGIN:VEVENT", b"\xef\xbb\xbfBEGIN:VEVENT"), codes=said("bom")),
    "zero bytes": Damage(replaced(b"SUMMARY", b"\x00\x00SUMMARY"), codes=said("nul")),
    "tabs as folds": Damage(lambda raw: raw.replace(b"\r\n ", b"\r\n\t")),
    "no folds": Damage(unfolded),
    "a fold after every byte of the titles": Damage(
        lambda raw: re.sub(rb"(?m)^SUMMARY:[^\r]*", lambda found: b"\r\n ".join(bytes((b,)) for b in found[0]), raw)
    ),
    "utf-16 without a mark": Damage(utf_16, codes=said("utf-16")),
    "gzip inside": Damage(lambda raw: gzip.compress(raw, mtime=0), codes=said("gzip")),
    "a notice of PHP before it": Damage(lambda raw: ERROR_PAGE + raw, codes=said("not_a_property")),
    "a comment behind it": Damage(lambda raw: raw + b"<!-- cached -->\r\n", codes=said("not_a_property")),
    "no end of the calendar": Damage(replaced(b"END:VCALENDAR\r\n", b""), whole=False),
    "no begin of the calendar": Damage(replaced(b"BEGIN:VCALENDAR\r\n", b"")),
    "no end of the first event": Damage(replaced(b"END:VEVENT\r\n", b""), codes=said("end_missing")),
    "no begin of the first event": Damage(replaced(b"BEGIN:VEVENT\r\n", b""), saved=2, codes=said("end_without_begin")),
    "cut within the last event": Damage(cut, codes=said("end_missing", "cut_short"), whole=False),
    "twice in one file": Damage(lambda raw: raw + raw, saved=6),
    "twice, glued together": Damage(lambda raw: raw.rstrip() + raw, saved=6, codes=said("lines_joined")),
    "all in one line": Damage(lambda raw: unfolded(raw).replace(b"\r\n", b"\\r\\n"), codes=said("lines_joined")),
    "indented": Damage(indented, codes=said("indented")),
    "names in small letters": Damage(lower),
    "spaces at the ends": Damage(lambda raw: unfolded(raw).replace(b"\r\n", b"  \r\n")),
    "zones behind the events": Damage(after_events),
    "a calendar within an event": Damage(
        replaced(b"END:VEVENT", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VEVENT"),
        codes=said("end_missing", "end_without_begin"),
    ),
    "an event within an event": Damage(
        replaced(
            b"END:VEVENT", b"BEGIN:VEVENT\r\nUID:inner\r\nDTSTART:20261120\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VEVENT"
        ),
        saved=4,
        codes=said("end_missing", "end_without_begin"),
    ),
    "a todo between": Damage(
        replaced(b"BEGIN:VEVENT", b"BEGIN:VTODO\r\nUID:t\r\nSUMMARY:todo\r\nEND:VTODO\r\nBEGIN:VEVENT")
    ),
    "alarms in alarms": Damage(alarms),
    "a picture": Damage(picture),
    "a long line": Damage(within(b"X-LONG:" + b"a" * 100_000), codes=said("too_long")),
    "a long line without a name": Damage(within(b"TRANSP:OPAQUE\r\n" + b"a" * 100_000), codes=said("not_a_property")),
    "a thousand properties of their own": Damage(
        within(b"\r\n".join(b"X-OWN-%d:%d" % (n, n) for n in range(1000))), codes=said("others_left_out")
    ),
    "a parameter without a value": Damage(within(b"COMMENT;X=;Y:z")),
    "a quote that never ends": Damage(within(b'ATTENDEE;CN="Sato:mailto:a@city.example'), codes=said("not_a_property")),
    "no property": Damage(within(b"TRANSP:OPAQUE\r\nthis is no property"), codes=said("not_a_property")),
    "bytes of no charset": Damage(within(b"COMMENT:\xff\xfe\xff"), codes=said("charset")),
    "a replacement character": Damage(within(b"COMMENT:a\xef\xbf\xbdb"), codes=said("character_missing")),
    "a control character": Damage(within(b"COMMENT:a\x07b\x0bc")),
    "no title": Damage(instead(b"SUMMARY", b""), codes=said("title_missing")),
    "no UID": Damage(instead(b"UID", b""), codes=said("uid_missing")),
    "an empty UID": Damage(instead(b"UID", b"UID:"), codes=said("uid_missing")),
    "a UID of 3,000 letters": Damage(instead(b"UID", b"UID:" + b"u" * 3000), codes=said("uid_too_long")),
    "a title of 3,000 letters": Damage(instead(b"SUMMARY", b"SUMMARY:" + b"s" * 3000), codes=said("too_long")),
    "bare newlines in the description": Damage(
        within(b"DESCRIPTION:one\r\ntwo\r\n\r\nTime: 10:00\r\nhttps://city.example/a"),
        codes=said("fold_missing", "blank_lines"),
    ),
    "returns within the title": Damage(
        instead(b"SUMMARY", b"SUMMARY:one\rtwo"), codes=said("newlines", "fold_missing")
    ),
    "commas and semicolons as they are": Damage(instead(b"SUMMARY", b"SUMMARY:a, b; c: d")),
    "quoted-printable of vCalendar 1.0": Damage(
        instead(b"SUMMARY", b"SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=98=A5=\r\n=E3=81=AE=E7=A5=AD"),
        codes=said("quoted_printable"),
    ),
    "quoted-printable in Shift JIS": Damage(
        instead(b"SUMMARY", b"SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=Shift_JIS:=8F=74=82=CC=8D=D5"),
        codes=said("quoted_printable"),
    ),
    "a title in Shift JIS, the rest in UTF-8": Damage(
        instead(b"SUMMARY", "SUMMARY;CHARSET=Shift_JIS:春の祭り".encode("cp932")), codes=said("charset")
    ),
    "no start": Damage(instead(b"DTSTART", b""), saved=2, codes=said("start_missing")),
    "an empty start": Damage(
        instead(b"DTSTART", b"DTSTART:"), saved=2, codes=said("start_unreadable", "time_unreadable")
    ),
    "a start that is no date": Damage(
        instead(b"DTSTART", b"DTSTART:tomorrow"), saved=2, codes=said("start_unreadable", "time_unreadable")
    ),
    "30 February": Damage(
        instead(b"DTSTART", b"DTSTART:20260230T100000"), saved=2, codes=said("start_unreadable", "time_unreadable")
    ),
    "the year 0": Damage(
        instead(b"DTSTART", b"DTSTART:00000101T100000Z"), saved=2, codes=said("start_unreadable", "time_unreadable")
    ),
    "the year 9999": Damage(
        instead(b"DTSTART", b"DTSTART:99991231T235959Z"), saved=2, codes=said("start_unreadable", "time_unreadable")
    ),
}
STARTS: dict[str, tuple[bytes, str, frozenset[str]]] = {
    "a zone without a name": (b"DTSTART;TZID=:20261122T100000", "2026-11-22T01:00", said("floating")),
    "no zone": (b"DTSTART:20261122T100000", "2026-11-22T01:00", said("floating")),
    "a zone nobody knows": (b"DTSTART;TZID=Nowhere:20261122T100000", "2026-11-22T01:00", said("zone_unknown")),
    "a zone of Outlook": (
        b"DTSTART;TZID=(UTC+09:00) Osaka, Sapporo, Tokyo:20261122T100000",
        "2026-11-22T01:00",
        said(),
    ),
    "a zone that is an offset": (b"DTSTART;TZID=GMT+0900:20261122T100000", "2026-11-22T01:00", said()),
    "an abbreviation": (b"DTSTART;TZID=JST:20261122T100000", "2026-11-22T01:00", said()),
    "a zone of old Mozilla": (
        b"DTSTART;TZID=/mozilla.org/20070129_1/Asia/Tokyo:20261122T100000",
        "2026-11-22T01:00",
        said(),
    ),
    "a zone and a Z": (b"DTSTART;TZID=Asia/Tokyo:20261122T010000Z", "2026-11-22T01:00", said()),
    "dashes": (b"DTSTART:2026-11-22", "2026-11-21T15:00", said()),
    "dashes and an offset": (b"DTSTART:2026-11-22T10:00:00+09:00", "2026-11-22T01:00", said("time_odd")),
    "no seconds": (b"DTSTART;TZID=Asia/Tokyo:20261122T1000", "2026-11-22T01:00", said("time_odd")),
    "24:00": (b"DTSTART;TZID=Asia/Tokyo:20261121T240000", "2026-11-21T15:00", said("hour_24")),
    "a leap second": (b"DTSTART;TZID=Asia/Tokyo:20261122T095960", "2026-11-22T00:59", said()),
    "a day with a zone": (b"DTSTART;TZID=Asia/Tokyo;VALUE=DATE:20261122", "2026-11-21T15:00", said()),
    "a day that says a time": (b"DTSTART;VALUE=DATE:20261122T100000", "2026-11-22T01:00", said("floating")),
    "a moment that says a day": (b"DTSTART;VALUE=DATE-TIME:20261122", "2026-11-21T15:00", said()),
    "a digit too many": (b"DTSTART:20261122T0100000Z", "2026-11-22T01:00", said("time_odd")),
    "a digit too few": (b"DTSTART;TZID=Asia/Tokyo:20261122T10000", "2026-11-22T01:00", said("time_odd")),
    "a T too many": (b"DTSTART;TZID=Asia/Tokyo:20261122T100000T", "2026-11-22T01:00", said("time_odd")),
    "a day in UTC": (b"DTSTART:20261122Z", "2026-11-21T15:00", said("time_odd")),
    "a quote that takes in the time": (
        b'DTSTART;TZID="Tokyo Standard Time:20261122T100000"',
        "2026-11-22T01:00",
        said(),
    ),
    "a zone of IANA that looks like an offset": (
        b"DTSTART;TZID=Etc/GMT-9:20261122T100000",
        "2026-11-22T01:00",
        said(),
    ),
    "a zone of IANA in one word": (b"DTSTART;TZID=ROK:20261122T100000", "2026-11-22T01:00", said()),
    "a zone of Windows in small letters": (
        b"DTSTART;TZID=tokyo standard time:20261122T100000",
        "2026-11-22T01:00",
        said(),
    ),
    "a list of cities": (
        b"DTSTART;TZID=(UTC+10:00) Canberra, Melbourne, Sydney:20261122T120000",
        "2026-11-22T01:00",
        said(),
    ),
    "cities without an offset": (
        b'DTSTART;TZID="Amsterdam, Berlin, Rome":20261122T020000',
        "2026-11-22T01:00",
        said(),
    ),
    "cities and another offset": (
        b"DTSTART;TZID=(UTC+03:00) Canberra, Melbourne, Sydney:20261122T100000",
        "2026-11-22T01:00",
        said("zone_unknown"),
    ),
    "one city": (b"DTSTART;TZID=Berlin:20261122T100000", "2026-11-22T01:00", said("zone_unknown")),
    "a name of Outlook in words": (
        b'DTSTART;TZID="(UTC-06:00) Central Time (US and Canada)":20261121T190000',
        "2026-11-22T01:00",
        said(),
    ),
    "an era": ("DTSTART:令和8年11月22日 10:00".encode(), "2026-11-22T01:00", said("time_odd", "floating")),
    "a date in words": (
        "DTSTART:2026年11月22日（日）10時30分".encode(),
        "2026-11-22T01:30",
        said("time_odd", "floating"),
    ),
    "spaces": (b"DTSTART: 20261122T010000Z ", "2026-11-22T01:00", said()),
    "small letters": (b"DTSTART:20261122t010000z", "2026-11-22T01:00", said()),
    "fractions of a second": (b"DTSTART:20261122T010000.000Z", "2026-11-22T01:00", said()),
}
"""Ways to write the start of the second event, the moment (UTC) that is meant in Tokyo, and what is said of it."""
ENDS: dict[str, tuple[bytes, str, frozenset[str]]] = {
    "the same": (b"DTEND:20261122T010000Z", "2026-11-22T01:00", said()),
    "before": (b"DTEND:20261121T010000Z", "2026-11-22T01:00", said("end_before_start")),
    "a day": (b"DTEND;VALUE=DATE:20261123", "2026-11-22T01:00", said("end_of_another_kind")),
    "nothing": (b"DTEND:", "2026-11-22T01:00", said("time_unreadable")),
    "words": (b"DTEND:later", "2026-11-22T01:00", said("time_unreadable")),
    "days and a time": (b"DURATION:P1DT1H", "2026-11-23T02:00", said()),
    "weeks": (b"DURATION:P1W", "2026-11-29T01:00", said()),
    "a day of 24 hours": (b"DURATION:P1D", "2026-11-23T01:00", said()),
    "backwards": (b"DURATION:-PT1H", "2026-11-22T01:00", said("end_before_start")),
    "for ever": (b"DURATION:P99999999W", "2026-11-22T01:00", said("duration_unreadable")),
    "no duration": (b"DURATION:1h", "2026-11-22T01:00", said("duration_unreadable")),
}
"""Ways to write the end of what starts at 2026-11-22T01:00Z."""
RULES: dict[str, tuple[bytes, bool, frozenset[str]]] = {
    "a rule": (b"RRULE:FREQ=WEEKLY;COUNT=3", True, said()),
    "small letters": (b"RRULE:freq=weekly;count=3", True, said()),
    "every second": (b"RRULE:FREQ=SECONDLY", False, said("recurs_too_often")),
    "every minute": (b"RRULE:FREQ=MINUTELY;INTERVAL=5", False, said("recurs_too_often")),
    "of vCalendar 1.0": (b"RRULE:W1 MO TU #0", False, said("rule_unreadable")),
    "words": (b"RRULE:every other week", False, said("rule_unreadable")),
    "nothing": (b"RRULE:", False, said("rule_unreadable")),
    "no frequency": (b"RRULE:COUNT=3", False, said("rule_unreadable")),
    "a day that there is not": (b"RRULE:FREQ=WEEKLY;BYDAY=XX", False, said("rule_unreadable")),
    "an interval of nothing": (b"RRULE:FREQ=DAILY;INTERVAL=0", False, said("rule_unreadable")),
    "junk behind": (b"RRULE:FREQ=DAILY;COUNT=3;FOO=BAR", False, said("rule_unreadable")),
    "spaces": (b"RRULE:FREQ=WEEKLY; BYDAY=MO, TU", True, said()),
    "escapes of a text": (b"RRULE:FREQ=WEEKLY\\;BYDAY=MO\\,TU", True, said()),
    "an end without seconds": (b"RRULE:FREQ=WEEKLY;UNTIL=20271022T0000Z", True, said()),
    "a part of dateutil's own": (b"RRULE:FREQ=YEARLY;BYEASTER=500", False, said("rule_unreadable")),
    "a month that there is not": (b"RRULE:FREQ=MONTHLY;BYMONTH=13", False, said("rule_unreadable")),
    "never, by the day of the week": (b"RRULE:FREQ=MONTHLY;BYMONTHDAY=15;BYDAY=1SU", False, said("rule_unreadable")),
    "never, by its place": (b"RRULE:FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3", False, said("rule_unreadable")),
    "the sixth Monday": (b"RRULE:FREQ=MONTHLY;BYDAY=6MO", False, said("rule_unreadable")),
    "the fifth from the end": (b"RRULE:FREQ=MONTHLY;BYDAY=-5MO", True, said()),
    "whole weeks, day by day": (b"RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO", True, said()),
    "a semicolon behind": (b"RRULE:FREQ=DAILY;COUNT=3;", True, said()),
    "never": (b"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", False, said("rule_unreadable")),
    "never, day by day": (b"RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", False, said("rule_unreadable")),
}
"""Rules of the second event, whether they are kept, and what is said of them."""
