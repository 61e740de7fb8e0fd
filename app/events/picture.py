"""The picture that a link to the programme is shown with: drawn from the programme, in the reader's language."""

import re
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

from app.core.i18n import text
from app.core.typeset import REGIONS, cleaned, compiled, font_order
from app.events import shown
from app.events.schemas import Programme

TEMPLATE = Path(__file__).with_name("picture.typ")
HARBOUR = Path(__file__).parent / "templates" / "harbour.html"
WIDTH, HEIGHT = 1200, 630
"""Pixels, as Open Graph advises (1.91 : 1)."""
PAINT = {
    "sun": "#e8491d", "cloud": "#fffaf0", "far": "#9fcbd0", "mid": "#3d8f9c", "near": "#0b5563", "lit": "#fdf1dc",
    "gold": "#f2b632", "brick": "#b4432a", "sea": "#117083",
}  # fmt: skip
"""The morning colours of `theme.css`: a picture has no dark mode."""
LINES = """
.paint-wave { fill: none; stroke: #5fb4c0; stroke-width: 1.5; opacity: 0.5 }
.line-mid, .thread-mid { fill: none; stroke: #3d8f9c; stroke-width: 9 } .thread-mid { stroke-width: 1.5 }
.line-near, .thread-near, .gull { fill: none; stroke: #0b5563; stroke-width: 7 } .thread-near { stroke-width: 2 }
.gull { stroke-width: 4 } .glow { opacity: 0.55 }
"""


@lru_cache(maxsize=128)
def picture(programme: Programme, event_id: UUID | None, language: str) -> bytes:
    """Return a PNG of `WIDTH` x `HEIGHT` for an event, or for the whole convention.

    A programme compares by identity and is read anew when a row changed, so a kept picture is never an old one.
    """
    convention = programme.convention
    event = programme.events[event_id] if event_id else None
    days = event or convention
    venue = programme.venues[event.venue] if event and event.venue else None
    data = {
        "title": text((event or convention).title, language),
        "above": text(convention.title, language) if event else "",
        "days": shown.span(days.first_day, days.last_day, language, year=True),
        "place": text(venue.name, language) if venue else "",
        "lang": language.split("-", maxsplit=1)[0],
        "region": REGIONS.get(language),
        "fonts": font_order(language),
    }
    return compiled(TEMPLATE, {**cleaned(data), "harbour": _harbour()}, format="png", ppi=72.0)


@cache
def _harbour() -> str:
    """Return the home page's harbour as a picture of its own: with its colours, which a page takes from the theme."""
    paint = "".join(f".paint-{name} {{ fill: {colour} }}" for name, colour in PAINT.items())
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 570"><style>{paint}{LINES}</style>'
    drawn = HARBOUR.read_text(encoding="utf-8")
    return opening + re.sub(r"^.*?<svg[^>]*>", "", drawn, count=1, flags=re.DOTALL)
