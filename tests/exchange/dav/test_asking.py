"""Questions of calendar programs, as they are sent."""

import datetime as dt

import pytest

from app.core.errors import BadRequest
from app.exchange.dav import asking
from app.exchange.dav.asking import Multiget, Query, Shape, Span, Sync, Wanted
from app.exchange.dav.elements import CALDAV, DAV
from app.exchange.dav.errors import DataRefused, FilterRefused, Refused

SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
PROP = "<D:prop><D:getetag/><C:calendar-data/><D:getetag/></D:prop>"
BOTH = Wanted("named", ((DAV, "getetag"), (CALDAV, "calendar-data")))


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 11, number, tzinfo=dt.UTC)


def query(inside: str) -> bytes:
    return f"<C:calendar-query {SPACES}>{PROP}<C:filter>{inside}</C:filter></C:calendar-query>".encode()


def within(inside: str) -> bytes:
    return query(f'<C:comp-filter name="VCALENDAR">{inside}</C:comp-filter>')


def spans(*ranges: str) -> bytes:
    said = "".join(f'<C:comp-filter name="VEVENT"><C:time-range {one}/></C:comp-filter>' for one in ranges)
    return within(said)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("", Wanted()),
        (" \r\n", Wanted()),
        (f"<D:propfind {SPACES}><D:allprop/></D:propfind>", Wanted()),
        (f"<D:propfind {SPACES}><D:propname/></D:propfind>", Wanted("names")),
        (f"<D:propfind {SPACES}>{PROP}</D:propfind>", BOTH),
        (f"<D:propfind {SPACES}><D:prop/></D:propfind>", Wanted("named")),
    ],
)
def test_propfind(body: str, wanted: Wanted) -> None:
    assert asking.propfind(body.encode()) == wanted


FROM, UNTIL = 'start="20261121T000000Z"', 'end="20261123T000000Z"'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (within(""), Query(BOTH)),
        (within('<C:comp-filter name="VEVENT"/>'), Query(BOTH)),
        (spans(f"{FROM} {UNTIL}"), Query(BOTH, Span(day(21), day(23)))),
        (spans(FROM), Query(BOTH, Span(day(21)))),
        (spans(UNTIL), Query(BOTH, Span(None, day(23)))),
        (spans(FROM, UNTIL, 'start="20261122T000000Z"'), Query(BOTH, Span(day(22), day(23)))),
        (within('<C:comp-filter name="VTODO"/>'), Query(BOTH, nothing=True)),
        (within('<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>'), Query(BOTH)),
        (within('<C:comp-filter name="VEVENT"><C:is-not-defined/></C:comp-filter>'), Query(BOTH, nothing=True)),
        (query('<C:comp-filter name="VCARD"/>'), Query(BOTH, nothing=True)),
    ],
)
def test_calendar_query(body: bytes, expected: Query) -> None:
    assert asking.report(body) == expected


@pytest.mark.parametrize(
    "inside",
    [
        '<C:prop-filter name="UID"/>',
        '<C:time-range start="20261121T000000Z"/>',
        '<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"/></C:comp-filter>',
        '<C:comp-filter name="VEVENT"><C:comp-filter name="VALARM"/></C:comp-filter>',
    ],
)
def test_filter_that_we_cannot_answer_is_refused_and_not_ignored(inside: str) -> None:
    with pytest.raises(FilterRefused):
        asking.report(within(inside))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<!DOCTYPE a><a/>",
        f"<C:calendar-query {SPACES}/>".encode(),
        f"<C:calendar-query {SPACES}><C:filter/></C:calendar-query>".encode(),
        spans(""),
        spans('start="20261121"'),
        spans('start="20261121T000000"'),
        spans('start="20261399T000000Z"'),
        spans('start="２０２６１１２１T000000Z"'),
        f"<D:sync-collection {SPACES}><D:sync-level>2</D:sync-level></D:sync-collection>".encode(),
        f"<D:sync-collection {SPACES}><D:limit><D:nresults>-1</D:nresults></D:limit></D:sync-collection>".encode(),
        f"<D:sync-collection {SPACES}><D:limit><D:nresults>ten</D:nresults></D:limit></D:sync-collection>".encode(),
    ],
)
def test_question_that_cannot_be_read(body: bytes) -> None:
    with pytest.raises(BadRequest):
        asking.report(body)


