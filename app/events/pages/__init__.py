"""Pages of the programme; each module offers its `HANDLERS`."""

from app.events.pages import discovery, programme

HANDLERS = [*discovery.HANDLERS, *programme.HANDLERS]
