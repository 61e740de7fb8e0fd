"""What whoever holds a ticket may do with it now, as the pages offer it: pure; `life` decides again when it is done."""

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec

from app.ticketing.schemas import TicketView
from app.ticketing.states import may

FREE = frozenset({"waiting", "offered"})
"""States that a holder may always leave."""


class Doable(msgspec.Struct, frozen=True):
    """What may be done with a ticket. `late`: it could have been changed until `until`, and cannot any more."""

    until: dt.datetime
    late: bool
    change: bool
    transfer: bool
    cancel: bool
    reissue: bool
    send: bool


def doable(view: TicketView, *, used: bool, now: dt.datetime) -> Doable:
    """Return what the holder of a ticket may do; somebody has come in with one that is `used`."""
    until = changes_end(view)
    open_still = view.state in FREE or now < until
    return Doable(
        until=until,
        late=not open_still and may("changed", view.state),
        change=open_still and may("changed", view.state),
        transfer=open_still and not used and may("transferred", view.state),
        cancel=open_still and not used and may("canceled", view.state),
        reissue=may("reissued", view.state),
        send=view.state == "valid",
    )


def changes_end(view: TicketView) -> dt.datetime:
    """Return until when a holder may change a ticket: as its type says, else until its first day begins."""
    if view.changes_until is not None:
        return view.changes_until
    first = min([*view.days, *([] if view.days else [e.first_day for e in view.events])], default=view.first_day)
    return dt.datetime.combine(first, dt.time(), ZoneInfo(view.zone))
