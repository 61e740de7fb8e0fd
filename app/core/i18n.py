"""Languages: interface words by gettext, content by one JSON object per text.

Catalogues are read from their `.po` files when first asked for, so there is nothing to compile or to forget.
"""

import datetime as dt
import io
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, Translations

from app.core.settings import ROOT

LANGUAGES = ("ja", "en", "zh-Hans", "ko", "de", "th")
"""Languages of the interface, BCP 47, in the order of the switch."""
DEFAULT = "en"
FALLBACK = ("en", "ja")
"""Where content is looked for, in this order, when it lacks the reader's language: German, English, Japanese."""
NO_COMMA = frozenset({"ja", "zh-Hans", "ko"})
"""Languages that write no comma between a day and its hour."""
NAMES = {"ja": "日本語", "en": "English", "zh-Hans": "简体中文", "ko": "한국어", "de": "Deutsch", "th": "ไทย"}

Text = Mapping[str, str]
"""A content text: language to words."""

_language: ContextVar[str] = ContextVar("language", default=DEFAULT)


def language() -> str:
    """Return the language of the present request or job."""
    return _language.get()


def use_language(tag: str) -> None:
    """Speak `tag` for the rest of this request or job."""
    _language.set(tag)


@cache
def catalogue(tag: str) -> Translations:
    """Return the message catalogue of a language; English is the language of the keys."""
    path = ROOT / "locale" / tag.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Translations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=tag.replace("-", "_")))
    compiled.seek(0)
    return Translations(compiled)


def gettext(message: str, **values: object) -> str:
    """Translate `message` into the present language and fill in `%(name)s` values."""
    text = catalogue(language()).ugettext(message) if message else ""
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
    """Translate with the plural form that `n` needs; `%(n)s` is filled in."""
    return catalogue(language()).ungettext(singular, plural, n) % {"n": n, **values}


def gettext_lazy(message: str) -> str:
    """Mark `message` for translation when it is shown; for class attributes and constants."""
    proxy: str = LazyProxy(gettext, message, enable_cache=False)  # type: ignore[assignment]
    return proxy


def text(content: Text, tag: str | None = None) -> str:
    """Return a content text in the reader's language, else by `FALLBACK`, else any."""
    return content.get(text_language(content, tag), "")


def text_language(content: Text, tag: str | None = None) -> str:
    """Return the language in which `text` answers, for the `lang` attribute."""
    reader = tag or language()
    return next((spoken for spoken in (reader, *FALLBACK, *content) if content.get(spoken)), reader)


def match(header: str) -> str | None:
    """Return our best language for an `Accept-Language` header or a tag, or None.

    Any Chinese is served as `zh-Hans` while that is the only Chinese we speak.
    """
    wishes = []
    for index, item in enumerate(header.split(",")[:20]):
        tag, _, quality = "".join(item.split()).lower().partition(";q=")
        try:
            wishes.append((-float(quality or 1), index, tag))
        except ValueError:
            continue
    for weight, _order, tag in sorted(wishes):
        for ours in LANGUAGES:
            if weight and (tag == ours.lower() or tag.split("-")[0] == ours.lower().split("-")[0]):
                return ours
    return None


@cache
def locale(tag: str) -> Locale:
    """Return Babel's locale of one of our languages."""
    return Locale.parse(tag.replace("-", "_"))


def day(value: dt.date, tag: str | None = None, *, short: bool = False) -> str:
    """Format a date in the reader's order, with its weekday.

    Thai too has the Gregorian year, marked ค.ศ.: 2569 of the Buddhist era would not be found on the poster or the
    flight, and the page says the same year in every language.
    """
    date = value.date() if isinstance(value, dt.datetime) else value  # equal moments may lie on different days
    return _day(date, tag or language(), short=short)


@lru_cache(maxsize=4096)
def _day(value: dt.date, tag: str, *, short: bool) -> str:
    place = locale(tag)
    if short:
        return str(format_skeleton("MMMEd", _noon(value), locale=place))
    if place.language == "ja":
        return str(format_date(value, "y年M月d日(EEE)", locale=place))
    return str(format_date(value, "full", locale=place)).replace("ค.ศ. ", "ค.ศ.\N{NO-BREAK SPACE}")


def _noon(value: dt.date) -> dt.datetime:
    return dt.datetime.combine(value, dt.time(12), tzinfo=dt.UTC)


def clock(value: dt.datetime, zone: str) -> str:
    """Format the time of day in `zone`, 24 hours: as every one of our languages writes it."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M}"


def moment(value: dt.datetime, zone: str, tag: str | None = None) -> str:
    """Return a day and an hour in a zone, as people say it."""
    between = " " if (tag or language()) in NO_COMMA else ", "
    return f"{day(in_zone(value, zone), tag)}{between}{clock(value, zone)}"


def in_zone(value: dt.datetime, zone: str) -> dt.datetime:
    """Return the same instant as clocks at the place show it."""
    return value.astimezone(ZoneInfo(zone))
