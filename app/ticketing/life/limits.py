"""What binds holders: the moment until which they may change a ticket, and that nobody has come in with it."""

import datetime as dt
from collections.abc import Iterable

from app.core.i18n import gettext as _
from app.core.i18n import moment
from app.ticketing.errors import AlreadyUsed, TooLate
from app.ticketing.life.by import By
from app.ticketing.life.party import Held, Party
from app.ticketing.life.used import used

_FREE = frozenset({"waiting", "offered"})
"""States without a limit: whoever waits may always stop waiting."""


def refuse_late(party: Party, tickets: Iterable[Held], *, by: By, now: dt.datetime) -> None:
    """Raise `TooLate`, naming the moment, when a holder does something after the time for it."""
    bound = [party.until(ticket) for ticket in tickets if ticket.state not in _FREE] if by.is_holder else []
    if bound and min(bound) <= now:
        until = moment(min(bound), party.zone)
        raise TooLate(
            _("You could do this yourself until %(moment)s. Please ask the organiser now.", moment=until),
            until=min(bound).isoformat(),
        )


async def refuse_used(tickets: Iterable[Held], *, by: By) -> None:
    """Raise `AlreadyUsed` when a holder would pass on or cancel a ticket with which somebody came in."""
    if by.is_holder and await used([ticket.id for ticket in tickets]):
        raise AlreadyUsed
