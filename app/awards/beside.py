"""What awards put beside a ticket: the votes of the public that are open."""

import datetime as dt

from app.awards.releasing import votes
from app.core.i18n import gettext as _
from app.core.i18n import moment, text
from app.ticketing.beside import Beside, stands_beside
from app.ticketing.schemas import TicketView


@stands_beside
async def open_votes(view: TicketView, now: dt.datetime) -> list[Beside]:
    """Return the votes that a valid ticket may take part in now."""
    if view.state != "valid":
        return []
    return [
        Beside(
            _("Public vote"),
            _("Vote for %(award)s, until %(until)s", award=text(one.award), until=moment(one.vote_closes_at, one.zone)),
            f"vote/{one.id}",
        )
        for one in await votes.open_votes(view.id, now)
    ]
