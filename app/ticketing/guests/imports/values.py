"""What the cells of a list mean: countries, types, needs, answers as people write them. Pure."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from app.core.i18n import LANGUAGES, NAMES, locale, match
from app.core.i18n import gettext as _
from app.people.residence import CODES
from app.ticketing.guests.imports.columns import folded, spoken
from app.ticketing.registering.needs import NEEDS
from app.ticketing.schemas import Offer, OfferedQuestion

_BETWEEN = re.compile(r"\s*[,;、，；\n]\s*")
_YES = frozenset({"yes", "y", "true", "1", "x", "o", "はい", "○", "〇", "有", "是", "예", "ja", "ใช่"})
_NO = frozenset({"no", "n", "false", "0", "-", "いいえ", "×", "無", "否", "아니요", "nein", "ไม่"})
_ALSO: Mapping[str, str] = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "米国": "US", "アメリカ": "US",
    "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB", "英国": "GB",
    "korea": "KR", "republic of korea": "KR", "大韓民国": "KR", "中華人民共和国": "CN",
    "people's republic of china": "CN",
    "hong kong": "HK", "香港": "HK", "macau": "MO", "macao": "MO", "マカオ": "MO", "台湾": "TW", "豪州": "AU",
    "viet nam": "VN", "czech republic": "CZ", "holland": "NL", "uae": "AE", "日本国": "JP", "russian federation": "RU",
    "turkey": "TR", "burma": "MM", "ivory coast": "CI", "laos": "LA", "syria": "SY", "palestine": "PS",
}  # fmt: skip
"""Names of countries that people write beside those of our languages."""


class NotKnown(Exception):
    """A cell says nothing that we know; the words say what is wanted."""


@cache
def _countries() -> dict[str, str]:
    found = {**_ALSO, **{code.casefold(): code for code in CODES}}
    for tag in LANGUAGES:
        found |= {folded(str(name)): code for code, name in locale(tag).territories.items() if code in CODES}
    return found


def country(words: str) -> str:
    """Return the code of a country, written as such or by its name in any of our languages."""
    try:
        return _countries()[folded(words)]
    except KeyError:
        raise NotKnown(_("We know no such country: write its name, or its code such as JP.")) from None


def yes_no(words: str) -> bool:
    """Return whether a cell says yes."""
    said = folded(words)
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise NotKnown(_("Please answer yes or no."))


def several(words: str) -> list[str]:
    """Return the parts of a cell between commas of any script."""
    return [part for part in _BETWEEN.split(words.strip()) if part]


_ALSO_NEEDED: Mapping[str, str] = {
    "車いす": "wheelchair",
    "車椅子": "wheelchair",
    "手話": "sign_language",
    "字幕": "captions",
}
"""Needs as people write them beside our own words."""


@cache
def _needs() -> dict[str, str]:
    found: dict[str, str] = {**_ALSO_NEEDED, **{need: need for need in NEEDS}}
    for need, words in NEEDS.items():
        found |= {folded(spoken(words, tag)): need for tag in LANGUAGES}
    return found


def needs(words: str) -> tuple[list[str], str]:
    """Return the needs that a cell names, and what else it says, as a note."""
    parts = several(words)
    known = [_needs()[folded(part)] for part in parts if folded(part) in _needs()]
    others = [part for part in parts if folded(part) not in _needs()]
    return ([*known, "other"] if others and "other" not in known else known), ", ".join(others)


def tongue(words: str) -> str:
    """Return one of our languages, written as a tag or by its name."""
    named = {folded(name): tag for tag, name in NAMES.items()}
    found = named.get(folded(words)) or match(words) or _tongues().get(folded(words))
    if found is None:
        raise NotKnown(_("We write in %(names)s.", names=", ".join(NAMES.values())))
    return found


@cache
def _tongues() -> dict[str, str]:
    return {folded(str(locale(tag).languages[ours.partition("-")[0]])): ours for tag in LANGUAGES for ours in LANGUAGES}


def ticket_type(words: str, found: Offer) -> str:
    """Return the slug of a ticket type, written as such or by its title in any language."""
    titles = {folded(title): t.slug for t in found.types.values() for title in (t.slug, *t.title.values())}
    try:
        return titles[folded(words)]
    except KeyError:
        raise NotKnown(_("You have no such ticket type.")) from None


def answer(question: OfferedQuestion, words: str) -> Any:
    """Return an answer as a form would send it."""
    match question.kind:
        case "choice":
            return _option(question, words)
        case "choices":
            return [_option(question, part) for part in several(words)]
        case "country":
            return country(words)
        case "yes_no":
            return yes_no(words)
    return words


def _option(question: OfferedQuestion, words: str) -> str:
    labels = {folded(label): o.value for o in question.options for label in (o.value, *o.label.values())}
    try:
        return labels[folded(words)]
    except KeyError:
        raise NotKnown(_("Please choose one of the values offered.")) from None
