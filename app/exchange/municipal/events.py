"""Rows of a municipal list as events, with its defects as findings. Pure."""

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from app.exchange.municipal.columns import NAMES
from app.exchange.municipal.lists import MIDNIGHT, Defect, EventList, NoList, Row, read
from app.exchange.reading.calendars import apart
from app.exchange.reading.digests import VERSION
from app.exchange.reading.fields import MAIL
from app.exchange.reading.notes import LONGEST_UID, MOST_CATEGORIES, MOST_OTHERS, Note, fit, note
from app.exchange.reading.request import Request
from app.exchange.reading.spans import DAY, midnight
from app.exchange.schemas import Finding, Incoming, Position, Reading, Status, Words

LOST = frozenset({
    "charset", "date_unreadable", "end_before_start", "name_missing", "position_elsewhere", "position_half",
    "position_unreadable", "start_missing", "time_unreadable", "url_unreadable",
})  # fmt: skip
"""Defects by which something is not there any more."""
_STATUSES: Sequence[tuple[str, Status]] = (("中止", "cancelled"), ("延期", "tentative"), ("未定", "tentative"))
_SHOWN = (
    "name", "english", "description", "place", "address", "building", "url", "organiser", "fee", "contact", "phone",
    "email", "kind", "starts_on", "ends_on", "starts_at", "ends_at", "latitude", "longitude", "status", "kana",
    "fee_details", "extension", "subtitle", "summary",
)  # fmt: skip
"""Columns that have a field of an event; all others go to `others` under their usual heading."""
_WRITERS = ("address_prefecture", "address_city", "address_town", "address_block")


def read_list(request: Request) -> Reading:
    """Return the events of a list; a row without a name or a day is refused."""
    try:
        found = read(request.body)
    except NoList:
        html = re.match(rb"\s*<(!doctype|html)", request.body[:200], re.IGNORECASE)
        return Reading(problem="html" if html else "no_list", size=len(request.body))
    uids = dict(_uids(found.rows))
    findings = [_finding(defect, uids) for defect in found.defects]
    usable = [row for row in found.rows if row.usable]
    digests = {row.line: _digest(row, request.zone) for row in usable}
    passed = {row.line for row in usable if digests[row.line] in request.known and not uids[row.line][1]}
    new = [row for row in usable if row.line not in passed]
    events = [_event(row, uids[row.line], digests[row.line], request, findings) for row in new]
    return Reading(
        events=tuple(apart(events, findings)),
        kept=tuple(digests[line] for line in sorted(passed)),
        refused=len(found.rows) - len(usable),
        findings=tuple(findings),
        whole=not _torn(found),
        size=len(request.body),
    )


def _torn(found: EventList) -> bool:
    """Whether the last row ends in the middle: it has fewer cells than the headings, and no other row has."""
    short = [defect.line for defect in found.defects if defect.code == "columns"]
    return bool(found.rows) and short == [found.rows[-1].line] and len(found.rows) > 1


def _finding(defect: Defect, uids: Mapping[int, tuple[str, bool]]) -> Finding:
    said = note(defect.line, defect.code, lost=defect.code in LOST, field=defect.field, written=defect.written)
    return Finding(said.number, said.code, said.lost, said.field, said.written, uids.get(defect.line, ("", False))[0])


def _uids(rows: Iterable[Row]) -> Iterator[tuple[int, tuple[str, bool]]]:
    """Yield by line the UID, and whether it is made: code and number, unless an earlier row has the same."""
    seen: set[str] = set()
    for row in rows:
        number, code = row.values.get("number", ""), row.values.get("code", "")
        uid = f"{code}-{number}@list"
        if not number or uid in seen or len(uid) > LONGEST_UID:
            yield row.line, (_made(row), True)
        else:
            seen.add(uid)
            yield row.line, (uid, False)


def _made(row: Row) -> str:
    day = row.starts_on.isoformat() if row.starts_on else ""
    said = "\0".join([row.values.get("name", ""), row.values.get("place", ""), day])
    return f"{hashlib.sha256(said.encode()).hexdigest()[:32]}@no-number"


