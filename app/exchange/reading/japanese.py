"""Days and times of the day as people in Japan write them. Pure."""

import datetime as dt
import re
import unicodedata

_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$|^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_ERA = re.compile(
    r"^(令和|平成|R|H)\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$", re.IGNORECASE | re.ASCII
)
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_TIME = re.compile(r"^(午前|午後|AM|PM)?\s*(\d{1,2})\s*[:時]\s*(\d{1,2})?\s*分?(?::\d{2})?$", re.IGNORECASE | re.ASCII)
_WEEKDAY = re.compile(r"\s*\([日月火水木金土](?:曜日?)?[・,]?祝?\)")


def date_of(written: str) -> dt.date | None:
    """Return the day that is meant: `2026-05-01`, `2026/5/1`, `2026年5月1日（金）`, `20260501`, `令和8年5月1日`."""
    words = _WEEKDAY.sub("", unicodedata.normalize("NFKC", written)).strip()
    plain, era = _DATE.match(words), _ERA.match(words)
    try:
        if plain:
            return dt.date(*(int(part) for part in plain.groups() if part))
        if era:
            year = 1 if era[2] == "元" else int(era[2])
            return dt.date(_ERAS[era[1].upper()] + year, int(era[3]), int(era[4]))
    except ValueError:
        return None
    return None


def time_of(written: str) -> dt.time | None:
    """Return the time that is meant: `10:00`, `10時30分`, `午後1時`; `24:00` is none of this day."""
    found = _TIME.match(unicodedata.normalize("NFKC", written).strip())
    if found is None:
        return None
    late = (found[1] or "").upper() in {"午後", "PM"} and int(found[2]) < 12
    try:
        return dt.time(int(found[2]) + 12 * late, int(found[3] or 0))
    except ValueError:
        return None


def moment_of(written: str) -> tuple[dt.date, dt.time | None] | None:
    """Return the day and, where one stands behind it, the time of the day; None for what is neither."""
    words = unicodedata.normalize("NFKC", written).strip()
    day = date_of(words)
    if day is not None:
        return day, None
    found = re.match(r"^(.*?[\d日)])\s*((?:午前|午後|AM|PM)?\s*\d{1,2}\s*[:時].*)$", words, re.IGNORECASE)
    if found is None:
        return None
    day, time = date_of(found[1]), time_of(found[2])
    return None if day is None or time is None else (day, time)
