"""Pages of the programme; each module offers its `HANDLERS`."""

from app.events.pages import console, discovery, office, places, preview, programme, search, sessions, site

HANDLERS = [
    *discovery.HANDLERS,
    *programme.HANDLERS,
    *search.HANDLERS,
    *site.HANDLERS,
    *console.HANDLERS,
    *sessions.HANDLERS,
    *places.HANDLERS,
    *preview.HANDLERS,
    *office.HANDLERS,
]
