"""What other packages put beside the programme: a section of a few cards below it, with a way to all of them."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from app.events.schemas import Programme
from app.events.shown import Said


class Card(NamedTuple):
    """Something that takes place elsewhere. `path` is "" without a page of its own; `note` says whose words these are.

    `starts` is RFC 3339, a day or a moment.
    """

    title: Said
    path: str
    starts: str
    days: str
    place: Said
    note: Said
    canceled: bool


class Section(NamedTuple):
    """Cards under a heading; `path` leads to all of them, in the words `more`."""

    heading: str
    cards: tuple[Card, ...]
    path: str
    more: str


Ask = Callable[[Programme, dt.datetime], Awaitable[Section | None]]

BESIDE: list[Ask] = []
"""One function per package; put together in `app/parts.py`."""


def stands_beside(function: Ask) -> Ask:
    """Register a function that returns a section, or None when there is nothing."""
    if function not in BESIDE:
        BESIDE.append(function)
    return function


async def beside(programme: Programme, now: dt.datetime) -> list[Section]:
    """Return every section that has something."""
    found = [await ask(programme, now) for ask in BESIDE]
    return [section for section in found if section is not None]
