"""The search page: one field for the whole programme."""

import datetime as dt
from typing import Any

from litestar import Response, get

from app.core.errors import NotFound
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import shown, welcome
from app.events.pages.programme import frame
from app.events.programme import current_programme, programme
from app.events.schemas import Programme
from app.events.search import search

LONGEST = 200
"""Characters of what is searched for; what is longer is cut."""
AT_ONCE = 40


@get("/search", include_in_schema=False)
async def search_page(request: Request) -> Response[str]:
    """Show what was found in the convention named by `in`, else in the present one."""
    asked = request.query_params
    words = asked.get("q", "").strip()[:LONGEST]
    found = await _programme(asked.get("in", ""), request.now)
    if found is None:
        return page(request, "events/none.html")
    return page(request, "events/search.html", **frame(found), **found_values(found, words, now=request.now))


async def _programme(slug: str, now: dt.datetime) -> Programme | None:
    try:
        return await programme(convention=slug) if slug else await current_programme(now=now)
    except NotFound:
        return await current_programme(now=now)


def found_values(found: Programme, words: str, *, now: dt.datetime) -> dict[str, Any]:
    """Return the best hits as they are shown, and how many there are of each kind."""
    hits = search(found, words, now=now)
    places = {place.id: place for place in welcome.places(found)}
    views: dict[str, Any] = {"event": shown.cards(found), "session": shown.lines(found), "venue": places}
    best = [(hit.kind, views[hit.kind][hit.key]) for hit in hits if hit.key in views[hit.kind]]
    return {
        "words": words,
        "count": len(best),
        "hits": best[:AT_ONCE],
        "events": list(shown.cards(found).values()),
        "now": now,
    }


HANDLERS = [search_page]
