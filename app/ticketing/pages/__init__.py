"""Pages of ticketing; each module offers its `HANDLERS`."""

from app.ticketing.pages import registration

HANDLERS = [*registration.HANDLERS]
