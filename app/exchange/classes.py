"""Who may see which field of an exchanged event: what an agreement does not open is absent. Pure."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from app.exchange.schemas import Access, Audience, Class, Incoming, Words

SEES: Final[Mapping[Audience, frozenset[Class]]] = {
    "public": frozenset({"public"}),
    "partner": frozenset({"public", "partner"}),
    "officer": frozenset({"public", "partner", "confidential"}),
}
ALWAYS_CONFIDENTIAL = frozenset({"email"})
"""Addresses of people, whatever an agreement says."""
_MAIL = re.compile(r"(?:mailto:)?[\w.+-]+[@＠][\w-]+(?:\.[\w-]+)+", re.ASCII | re.IGNORECASE)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An event as an audience may see it; what it may not see is empty, as if nobody had written it."""

    title: str
    titles: Words = {}
    title_language: str = ""
    description: str = ""
    place: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    url: str = ""
    organiser: str = ""
    price: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    categories: tuple[str, ...] = ()
    recurrence: tuple[str, ...] = ()
    status: str = "confirmed"
    others: Words = {}


def may_see(access: Access, fields: Mapping[str, Class], audience: Audience) -> bool:
    """Whether an audience sees an event at all: it is not private, and its title and time are open to them."""
    if audience == "officer":
        return True
    return access == "public" and all(_open(field, fields, audience) for field in ("title", "time"))


def shown(event: Incoming, fields: Mapping[str, Class], audience: Audience) -> Shown | None:
    """Return what an audience sees of an event, None when that is nothing."""
    if not may_see(event.access, fields, audience):
        return None
    place = _open("place", fields, audience)
    texts = {field: _said(event, field, fields, audience) for field in _TEXTS}
    return Shown(
        **texts,
        title=_clean(event.title, audience),
        titles={language: _clean(words, audience) for language, words in event.titles.items()},
        title_language=event.title_language,
        place=_clean(event.place, audience) if place else "",
        address=_clean(event.address, audience) if place else "",
        latitude=event.position.latitude if place and event.position else None,
        longitude=event.position.longitude if place and event.position else None,
        categories=tuple(_clean(word, audience) for word in event.categories)
        if _open("categories", fields, audience)
        else (),
        recurrence=event.recurrence,
        status=event.status,
        others={name: _clean(words, audience) for name, words in event.others.items()}
        if _open("other", fields, audience)
        else {},
    )


_TEXTS = ("description", "url", "organiser", "price", "contact", "phone", "email")


def _said(event: Incoming, field: str, fields: Mapping[str, Class], audience: Audience) -> str:
    return _clean(getattr(event, field), audience) if _open(field, fields, audience) else ""


def _open(field: str, fields: Mapping[str, Class], audience: Audience) -> bool:
    kept: Class = "confidential" if field in ALWAYS_CONFIDENTIAL else fields.get(field, "confidential")
    return kept in SEES[audience]


def _clean(words: str, audience: Audience) -> str:
    """Return words without mail addresses, which are confidential wherever they stand."""
    return words if audience == "officer" else _MAIL.sub("", words).strip()
