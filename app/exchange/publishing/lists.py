"""What we publish as a municipal event list, in Japanese, with the names of its rows the same for ever."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from app.core.spreadsheet import harmless
from app.exchange.municipal import lists
from app.exchange.municipal.lists import Row
from app.exchange.publishing.audiences import Reader, Selection
from app.exchange.publishing.calendars import File, changed_at, file_of
from app.exchange.publishing.listing import Item, items
from app.exchange.publishing.log import Mark
from app.exchange.publishing.said import Said, source_line

STATUS = {"cancelled": "中止", "tentative": "予定"}
ONLINE = {"on_site": "現地", "online": "オンライン", "hybrid": "ハイブリッド"}
_MINUTE = "%H:%M"


async def list_file(reader: Reader, selection: Selection, mark: Mark) -> File:
    """Return the list of a selection."""
    japanese = await items(reader, selection, language="ja")
    english = {one.uid: one.said.title for one in await items(reader, selection, language="en") if one.said}
    return file_of(written(japanese, english), await changed_at(reader, selection, mark))


def written(found: Sequence[Item], english: Mapping[str, str]) -> bytes:
    """Return the list of what is said in Japanese; `english` are their titles by UID."""
    said = sorted((item.said for item in found if item.said), key=lambda one: (_begins(one), one.uid))
    return lists.write([_row(one, english.get(one.uid, "")) for one in said])


def _begins(said: Said) -> str:
    day = said.starts_at.date() if said.starts_at else said.first_day
    return f"{day}"


def _row(said: Said, english: str) -> Row:
    values = {
        "number": said.uid,
        "name": harmless(said.title),
        "english": harmless(english if english != said.title else ""),
        "description": harmless(said.description),
        "fee": harmless(said.price),
        "contact": harmless(said.contact),
        "phone": harmless(said.phone),
        "organiser": harmless(said.organiser),
        "place": harmless(said.venue),
        "building": harmless(said.room),
        "address": harmless(said.address),
        "latitude": _number(said.latitude),
        "longitude": _number(said.longitude),
        "capacity": _number(said.capacity),
        "url": said.url,
        "kind": harmless("、".join(said.categories)),
        "status": STATUS.get(said.status, ""),
        "online": ONLINE.get(said.mode, ""),
        "note": harmless(source_line(said)),
        **_times(said),
    }
    return Row(
        line=0,
        values={field: words for field, words in values.items() if words},
        others={},
        starts_on=None,
        ends_on=None,
        starts_at=None,
        ends_at=None,
        position=None,
        called_off=said.status == "cancelled",
    )


def _times(said: Said) -> dict[str, str]:
    """Return days and times on the clock of the place; a list has room for one date of a series."""
    if said.starts_at is None or said.ends_at is None:
        return {"starts_on": f"{said.first_day}", "ends_on": f"{said.last_day}"}
    return {
        "starts_on": f"{said.starts_at.date()}",
        "starts_at": said.starts_at.strftime(_MINUTE),
        "ends_on": f"{said.ends_at.date()}",
        "ends_at": said.ends_at.strftime(_MINUTE),
        "when_note": "、".join(_notes(said)),
    }


def _notes(said: Said) -> Iterable[str]:
    if said.zone and said.starts_at and said.starts_at.utcoffset() != dt.timedelta(hours=9):
        yield f"現地時間（{said.zone}）"
    if said.recurrence:
        yield "繰り返し開催"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value}"
