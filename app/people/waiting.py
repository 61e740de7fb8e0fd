"""What waits for whoever signs in: each package names its own, the start page shows them all."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from app.people.roles import Principal


class Todo(NamedTuple):
    """Work that waits: how much of it, in words, and the page where it is done. `kind` "", warning or error.

    `words` is the whole sentence ("3 sessions have no stream"); `action` is what its button says ("Add streams").
    An amount of 0 is not shown.
    """

    amount: int
    words: str
    address: str
    action: str
    kind: str = ""


Ask = Callable[[Principal, dt.datetime], Awaitable[list[Todo]]]

WAITING: list[Ask] = []
"""One function per package or part of it; put together in `app/parts.py`."""

_URGENCY = {"error": 0, "warning": 1}


def waits(function: Ask) -> Ask:
    """Register a function that says what waits for a principal; it looks at the role itself."""
    if function not in WAITING:
        WAITING.append(function)
    return function


async def todos(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return all that waits for `principal`, what is urgent first."""
    found = [todo for ask in WAITING for todo in await ask(principal, now) if todo.amount]
    return sorted(found, key=lambda todo: _URGENCY.get(todo.kind, len(_URGENCY)))
