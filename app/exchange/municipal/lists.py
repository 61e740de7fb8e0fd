"""A municipal event list, read with a report of each defect, and written as it came. Pure.

Nothing is repaired in silence: what was written stays in the row, what it means stands beside it, and what is wrong
with it is named by line and column. Unknown columns are kept.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct

from app.exchange.municipal.columns import NAMES, STANDARD, field_of
from app.exchange.reading.charsets import decode_text
from app.exchange.reading.japanese import date_of, time_of

Meant = TypeVar("Meant", dt.date, dt.time)

JAPAN = ((20.0, 46.0), (122.0, 154.0))
"""Latitudes and longitudes between which the country lies."""
MIDNIGHT = re.compile(r"^24\s*[:時]\s*(?:00?)?\s*分?(?::00)?$")
"""The end of a day, which is no time of that day."""
CALLED_OFF = re.compile(r"中止|延期|見合わせ")


class Defect(Struct, frozen=True, order=True):
    """What is wrong: the line of the file (from 1), the field, a code, and what stands there."""

    line: int
    field: str
    code: str
    written: str = ""


class Row(Struct, frozen=True, kw_only=True):
    """An event: what was written by field, columns of its own, and what the times and the place mean."""

    line: int
    values: Mapping[str, str]
    others: Mapping[str, str]
    starts_on: dt.date | None
    ends_on: dt.date | None
    starts_at: dt.time | None
    ends_at: dt.time | None
    position: tuple[float, float] | None
    called_off: bool

    @property
    def usable(self) -> bool:
        """Whether it can be shown: it has a name and a day."""
        return bool(self.values.get("name")) and self.starts_on is not None


class EventList(Struct, frozen=True):
    """A list: its headings as they were written, its rows, and what is wrong with them."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    defects: tuple[Defect, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How often each defect was found."""
        return dict(sorted(Counter(defect.code for defect in self.defects).items()))


class NoList(Exception):
    """The file is no event list: it has no heading that we know."""


def read(raw: bytes) -> EventList:
    """Read a list in any charset, separated by commas, semicolons or tabs. Raises `NoList`."""
    text, lost = decode_text(raw)
    defects = [Defect(number, "", "charset") for number in lost]
    lines = list(_lines(text))
    start = next((n for n, (_line, cells) in enumerate(lines) if sum(map(bool, map(field_of, cells))) >= 2), None)
    if start is None:
        raise NoList
    headings = tuple(cell.strip() for cell in lines[start][1])
    fields = _unique([field_of(heading) for heading in headings])
    rows = [
        _row(line, cells, headings, fields, defects) for line, cells in lines[start + 1 :] if any(map(str.strip, cells))
    ]
    defects += _repeated(rows)
    return EventList(headings, tuple(rows), tuple(sorted(defects)))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield records with the line of the file on which each begins."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:  # a quote that never ends, or a cell of more than 128 KB
            cells = []
        if cells is None:
            return
        yield begins, cells
        begins = reader.line_num + 1


def _unique(fields: Sequence[str | None]) -> list[str | None]:
    """Return the fields; where two columns claim one, the second is a column of its own."""
    seen: set[str] = set()
    found: list[str | None] = []
    for field in fields:
        found.append(None if field is None or field in seen else field)
        seen.add(field or "")
    return found


def _row(
    line: int, cells: Sequence[str], headings: Sequence[str], fields: Sequence[str | None], defects: list[Defect]
) -> Row:
    if len(cells) != len(headings):
        defects.append(Defect(line, "", "columns", str(len(cells))))
    pairs = list(zip(headings, fields, [*cells, *[""] * len(headings)], strict=False))
    values = {field: _clean(cell) for _heading, field, cell in pairs if field and cell.strip()}
    others = {heading: _clean(cell) for heading, field, cell in pairs if not field and cell.strip()}
    read = _Reading(line, values, defects)
    row = Row(
        line=line,
        values=values,
        others=others,
        starts_on=read.date("starts_on"),
        ends_on=read.date("ends_on"),
        starts_at=read.time("starts_at"),
        ends_at=read.time("ends_at"),
        position=read.position(),
        called_off=bool(CALLED_OFF.search(values.get("name", "") + values.get("status", ""))),
    )
    defects += _odd(row)
    return row


