"""The session that a report is about, within reach of whoever brings it."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.attendance.errors import ImportsClosed
from app.core.db import fetch_one
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import day
from app.core.i18n import gettext as _
from app.events import desk, sessions
from app.events.owned import Held, OwnSession
from app.people.roles import Principal

OPEN_DAYS = 30
"""Days after an event's last one in which reports are taken: rule 12 of `kpi2-v1`."""


class Ground(Struct, frozen=True):
    """A session followed on line, with its event."""

    own: Held
    session: OwnSession

    @property
    def event(self) -> UUID:
        """The event's id."""
        return self.own.event.id

    @property
    def closes_on(self) -> dt.date:
        """The last day on which reports are taken."""
        return self.own.event.last_day + dt.timedelta(days=OPEN_DAYS)

    def is_closed(self, now: dt.datetime) -> bool:
        """Whether that day is over, by the convention's clocks."""
        return now.astimezone(ZoneInfo(self.own.convention.zone)).date() > self.closes_on


async def ground_of(session: UUID, principal: Principal) -> Ground:
    """Return the session with its event, or raise `NotFound`."""
    row = await fetch_one("SELECT event FROM session WHERE id = $1", session)
    if row is None:
        raise NotFound
    own = await desk.own_event(principal=principal, event=row["event"])
    return Ground(own, await sessions.own_session(own=own, session=session))


async def online_ground(session: UUID, principal: Principal) -> Ground:
    """Return a session that takes place on line too. Raises `NotFound`, and `Invalid` for one in a room alone."""
    found = await ground_of(session, principal)
    if found.session.mode == "on_site":
        raise Invalid([FieldError("session", "on_site", _("This session does not take place on line."))])
    return found


def refuse_late(ground: Ground, *, principal: Principal, reason: str, now: dt.datetime) -> None:
    """Raise `ImportsClosed` when it is too late for a report, unless somebody of the city says why it comes now."""
    if ground.is_closed(now) and not (desk.is_city(principal) and reason):
        raise ImportsClosed(
            _(
                "Reports of this event were taken until %(day)s. An officer may still take one, and has to say why.",
                day=day(ground.closes_on),
            )
        )
