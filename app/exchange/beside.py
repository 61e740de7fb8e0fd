"""What the exchange puts beside the programme: the next events of partner cities."""

import datetime as dt

from app.core.i18n import gettext as _
from app.core.i18n import language
from app.events.addresses import convention_path
from app.events.beside import Section, stands_beside
from app.events.schemas import Programme
from app.exchange.publishing import season

FEW = 6
"""Cards on the page of the programme."""


@stands_beside
async def partner_events(programme: Programme, now: dt.datetime) -> Section | None:
    """Return the next events of partner cities; those that are under way come first."""
    found = await season.cards(programme, language(), FEW, now=now)
    if not found:
        return None
    return Section(
        heading=_("In partner cities"),
        cards=found,
        path=f"{convention_path(programme)}/partners",
        more=_("All events in partner cities"),
    )