def _clean(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


class _Reading:
    """The cells of a row by their meaning; what has none is a defect."""

    def __init__(self, line: int, values: Mapping[str, str], defects: list[Defect]) -> None:
        self.line, self.values, self.defects = line, values, defects

    def date(self, field: str) -> dt.date | None:
        """Return a day, by the western calendar or an era."""
        return self._read(field, date_of, "date_unreadable")

    def time(self, field: str) -> dt.time | None:
        """Return a time of the day."""
        if MIDNIGHT.match(unicodedata.normalize("NFKC", self.values.get(field, ""))):
            self._wrong(field, "hour_24")
            return None
        return self._read(field, time_of, "time_unreadable")

    def _read(self, field: str, meaning: Callable[[str], Meant | None], code: str) -> Meant | None:
        written = self.values.get(field, "")
        found = meaning(written) if written else None
        if written and found is None:
            self._wrong(field, code)
        return found

    def position(self) -> tuple[float, float] | None:
        """Return latitude and longitude, put right where they were exchanged."""
        written = [self.values.get(name, "") for name in ("latitude", "longitude")]
        if not any(written):
            return None
        if not all(written):
            self._wrong("latitude" if not written[0] else "longitude", "position_half")
            return None
        try:
            latitude, longitude = (float(unicodedata.normalize("NFKC", part)) for part in written)
        except ValueError:
            self._wrong("latitude", "position_unreadable")
            return None
        if _in_japan(latitude, longitude):
            return latitude, longitude
        self._wrong("latitude", "position_exchanged" if _in_japan(longitude, latitude) else "position_elsewhere")
        return (longitude, latitude) if _in_japan(longitude, latitude) else None

    def _wrong(self, field: str, code: str) -> None:
        self.defects.append(Defect(self.line, field, code, self.values.get(field, "")))


def _in_japan(latitude: float, longitude: float) -> bool:
    (south, north), (west, east) = JAPAN
    return south <= latitude <= north and west <= longitude <= east


def _odd(row: Row) -> Iterator[Defect]:
    """Yield what does not go together in a row."""
    values = row.values
    if "name" not in values:
        yield Defect(row.line, "name", "name_missing")
    if "starts_on" not in values:
        yield Defect(row.line, "starts_on", "start_missing")
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        yield Defect(row.line, "ends_on", "end_before_start", values["ends_on"])
    same_day = row.starts_on is not None and row.ends_on in (None, row.starts_on)
    if same_day and row.starts_at and row.ends_at and row.ends_at < row.starts_at:
        yield Defect(row.line, "ends_at", "end_before_start", values["ends_at"])
    if row.starts_at and "ends_at" not in values:
        yield Defect(row.line, "ends_at", "end_time_missing")
    if row.called_off:
        yield Defect(row.line, "name", "called_off", values.get("name", ""))
    if not values.get("url", "http://").startswith(("http://", "https://")):
        yield Defect(row.line, "url", "url_unreadable", values["url"])


def _repeated(rows: Iterable[Row]) -> Iterator[Defect]:
    """Yield the rows whose number stands in an earlier row as well: it cannot be what tells events apart."""
    seen: set[tuple[str, str]] = set()
    for row in rows:
        number = row.values.get("number", "")
        named = (row.values.get("code", ""), number)
        if number and named in seen:
            yield Defect(row.line, "number", "number_repeated", number)
        seen.add(named)


def write(rows: Sequence[Row]) -> bytes:
    """Write a list as the data set asks: UTF-8 with a mark, CRLF; columns of their own behind those of the set."""
    used = {field for row in rows for field in row.values}
    fields = [*STANDARD, *(field for field in NAMES if field in used and field not in STANDARD)]
    others = list(dict.fromkeys(heading for row in rows for heading in row.others))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(NAMES[field][0] for field in fields), *others])
    for row in rows:
        writer.writerow(
            [*(row.values.get(field, "") for field in fields), *(row.others.get(one, "") for one in others)]
        )
    return out.getvalue().encode("utf-8-sig")