def shape(inside: str, attributes: str = "") -> bytes:
    data = f"<D:prop><C:calendar-data {attributes}>{inside}</C:calendar-data></D:prop>"
    return f"<C:calendar-multiget {SPACES}>{data}<D:href>/a</D:href></C:calendar-multiget>".encode()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (shape(""), None),
        (shape('<C:comp name="VCALENDAR"/>', 'content-type="Text/Calendar; charset=utf-8"'), None),
        (shape(f"<C:expand {FROM} {UNTIL}/>"), Shape("expand", Span(day(21), day(23)))),
        (shape(f"<C:limit-recurrence-set {FROM} {UNTIL}/>"), Shape("limit", Span(day(21), day(23)))),
    ],
)
def test_shape_of_calendar_data(body: bytes, expected: Shape | None) -> None:
    assert asking.report(body).wanted == Wanted("named", ((CALDAV, "calendar-data"),), expected)


@pytest.mark.parametrize(
    "inside",
    [
        "<C:expand/>",
        f"<C:expand {FROM}/>",
        f"<C:limit-recurrence-set {UNTIL}/>",
        '<C:expand start="20261123T000000Z" end="20261123T000000Z"/>',
        f"<C:expand {FROM} {UNTIL}/><C:limit-recurrence-set {FROM} {UNTIL}/>",
    ],
)
def test_shape_that_cannot_be_read(inside: str) -> None:
    with pytest.raises(BadRequest):
        asking.report(shape(inside))


@pytest.mark.parametrize("attributes", ['content-type="application/calendar+json"', 'version="1.0"'])
def test_calendar_data_in_a_format_that_we_do_not_write_is_refused(attributes: str) -> None:
    with pytest.raises(DataRefused) as refused:
        asking.report(shape("", attributes))
    assert refused.value.condition == (CALDAV, "supported-calendar-data")


def test_other_kinds_of_reports_are_refused() -> None:
    with pytest.raises(Refused):
        asking.report(f"<C:free-busy-query {SPACES}/>".encode())
    with pytest.raises(BadRequest):
        asking.propfind(f"<D:propertyupdate {SPACES}/>".encode())


def test_multiget_and_sync() -> None:
    hrefs = "<D:href> /dav/a.ics </D:href><D:href>/dav/b.ics</D:href>"
    body = f"<C:calendar-multiget {SPACES}>{PROP}{hrefs}</C:calendar-multiget>".encode()
    assert asking.report(body) == Multiget(BOTH, ("/dav/a.ics", "/dav/b.ics"))
    first = f"<D:sync-collection {SPACES}><D:sync-token/><D:sync-level>1</D:sync-level>{PROP}</D:sync-collection>"
    assert asking.report(first.encode()) == Sync(BOTH, "")
    limited = f"<D:sync-token>t</D:sync-token><D:limit><D:nresults>7</D:nresults></D:limit>{PROP}"
    assert asking.report(f"<D:sync-collection {SPACES}>{limited}</D:sync-collection>".encode()) == Sync(BOTH, "t", 7)


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (day(20), day(21), False),
        (day(20), day(22), True),
        (day(21), day(22), True),
        (day(22), day(23), True),
        (day(20), day(30), True),
        (day(23), day(24), False),
        (day(21), day(21), True),
        (day(22), day(22), True),
        (day(23), day(23), False),
        (day(20), day(20), False),
    ],
)
def test_overlap_is_that_of_the_standard(starts: dt.datetime, ends: dt.datetime, holds: object) -> None:
    assert Span(day(21), day(23)).holds(starts, ends) is holds
    assert Span().holds(starts, ends) is True
