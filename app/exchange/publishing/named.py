"""Which selection the address of a public calendar names, and what the calendar is called."""

from uuid import UUID

import msgspec

from app.core.db import fetch_one
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.events.addresses import full
from app.events.programme import programme
from app.events.schemas import Programme, Words
from app.exchange.publishing.audiences import Selection
from app.exchange.publishing.calendars import Title

_WITHDRAWN = """
SELECT e.id, t.said->>'title' AS title FROM event e JOIN convention c ON c.id = e.convention
JOIN publication p ON p.subject = e.id AND p.kind = 'event' AND p.gone_at IS NULL
JOIN published_text t ON t.publication = p.id
WHERE c.slug = $1 AND c.published_at IS NOT NULL AND e.slug = $2
ORDER BY t.language = $3 DESC, t.language = 'en' DESC LIMIT 1
"""
_PARTNER = """
SELECT id, name FROM partner p WHERE slug = $1 AND EXISTS (SELECT FROM publication o
  WHERE o.partner = p.id AND o.kind = 'card' AND o.audience = 'public' AND o.gone_at IS NULL)
"""
_words = msgspec.json.Decoder(Words).decode


class Named(msgspec.Struct, frozen=True):
    """A selection of what is public, and its title."""

    selection: Selection
    title: Title


async def of_convention(convention: str, language: str) -> Named:
    """Return the calendar of a whole convention. Raises `NotFound`."""
    found = await programme(convention=convention)
    return _named(
        found, Selection(convention=found.convention.id), "", text(found.convention.title, language), language
    )


async def of_event(convention: str, event: str, language: str) -> Named:
    """Return the calendar of an event; of one that was taken back too, as long as it says so. Raises `NotFound`."""
    found = await programme(convention=convention)
    one = next((e for e in found.events.values() if event in {e.slug, str(e.id)}), None)
    if one is not None:
        selection = Selection(convention=found.convention.id, event=one.id)
        return _named(found, selection, f"/{one.slug}", text(one.title, language), language)
    row = await fetch_one(_WITHDRAWN, convention, event, language)
    if row is None:
        raise NotFound
    return _named(
        found, Selection(convention=found.convention.id, event=row["id"]), f"/{event}", row["title"], language
    )


async def of_venue(convention: str, venue: str, language: str) -> Named:
    """Return the calendar of a venue that the programme shows. Raises `NotFound`."""
    found = await programme(convention=convention)
    one = next((v for v in found.venues.values() if v.slug == venue), None)
    if one is None:
        raise NotFound
    selection = Selection(convention=found.convention.id, venue=one.id)
    return _named(found, selection, f"/venues/{venue}", _within(found, one.name, language), language)


async def of_organiser(convention: str, organiser: str, language: str) -> Named:
    """Return the calendar of an organiser that has something in the programme. Raises `NotFound`."""
    found = await programme(convention=convention)
    one = next((o for o in found.organisers.values() if o.slug == organiser), None)
    if one is None:
        raise NotFound
    selection = Selection(convention=found.convention.id, organiser=one.id)
    return _named(found, selection, f"/organisers/{organiser}", _within(found, one.name, language), language)


async def of_partner(convention: str, partner: str, language: str) -> Named:
    """Return the calendar of a partner city as far as it is open to everybody. Raises `NotFound`."""
    found = await programme(convention=convention)
    row = await fetch_one(_PARTNER, partner)
    if row is None:
        raise NotFound
    key: UUID = row["id"]
    name = text(_words(row["name"]), language)
    return _named(found, Selection(partner=key), f"/partners/{partner}", name, language)


def for_partner(language: str) -> Title:
    """Return what the calendar of a partner is called; where it lies is a secret, so it names our front page."""
    return Title(_("Events of our city and its partners"), "Asia/Tokyo", full(f"/?lang={language}"))


def _within(found: Programme, name: Words, language: str) -> str:
    return f"{text(name, language)} – {text(found.convention.title, language)}"


def _named(found: Programme, selection: Selection, path: str, name: str, language: str) -> Named:
    url = full(f"/calendars/{found.convention.slug}{path}.ics?lang={language}")
    return Named(selection, Title(name, found.convention.zone, url))
