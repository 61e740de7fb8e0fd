"""What a calendar program asks, read from the body of a PROPFIND or a REPORT. Pure."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from app.core.errors import BadRequest
from app.core.i18n import gettext as _
from app.exchange.dav import elements
from app.exchange.dav.elements import CALDAV, DAV, Element, Name, Unreadable
from app.exchange.dav.errors import DataRefused, FilterRefused, Refused

_MOMENT = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_DIGITS = re.compile(r"\d{1,9}", re.ASCII)
EVENT = "VEVENT"
DATA: Name = (CALDAV, "calendar-data")
FORMAT = {"content-type": "text/calendar", "version": "2.0"}
_SHAPES: dict[str, Literal["expand", "limit"]] = {"expand": "expand", "limit-recurrence-set": "limit"}


class Span(Struct, frozen=True):
    """A time, in UTC, `until` not included; None without an end."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def holds(self, starts: dt.datetime, ends: dt.datetime) -> bool:
        """Whether an event overlaps with it (RFC 4791, 9.9); one without length is a moment."""
        before = self.until is None or starts < self.until
        return before and (self.since is None or self.since < ends or (starts == ends and self.since <= starts))


class Shape(Struct, frozen=True):
    """How a series is wanted, in a time that has both its ends: each date for itself, or with its own dates alone."""

    kind: Literal["expand", "limit"]
    span: Span


class Wanted(Struct, frozen=True):
    """Which properties are asked for: those named, all, or only what they are called; perhaps series in a `shape`."""

    kind: Literal["named", "all", "names"] = "all"
    names: tuple[Name, ...] = ()
    shape: Shape | None = None


class Query(Struct, frozen=True):
    """A question for events that overlap with a time; for `nothing` when it asks for what we never have."""

    wanted: Wanted
    span: Span = Span()
    nothing: bool = False


class Multiget(Struct, frozen=True):
    """A question for the events at these addresses."""

    wanted: Wanted
    hrefs: tuple[str, ...]


class Sync(Struct, frozen=True):
    """A question for what has changed since a token; for everything when it is empty. At most `limit` answers."""

    wanted: Wanted
    token: str
    limit: int | None = None


Report = Query | Multiget | Sync


def propfind(body: bytes) -> Wanted:
    """Read a PROPFIND; nothing at all asks for everything (RFC 4918, 9.1). Raises `BadRequest`."""
    if not body.strip():
        return Wanted()
    root = _root(body)
    if root.name != (DAV, "propfind"):
        raise _unreadable()
    return _wanted(root)


def report(body: bytes) -> Report:
    """Read a REPORT. Raises `BadRequest`, `Refused` for a kind that we do not know."""
    root = _root(body)
    read = _READ.get(root.name)
    if read is None:
        raise Refused
    return read(root)


def _root(body: bytes) -> Element:
    try:
        return elements.read(body)
    except Unreadable:
        raise _unreadable() from None


def _unreadable() -> BadRequest:
    return BadRequest(_("The body is not a question of WebDAV."))


def _wanted(root: Element) -> Wanted:
    named = root.first((DAV, "prop"))
    if named is not None:
        names = tuple(dict.fromkeys(child.name for child in named.children))
        return Wanted("named", names, next(filter(None, map(_shape, named.all(DATA))), None))
    return Wanted("names" if root.first((DAV, "propname")) else "all")


def _shape(data: Element) -> Shape | None:
    """Read how calendar data is wanted (RFC 4791, 9.6). Raises `DataRefused`."""
    kind, version = (data.attributes.get(name, usual) for name, usual in FORMAT.items())
    if (kind.partition(";")[0].strip().lower(), version) != tuple(FORMAT.values()):
        raise DataRefused
    shapes = [Shape(said, _whole_span(one)) for name, said in _SHAPES.items() for one in data.all((CALDAV, name))]
    if len(shapes) > 1:
        raise _unreadable()
    return shapes[0] if shapes else None


def _whole_span(said: Element) -> Span:
    span = _span(said)
    if span.since is None or span.until is None or span.until <= span.since:
        raise _unreadable()
    return span


def _multiget(root: Element) -> Multiget:
    return Multiget(_wanted(root), tuple(one.text.strip() for one in root.all((DAV, "href"))))


def _sync(root: Element) -> Sync:
    if root.says((DAV, "sync-level")) not in {"1", "infinite", ""}:
        raise _unreadable()
    limit = root.first((DAV, "limit"))
    words = limit.says((DAV, "nresults")) if limit else ""
    if words and not _DIGITS.fullmatch(words):
        raise _unreadable()
    return Sync(_wanted(root), root.says((DAV, "sync-token")), int(words) if words else None)


def _query(root: Element) -> Query:
    """Read a filter: the calendar, in it events, perhaps in a time. Raises `FilterRefused` for anything finer."""
    wanted, found = _wanted(root), root.first((CALDAV, "filter"))
    calendar = found.first((CALDAV, "comp-filter")) if found else None
    if calendar is None:
        raise _unreadable()
    if calendar.attributes.get("name") != "VCALENDAR" or calendar.first((CALDAV, "is-not-defined")):
        return Query(wanted, nothing=True)
    span = Span()
    for inner in calendar.children:
        asked = _inner(inner)
        if asked is None:
            return Query(wanted, nothing=True)
        span = Span(_later(span.since, asked.since), _earlier(span.until, asked.until))
    return Query(wanted, span)


def _inner(inner: Element) -> Span | None:
    """Return the time that a condition on a calendar asks for; None when no event of ours fulfils it."""
    if inner.name != (CALDAV, "comp-filter"):
        raise FilterRefused
    absent = inner.first((CALDAV, "is-not-defined")) is not None
    if inner.attributes.get("name") != EVENT:
        return Span() if absent else None
    if absent:
        return None
    if any(child.name != (CALDAV, "time-range") for child in inner.children):
        raise FilterRefused
    span = inner.first((CALDAV, "time-range"))
    return Span() if span is None else _span(span)


def _span(said: Element) -> Span:
    since, until = (_moment(said.attributes.get(name, "")) for name in ("start", "end"))
    if since is None and until is None:
        raise _unreadable()
    return Span(since, until)


def _moment(words: str) -> dt.datetime | None:
    if not words:
        return None
    try:
        if _MOMENT.fullmatch(words):
            return dt.datetime.strptime(words, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    except ValueError:
        pass
    raise _unreadable()


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return max(filter(None, (one, other)), default=None)


def _earlier(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return min(filter(None, (one, other)), default=None)


_READ: dict[Name, Callable[[Element], Report]] = {
    (CALDAV, "calendar-query"): _query,
    (CALDAV, "calendar-multiget"): _multiget,
    (DAV, "sync-collection"): _sync,
}
