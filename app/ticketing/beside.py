"""What other packages put beside a ticket: links of theirs that its page shows to its holder."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from app.ticketing.schemas import TicketView


class Beside(NamedTuple):
    """A link below a ticket's own address (`vote/ID`), under a heading, with the words of what it leads to."""

    heading: str
    words: str
    path: str


Ask = Callable[[TicketView, dt.datetime], Awaitable[list[Beside]]]

BESIDE: list[Ask] = []
"""One function per package; put together in `app/parts.py`."""


def stands_beside(function: Ask) -> Ask:
    """Register a function that names the links for a ticket."""
    if function not in BESIDE:
        BESIDE.append(function)
    return function


async def beside(view: TicketView, now: dt.datetime) -> list[Beside]:
    """Return every link for a ticket."""
    return [link for ask in BESIDE for link in await ask(view, now)]
