"""A node of schema.org/Event as an event. Pure."""

import datetime as dt
import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urljoin

import msgspec
from msgspec import Struct, structs

from app.exchange.reading.fields import CALLED_OFF, MAIL, plain
from app.exchange.reading.notes import LONGEST_UID, MOST_CATEGORIES, Note, clean, fit, note
from app.exchange.reading.properties import Property
from app.exchange.reading.spans import DAY, midnight, span
from app.exchange.reading.times import Moment, duration, moment
from app.exchange.reading.zones import Zones
from app.exchange.schemas import Incoming, Position, Status, Words

Node = dict[str, object]
_TYPES = frozenset({"Festival", "Hackathon", "EventSeries", "CourseInstance"})
_STATUSES: Mapping[str, Status] = {
    "eventcancelled": "cancelled",
    "eventcanceled": "cancelled",
    "eventpostponed": "tentative",
}
_ADDRESS = ("postalCode", "addressRegion", "addressLocality", "streetAddress")
_FURTHER = ("image", "eventAttendanceMode", "doorTime", "performer", "typicalAgeRange", "audience", "inLanguage")
_WEB = re.compile(r"https?://[^\s<>\"']+$", re.IGNORECASE)
_NO_ZONES = Zones(())
MOST_NODES = 200_000


class Page(Struct, frozen=True):
    """What the words of a page mean: its zone (IANA), language, own address; names in `shared` are no event's alone."""

    zone: str
    language: str
    base: str
    shared: frozenset[str]


def nodes(values: Iterable[object]) -> Iterator[Node]:
    """Yield every event within these values, however deep it stands, in their order."""
    stack, left = list(values)[::-1], MOST_NODES
    while stack and left:
        left -= 1
        value = stack.pop()
        if isinstance(value, list):
            stack += value[::-1]
        elif isinstance(value, dict):
            if _is_event(value):
                yield value
            stack += [part for name, part in reversed(value.items()) if name not in {"superEvent", "location"}]


def _is_event(node: Node) -> bool:
    names = [str(one).rstrip("/").rpartition("/")[2].rpartition(":")[2] for one in _list(node.get("@type"))]
    return any(name in _TYPES or name.endswith("Event") for name in names) and len(node) > 2


def event(node: Node, page: Page, number: int) -> tuple[Incoming | Note, list[Note]]:
    """Return the event of a node with notes for the report, or the note by which it is refused."""
    notes: list[Note] = []
    starts = _moment(node, "startDate", page.zone, number, notes)
    if starts is None:
        code = "start_unreadable" if _text(node.get("startDate")) else "start_missing"
        refusal = note(number, code, lost=True, field="time", written=_text(node.get("name")))
        return refusal, [*(one for one in notes if one.code != "time_unreadable"), refusal]
    when = span(starts, _ends(node, starts, page.zone, number, notes), page.zone)
    title = _said(node, "name", "title", number, notes)
    if not title:
        notes.append(Note(number, "title_missing"))
    organiser = _first(node.get("organizer"))
    uid, made = _uid(node, page, starts, title)
    if made:
        notes.append(Note(number, "uid_missing"))
    if CALLED_OFF.search(title) and _status(node) != "cancelled":
        notes.append(note(number, "called_off", field="title", written=title))
    found = Incoming(
        uid=uid,
        made_uid=made,
        starts_at=when.starts_at,
        ends_at=when.ends_at,
        first_day=when.first_day,
        last_day=when.last_day,
        zone=page.zone,
        title=title,
        title_language=_tag(node.get("name")) or page.language,
        titles=_titles(node.get("name"), number, notes),
        description=_said(node, "description", "description", number, notes),
        place=fit(_text(_place(node).get("name")), "place", number, notes),
        address=fit(_address(_place(node)), "address", number, notes),
        position=_position(_place(node), number, notes),
        url=_url(node, page, number, notes),
        organiser=fit(MAIL.sub("", _text(organiser.get("name") or organiser.get("@value"))[:2_000]), "organiser",
                      number, notes),
        price=fit(_price(node), "price", number, notes),
        phone=fit(_text(organiser.get("telephone")), "phone", number, notes),
        email=fit(_text(organiser.get("email")).removeprefix("mailto:"), "email", number, notes),
        categories=_categories(node, number, notes),
        status=_status(node),
        called_off=bool(CALLED_OFF.search(title)),
        others=_others(node, number, notes),
        digest=b"",
    )  # fmt: skip
    digest = hashlib.sha256(b"1" + msgspec.json.encode(found)).digest()
    return structs.replace(found, digest=digest, number=number), notes


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: object) -> Node:
    """Return the first object of a value; a bare word as an object that has it for a name."""
    for one in _list(value):
        if isinstance(one, dict):
            return one
        if isinstance(one, str) and one.strip():
            return {"name": one}
    return {}