def _digest(row: Row, zone: str) -> bytes:
    """Return the digest of what a row says, in whatever order its columns stand."""
    said = json.dumps([dict(row.values), dict(row.others)], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(b"\0".join((VERSION, zone.encode(), said.encode()))).digest()


def _event(row: Row, name: tuple[str, bool], digest: bytes, request: Request, findings: list[Finding]) -> Incoming:
    uid, made = name
    notes: list[Note] = []
    starts_at, ends_at, first_day, last_day = _when(row, request.zone)
    contact = row.values.get("contact", "")
    mail = MAIL.search(row.values.get("email", "") or contact[:500])
    event = Incoming(
        uid=uid,
        made_uid=made,
        starts_at=starts_at,
        ends_at=ends_at,
        first_day=first_day,
        last_day=last_day,
        zone=request.zone,
        title=_text(row, "name", "title", notes),
        title_language=request.language,
        titles=_titles(row, request.language, notes),
        description=fit(_joined(row, "\n\n", "subtitle", "summary", "description"), "description", row.line, notes),
        place=_text(row, "place" if row.values.get("place") else "gathering", "place", notes),
        address=fit(_address(row), "address", row.line, notes),
        position=Position(*row.position) if row.position else None,
        url=_url(row),
        organiser=_text(row, "organiser", "organiser", notes),
        price=fit(_joined(row, " / ", "fee", "fee_details"), "price", row.line, notes),
        contact=fit(MAIL.sub("", contact[:2_000]), "contact", row.line, notes),
        phone=fit(_joined(row, " 内線", "phone", "extension"), "phone", row.line, notes),
        email=mail[1][:320] if mail else "",
        categories=_categories(row, notes),
        status=_status(row),
        called_off=row.called_off,
        others=_others(row, notes),
        digest=digest,
        number=row.line,
    )
    findings += [Finding(one.number, one.code, one.lost, one.field, one.written, uid) for one in notes]
    return event


def _when(row: Row, zone: str) -> tuple[dt.datetime, dt.datetime, dt.date | None, dt.date | None]:
    """Return start and end (UTC, exclusive) and, without a time, the days from the first to the last."""
    first = row.starts_on or dt.date.min
    last = row.ends_on if row.ends_on and row.ends_on >= first else first
    if row.starts_at is None:
        return midnight(first, zone), midnight(last + DAY, zone), first, last
    starts = _moment(first, row.starts_at, zone)
    if row.ends_at is not None:
        ends = _moment(last, row.ends_at, zone)
    elif last > first or MIDNIGHT.match(unicodedata.normalize("NFKC", row.values.get("ends_at", ""))):
        ends = midnight(last + DAY, zone)
    else:
        ends = starts
    return starts, max(starts, ends), None, None


def _moment(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, time, ZoneInfo(zone)).astimezone(dt.UTC)


def _text(row: Row, column: str, field: str, notes: list[Note]) -> str:
    return fit(row.values.get(column, ""), field, row.line, notes)


def _joined(row: Row, between: str, *columns: str) -> str:
    return between.join(row.values[column] for column in columns if row.values.get(column))


def _titles(row: Row, language: str, notes: list[Note]) -> Words:
    """Return the title by language; the kana, which say how it is read, as Japanese in that script."""
    said = {language: "name", "en": "english", "ja-Kana": "kana"}
    found = {tag: _text(row, column, "title", notes) for tag, column in said.items() if row.values.get(column)}
    return found if len(found) > 1 else {}


def _address(row: Row) -> str:
    whole = row.values.get("address") or _joined(row, "", *_WRITERS)
    building = row.values.get("building", "")
    return f"{whole} {building}".strip() if building and building not in whole else whole


def _url(row: Row) -> str:
    found = re.match(r"https?://[^\s<>\"']{1,1990}", row.values.get("url", ""))
    return found[0] if found else ""


def _status(row: Row) -> Status:
    """Return the status by its own column; a title only proposes one."""
    written = row.values.get("status", "")
    return next((status for word, status in _STATUSES if word in written), "confirmed")


def _categories(row: Row, notes: list[Note]) -> tuple[str, ...]:
    words = [fit(word, "categories", row.line, notes) for word in re.split(r"[、,;；/／]", row.values.get("kind", ""))]
    return tuple(dict.fromkeys(filter(None, words)))[:MOST_CATEGORIES]


def _others(row: Row, notes: list[Note]) -> Words:
    own = {NAMES[field][0]: words for field, words in row.values.items() if field not in _SHOWN}
    found = own | dict(row.others)
    if len(found) > MOST_OTHERS:
        notes.append(note(row.line, "others_left_out", lost=True, field="other", written=str(len(found) - MOST_OTHERS)))
    return {name[:100]: fit(words, "other", row.line, notes) for name, words in list(found.items())[:MOST_OTHERS]}
