"""Whether somebody has come in with a ticket: attendance knows, and fills this list when put together."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID


class Used(Protocol):
    """Knows which tickets took part: admitted at a gate, or present online."""

    async def __call__(self, *, tickets: Collection[UUID]) -> set[UUID]:
        """Return those that did."""


USED: list[Used] = []


async def used(tickets: Collection[UUID]) -> set[UUID]:
    """Return those of these tickets that took part."""
    return set().union(*[await find(tickets=tickets) for find in USED]) if tickets else set()