def _text(value: object) -> str:
    """Return a value as words: the first of several, the value of an object with a language."""
    for one in _list(value):
        if isinstance(one, dict):
            one = one.get("@value") or one.get("value") or one.get("name") or ""  # noqa: PLW2901
        if isinstance(one, str | int | float) and not isinstance(one, bool) and str(one).strip():
            return html.unescape(str(one)[:100_000]).strip()
    return ""


def _said(node: Node, name: str, field: str, number: int, notes: list[Note]) -> str:
    return fit(plain(_text(node.get(name))), field, number, notes)


def _tag(value: object) -> str:
    first = _first(value)
    return clean(str(first.get("@language", "")))[:35] if first else ""


def _titles(value: object, number: int, notes: list[Note]) -> Words:
    """Return the title by language, where it stands in several."""
    found = {_tag(one): fit(_text(one), "title", number, notes) for one in _list(value) if _tag(one)}
    return found if len(found) > 1 else {}


def _moment(node: Node, name: str, zone: str, number: int, notes: list[Note]) -> Moment | None:
    written = _text(node.get(name))
    if not written:
        return None
    found = moment(Property(name, {}, written, number), _NO_ZONES, usual=zone)
    if found is None:
        notes.append(note(number, "time_unreadable", lost=True, field="time", written=written))
        return None
    notes += [note(number, flag, field="time", written=written) for flag in found.flags if flag != "time_odd"]
    return found


def _ends(node: Node, starts: Moment, zone: str, number: int, notes: list[Note]) -> Moment | None:
    """Return the end, exclusive; the last day of days is included where schema.org writes it."""
    ends = _moment(node, "endDate", zone, number, notes)
    if ends is None:
        return _after(starts, _text(node.get("duration")))
    before = ends.local.date() < starts.local.date() if ends.is_day or starts.is_day else _at(ends) < _at(starts)
    if before:
        notes.append(note(number, "end_before_start", lost=True, field="time", written=_text(node.get("endDate"))))
        return None
    if starts.is_day:
        return Moment(dt.datetime.combine(ends.local.date() + DAY, dt.time()), None)
    if ends.is_day and ends.local.date() == starts.local.date():
        return None  # it ends on that day, at a time that nobody wrote
    return Moment(ends.local + DAY, midnight(ends.local.date() + DAY, zone)) if ends.is_day else ends


def _at(found: Moment) -> dt.datetime:
    return found.at or found.local.replace(tzinfo=dt.UTC)


def _after(starts: Moment, written: str) -> Moment | None:
    lasts = duration(written) if written else None
    if lasts is None or lasts <= dt.timedelta():
        return None
    return Moment(starts.local + lasts, None if starts.at is None else starts.at + lasts)


def _names(node: Node) -> Iterator[str]:
    """Yield what may name an event, the best first."""
    yield clean(_text(node.get("@id")))
    for one in _list(node.get("identifier")):
        yield clean(_text(one))
    yield clean(_text(node.get("url")))


