"""Of which quotas a ticket takes a place: pure.

Those its type draws on and those of its sessions, those of the days and venues it is good for, and all they lie within.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

from app.ticketing.schemas import OfferedEvent, OfferedQuota, OfferedSession, OfferedType


class Admitting(Protocol):
    """What a ticket type opens, whose it is, and the quotas that it draws on itself."""

    @property
    def organiser(self) -> UUID | None:
        """None is the city."""

    @property
    def mode(self) -> str:
        """Say on_site, online or hybrid."""

    @property
    def days(self) -> Sequence[dt.date]:
        """Name the days it is good on; none is all."""

    @property
    def events(self) -> Sequence[UUID]:
        """Name the events it opens."""

    @property
    def quotas(self) -> Sequence[UUID]:
        """Name the quotas it draws on."""


def closed(
    types: Sequence[OfferedType],
    sessions: Sequence[OfferedSession],
    *,
    quotas: Collection[OfferedQuota],
    events: Mapping[UUID, OfferedEvent],
) -> tuple[list[OfferedType], list[OfferedSession]]:
    """Return ticket types and sessions with all their `quotas`, in the order of the ids; `quotas` are a convention's.

    What types come with are the quotas they draw on themselves; of sessions, the one that is theirs.
    """
    within = {q.id: q.within for q in quotas}
    return (
        [msgspec.structs.replace(t, quotas=quotas_of(t, quotas=quotas, events=events)) for t in types],
        [msgspec.structs.replace(s, quotas=upwards([s.quota] if s.quota else [], within)) for s in sessions],
    )


def quotas_of(
    ticket_type: Admitting, *, quotas: Collection[OfferedQuota], events: Mapping[UUID, OfferedEvent]
) -> list[UUID]:
    """Return all quotas of which a ticket of a type takes a place, whatever sessions it chooses."""
    counting = (q.id for q in quotas if (q.day or q.venue) and counts(q, ticket_type, events))
    return upwards([*ticket_type.quotas, *counting], {q.id: q.within for q in quotas})


def upwards(quotas: Iterable[UUID], within: Mapping[UUID, UUID | None]) -> list[UUID]:
    """Return these quotas and whatever they lie within, each once, in the order of the ids."""
    found: set[UUID] = set()
    for quota in quotas:
        here: UUID | None = quota
        while here is not None and here not in found:
            found.add(here)
            here = within.get(here)
    return sorted(found)


def counts(quota: OfferedQuota, ticket_type: Admitting, events: Mapping[UUID, OfferedEvent]) -> bool:
    """Whether the quota of a day or a venue counts the tickets of a type: whoever comes there on that day.

    The city's counts the tickets of everybody, an organiser's its own. Who only watches takes no place.
    """
    if ticket_type.mode == "online" or quota.organiser not in {None, ticket_type.organiser}:
        return False
    return any(_opens_there(quota, ticket_type, events[e]) for e in ticket_type.events if e in events)


def _opens_there(quota: OfferedQuota, ticket_type: Admitting, event: OfferedEvent) -> bool:
    """Whether a ticket of the type opens this event at the venue and on the day of the quota."""
    if quota.venue is not None and event.venue != quota.venue:
        return False
    if quota.day is not None:
        return _is_on(event, quota.day) and (not ticket_type.days or quota.day in ticket_type.days)
    return not ticket_type.days or any(_is_on(event, day) for day in ticket_type.days)


def _is_on(event: OfferedEvent, day: dt.date) -> bool:
    return event.first_day is not None and event.last_day is not None and event.first_day <= day <= event.last_day
