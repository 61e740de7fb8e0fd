"""Our own events that come back in somebody else's calendar: they are known, and never taken for news. Pure."""

import re

from app.exchange.schemas import Incoming

_OURS = re.compile(r"(?:event|session|card)-[0-9a-f-]{36}@(?P<host>[^\s@]+)", re.IGNORECASE)
"""What `events.addresses.uid` makes."""


def is_ours(event: Incoming, host: str) -> bool:
    """Whether an event is a copy of one that we publish, by its own name or by that of its origin."""
    return any(_named_by(name, host) for name in (event.uid, event.origin))


def _named_by(name: str, host: str) -> bool:
    found = _OURS.fullmatch(name.strip())
    return found is not None and found["host"].lower() == host.lower()
