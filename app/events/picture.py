"""The picture that a link to the programme is shown with: drawn from the programme, in the reader's language."""

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from app.core.i18n import text
from app.core.typeset import REGIONS, cleaned, compiled, font_order
from app.events import shown
from app.events.schemas import Programme, Words

TEMPLATE = Path(__file__).with_name("picture.typ")
WIDTH, HEIGHT = 1200, 630
"""Pixels, as Open Graph advises (1.91 : 1)."""


@lru_cache(maxsize=128)
def picture(programme: Programme, event_id: UUID | None, language: str) -> bytes:
    """Return a PNG of `WIDTH` x `HEIGHT` for an event, or for the whole convention.

    A programme compares by identity and is read anew when a row changed, so a kept picture is never an old one.
    """
    convention = programme.convention
    event = programme.events[event_id] if event_id else None
    days = event or convention
    data = {
        "title": text((event or convention).title, language),
        "above": text(convention.title, language) if event else "",
        "days": shown.span(days.first_day, days.last_day, language, year=True),
        "place": _place(programme, event.venue if event else None, language),
        "lang": language.split("-", maxsplit=1)[0],
        "region": REGIONS.get(language),
        "fonts": font_order(language),
    }
    return compiled(TEMPLATE, cleaned(data), format="png", ppi=72.0)


def _place(programme: Programme, venue: UUID | None, language: str) -> str:
    name: Words = programme.venues[venue].name if venue else {}
    return text(name, language)
