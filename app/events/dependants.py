"""What packages above have to say when the programme changes. `app/parts.py` has these lists filled."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID


class CapacityChanged(Protocol):
    """Told in the transaction that wrote a session's capacity; None when no places are reserved any more.

    Raises `Invalid` naming the field `capacity` when more places are taken than there would be.
    """

    async def __call__(self, *, session: UUID, capacity: int | None, now: dt.datetime) -> None:
        """Follow the change or refuse it."""


class TicketsOf(Protocol):
    """Counts the tickets that open an event: somebody holds them, so the event cannot vanish."""

    async def __call__(self, *, event: UUID) -> int:
        """Return how many there are."""


class Withdrawn(Protocol):
    """Told in the transaction that takes events, or sessions of them, out of the programme, before they are written.

    Whoever relies on what was read of them earlier must fail or wait from here on, until the transaction is over.
    """

    async def __call__(self, *, events: Sequence[UUID]) -> None:
        """Follow the change."""


class UsedGate(Protocol):
    """Knows whether a ticket was ever checked at a gate."""

    async def __call__(self, *, gate: UUID) -> bool:
        """Return whether one was."""


CAPACITY_CHANGED: list[CapacityChanged] = []
TICKETS_OF: list[TicketsOf] = []
WITHDRAWN: list[Withdrawn] = []
USED_GATE: list[UsedGate] = []
FORGET: list[Callable[[], None]] = []
"""Memories of what was read of the programme; each is told whenever an event or something of it changes here."""


async def capacity_changed(*, session: UUID, capacity: int | None, now: dt.datetime) -> None:
    """Tell everybody who keeps places of a session."""
    for follow in CAPACITY_CHANGED:
        await follow(session=session, capacity=capacity, now=now)


def forget() -> None:
    """Make everybody in this process read the programme anew."""
    for drop in FORGET:
        drop()


async def withdraw(*events: UUID) -> None:
    """Tell everybody who gives out what opens these events."""
    for follow in WITHDRAWN:
        await follow(events=events)


async def tickets_of(*, event: UUID) -> int:
    """Return how many tickets open an event."""
    return sum([await count(event=event) for count in TICKETS_OF])


async def was_used(*, gate: UUID) -> bool:
    """Return whether a ticket was ever checked at a gate."""
    return any([await used(gate=gate) for used in USED_GATE])