def shared(events: Iterable[Node]) -> frozenset[str]:
    """Return the names that stand at several events: a page that lists many often gives all of them its own address."""
    owners: dict[str, set[tuple[str, str]]] = {}
    for node in events:
        said = _text(node.get("name")), _text(node.get("startDate"))
        for name in _names(node):
            owners.setdefault(name, set()).add(said)
    return frozenset(name for name, said in owners.items() if len(said) > 1)


def _uid(node: Node, page: Page, starts: Moment, title: str) -> tuple[str, bool]:
    """Return a name that no other event of the page has, and whether it is made of title and day."""
    for name in _names(node):
        if name and name not in page.shared and len(name) <= LONGEST_UID:
            return name, False
    said = "\0".join([title, _text(_place(node).get("name")), starts.local.date().isoformat()])
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@no-uid", True


def _place(node: Node) -> Node:
    """Return where it is: a place before an address on line."""
    places = [one if isinstance(one, dict) else {"name": one} for one in _list(node.get("location"))]
    real = [one for one in places if "virtual" not in str(one.get("@type", "")).lower()]
    return (real or [{}])[0]


def _address(place: Node) -> str:
    written = place.get("address")
    if not isinstance(written, dict):
        return _text(written)
    parts = [_text(written.get(name)) for name in _ADDRESS]
    asian = any(re.search(r"[\u3040-\u9fff\uac00-\ud7a3]", part) for part in parts)
    return ("" if asian else ", ").join(filter(None, parts if asian else parts[::-1]))


def _position(place: Node, number: int, notes: list[Note]) -> Position | None:
    found = _first(place.get("geo"))
    written = [_text(found.get(name) or place.get(name)) for name in ("latitude", "longitude")]
    if not all(written):
        return None
    try:
        latitude, longitude = map(float, written)
    except ValueError:
        latitude = 999.0
    if not abs(latitude) <= 90 or not abs(longitude) <= 180:
        notes.append(note(number, "position_unreadable", lost=True, field="place", written=", ".join(written)))
        return None
    return Position(latitude, longitude) if (latitude, longitude) != (0, 0) else None


def _url(node: Node, page: Page, number: int, notes: list[Note]) -> str:
    written = _text(node.get("url"))
    try:
        address = urljoin(page.base, written) if written else ""
    except ValueError:
        address = written
    if address and (not _WEB.match(address) or len(address) > 2_000):
        notes.append(note(number, "url_refused", lost=True, field="url", written=written))
        return ""
    return address


def _price(node: Node) -> str:
    offer = _first(node.get("offers"))
    price = _text(offer.get("price") if offer.get("price") is not None else offer.get("lowPrice"))
    highest = _text(offer.get("highPrice"))
    if not price:
        return "0" if str(node.get("isAccessibleForFree", "")).lower() == "true" else ""
    said = f"{price}-{highest}" if highest and highest != price else price
    return f"{said} {_text(offer.get('priceCurrency'))}".strip()


def _categories(node: Node, number: int, notes: list[Note]) -> tuple[str, ...]:
    words = [word for one in _list(node.get("keywords")) for word in re.split(r"[,、]", _text(one))]
    found = dict.fromkeys(fit(word, "categories", number, notes) for word in words if word.strip())
    return tuple(found)[:MOST_CATEGORIES]


def _status(node: Node) -> Status:
    word = _text(node.get("eventStatus")).rstrip("/").rpartition("/")[2].lower()
    return _STATUSES.get(word, "confirmed")


def _others(node: Node, number: int, notes: list[Note]) -> Words:
    found = {name: fit(_further(node.get(name)), "other", number, notes) for name in _FURTHER}
    return {name: words for name, words in found.items() if words}


def _further(value: object) -> str:
    first = _first(value)
    return _text(first.get("url") or first.get("name") or first.get("@value") or value)
