"""Pages of people; each module offers its `HANDLERS`."""

from app.people.pages import doors, office

HANDLERS = [*doors.HANDLERS, *office.HANDLERS]
