"""Pages of ticketing; each module offers its `HANDLERS`."""

from app.ticketing.pages import console, guests, my, quotas, registration

HANDLERS = [*registration.HANDLERS, *my.HANDLERS, *console.HANDLERS, *quotas.HANDLERS, *guests.HANDLERS]
