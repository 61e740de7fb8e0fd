"""Numbers, days and places of the public page in the reader's language."""

import datetime as dt

from babel.numbers import format_decimal, format_percent

from app.core.i18n import day, language, locale
from app.kpi.fiscal import day_of
from app.kpi.publishing.folding import WORLD, PublicRow
from app.people.residence import country_name


def number(value: int) -> str:
    """Write a number in the reader's way."""
    return str(format_decimal(value, locale=locale(language())))


def share(part: int, whole: int) -> str:
    """Write a share in per cent with one decimal, cut rather than rounded: 99.96 % is not a target reached."""
    return percent((1000 * part // whole if whole else 0) / 1000)


def percent(value: float) -> str:
    """Write a share between 0 and 1 in per cent with one decimal."""
    return str(format_percent(value, format="#,##0.0%", locale=locale(language())))


def place(row: PublicRow) -> str:
    """Name a country, or a region whose other countries the row holds (the world: what no region holds)."""
    return country_name(row.country or row.region)


def is_rest(row: PublicRow) -> bool:
    """Whether a row holds what no region could."""
    return row.country is None and row.region == WORLD


def day_there(moment: dt.datetime) -> str:
    """Return the day of a moment in Japan."""
    return day(day_of(moment))
