"""Pages of the programme; each module offers its `HANDLERS`."""

from app.events.pages import programme

HANDLERS = [*programme.HANDLERS]
