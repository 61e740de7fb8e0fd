"""What the properties of an event mean beside its times: who, where, what else. Pure."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote_plus

from app.exchange.reading.notes import MOST_CATEGORIES, MOST_OTHERS, Note, fit, note
from app.exchange.reading.properties import Property
from app.exchange.schemas import Access, Position, Status, Words

STATUSES: Mapping[str, Status] = {
    "CONFIRMED": "confirmed",
    "TENTATIVE": "tentative",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
}
CALLED_OFF = re.compile(r"中止|延期|見合わせ|cancel+ed|postponed|abgesagt|verschoben", re.IGNORECASE)
MAIL = re.compile(r"(?:mailto:)?([\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.ASCII | re.IGNORECASE)
_PHONE = re.compile(r"(?:tel:)?\s*(\+?[\d()０-９（）][\d()０-９（）ー－\s-]{7,18}[\d０-９])", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+$", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|u|a|em|strong|ul|ol|li|h[1-6]|html|body|font|table|tr|td|img|head|meta)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:nbsp|amp|quot|lt|gt|#\d{2,6}|#x[0-9A-Fa-f]{2,5});")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]*>\n?", re.IGNORECASE)
_SKIPPED = re.compile(r"<(style|script|head)\b.*?(?:</\1>|$)", re.IGNORECASE | re.DOTALL)
_READ = frozenset({
    "ATTENDEE", "BEGIN", "CATEGORIES", "CLASS", "CONTACT", "CREATED", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART",
    "DURATION", "END", "EXDATE", "EXRULE", "GEO", "LAST-MODIFIED", "LOCATION", "ORGANIZER", "PRIORITY", "RDATE",
    "RECURRENCE-ID", "REQUEST-STATUS", "RRULE", "SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "UID", "URL", "ACKNOWLEDGED",
    "X-ALT-DESC", "X-APPLE-STRUCTURED-LOCATION", "X-MACHIGURUMI-ORIGIN", "X-LIC-ERROR", "X-ADDRESS",
})  # fmt: skip
"""Properties that have a field, are of no use to others, or are about people (ATTENDEE): none of them goes on."""
_TECHNICAL = re.compile(
    r"^X-(MICROSOFT|MS|MOZ|APPLE|EVOLUTION|KDE|LIC|GOOGLE|ICAL|GENERATED|EXPORT|WR|LOTUS|CALENDARSERVER)-"
)
_LOOKED_AT = 2_000
"""Characters in which an address is looked for."""


def url(found: Property | None, notes: list[Note]) -> str:
    """Return an address that a page may link to: nothing but http and https."""
    address = found.text.strip() if found else ""
    if found is None or not address:
        return ""
    if not _ADDRESS.match(address) or len(address) > 2_000:
        notes.append(note(found.number, "url_refused", lost=True, field="url", written=address))
        return ""
    return address


def status(found: Property | None, notes: list[Note]) -> Status:
    """Return the status; one that is not known is none."""
    if found is None:
        return "confirmed"
    known = STATUSES.get(found.value.strip().upper())
    if known is None:
        notes.append(note(found.number, "status_unknown", field="status", written=found.value))
    return known or "confirmed"


def access(found: Property | None) -> Access:
    """Return the class; one that is not known is treated as private (RFC 5545, 3.8.1.3)."""
    if found is None:
        return "public"
    words: dict[str, Access] = {"PUBLIC": "public", "CONFIDENTIAL": "confidential"}
    return words.get(found.value.strip().upper(), "private")


def categories(own: Sequence[Property], notes: list[Note]) -> tuple[str, ...]:
    """Return the categories, each once."""
    found: dict[str, None] = {}
    for one in own:
        if one.name == "CATEGORIES":
            for word in re.split(r"(?<!\\),", one.value):
                found[fit(one.unescaped(word), "categories", one.number, notes)] = None
    found.pop("", None)
    return tuple(found)[:MOST_CATEGORIES]


def plain(text: str) -> str:
    """Return a text without the tags of HTML, where it has any."""
    if "<" not in text or not _TAG.search(text):
        return html.unescape(text) if _ENTITY.search(text) else text
    bare = _TAG.sub("", _BREAK.sub("\n", _SKIPPED.sub("", text)))
    return html.unescape(re.sub(r"<[/!]?[a-zA-Z][^<>]*>", "", bare))


def description(first: Mapping[str, Property], notes: list[Note]) -> str:
    """Return the description; that in HTML where there is no other."""
    for name in ("DESCRIPTION", "X-ALT-DESC"):
        found = first.get(name)
        if found is not None and found.value.strip():
            return fit(plain(found.text), "description", found.number, notes)
    return ""


def titles(own: Iterable[Property], notes: list[Note]) -> Words:
    """Return the title by language, where it stands in several."""
    found: Words = {}
    for one in own:
        if one.name == "SUMMARY" and one.parameters.get("LANGUAGE"):
            found.setdefault(one.parameters["LANGUAGE"][:35], fit(one.text, "title", one.number, notes))
    return found if len(found) > 1 else {}


def people(first: Mapping[str, Property], notes: list[Note]) -> tuple[str, str, str, str]:
    """Return organiser, contact, phone and mail address: addresses go to their own field, wherever they stand."""
    organiser, contact = first.get("ORGANIZER"), first.get("CONTACT")
    mails = [found[1] for one in (organiser, contact) if one for found in MAIL.finditer(one.text[:_LOOKED_AT])]
    named = organiser.parameters.get("CN", "")[:_LOOKED_AT] if organiser else ""
    if organiser and not named and ":" not in organiser.value and "@" not in organiser.value:
        named = organiser.text[:_LOOKED_AT]  # a name where an address should stand
    number = organiser.number if organiser else 0
    said = contact.text[:_LOOKED_AT] if contact else ""
    phone = _PHONE.search(said)
    if phone:
        said = said.replace(phone[0], "")
    return (
        fit(MAIL.sub("", _unquoted(named)), "organiser", number, notes),
        fit(MAIL.sub("", said).strip(" ,;:/|-"), "contact", contact.number if contact else 0, notes),
        phone[1].strip() if phone else "",
        mails[0][:320] if mails else "",
    )


def _unquoted(name: str) -> str:
    """Return a name that a plug-in wrote as if it were part of an address."""
    if not re.search(r"%[0-9A-Fa-f]{2}", name) or " " in name:
        return name
    try:
        return unquote_plus(name, errors="strict")
    except UnicodeDecodeError:
        return name


def position(first: Mapping[str, Property], notes: list[Note]) -> Position | None:
    """Return GEO, or what Apple writes in its place; put right where the two are exchanged."""
    found, apple = first.get("GEO"), first.get("X-APPLE-STRUCTURED-LOCATION")
    if found is not None and found.value.strip():
        return degrees(re.split(r"[;,\\\s]+", found.value.strip()), found, notes)
    if apple is not None and apple.value.lower().startswith("geo:"):
        return degrees(apple.value[4:].split(";")[0].split(","), apple, notes)
    return None


def degrees(written: Sequence[str], found: Property, notes: list[Note]) -> Position | None:
    """Return latitude and longitude; none for 0, 0, which is what programs write that know of none."""
    try:
        latitude, longitude = (float(part) for part in written[:2])
        sane = abs(latitude) <= 180 and abs(longitude) <= 180
    except ValueError:
        sane = False
    if not sane:
        notes.append(note(found.number, "position_unreadable", lost=True, field="place", written=found.value))
        return None
    if (latitude, longitude) == (0, 0):
        notes.append(note(found.number, "position_elsewhere", lost=True, field="place", written=found.value))
        return None
    if abs(latitude) > 90 and abs(longitude) <= 90:
        notes.append(note(found.number, "position_exchanged", field="place", written=found.value))
        return Position(longitude, latitude)
    if abs(latitude) > 90:
        notes.append(note(found.number, "position_unreadable", lost=True, field="place", written=found.value))
        return None
    return Position(latitude, longitude)


def address(first: Mapping[str, Property], notes: list[Note]) -> str:
    """Return the address that Apple keeps beside the place."""
    apple = first.get("X-APPLE-STRUCTURED-LOCATION")
    return fit(apple.parameters.get("X-ADDRESS", ""), "address", apple.number, notes) if apple else ""


def others(own: Iterable[Property], notes: list[Note]) -> Words:
    """Return properties that we have no field for, so that nothing is dropped in silence; none that is binary."""
    found: Words = {}
    for one in _further(own):
        if one.name in found:
            continue
        if len(found) == MOST_OTHERS:
            notes.append(note(one.number, "others_left_out", lost=True, field="other", written=one.name))
            break
        found[one.name[:100]] = fit(one.text, "other", one.number, notes)
    return {name: words for name, words in found.items() if words}


def _further(own: Iterable[Property]) -> Iterator[Property]:
    for one in own:
        binary = one.parameters.get("ENCODING", "").upper() in {"BASE64", "B"} or one.value.startswith("data:")
        if one.name not in _READ and not binary and not _TECHNICAL.match(one.name):
            yield one
