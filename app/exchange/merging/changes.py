"""What an event says otherwise than before, by the fields that an agreement speaks of. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from app.exchange.schemas import Change, Incoming

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "titles", "title_language"),
    "time": ("starts_at", "ends_at", "first_day", "last_day", "recurrence", "status"),
    "place": ("place", "address", "position"),
    "description": ("description",),
    "url": ("url",),
    "categories": ("categories",),
    "organiser": ("organiser",),
    "price": ("price",),
    "contact": ("contact",),
    "phone": ("phone",),
    "email": ("email",),
    "other": ("others", "access", "origin"),
}
"""What each of `schemas.FIELDS` is made of."""


def between(old: Incoming, new: Incoming) -> Change:
    """Return which fields two versions of an event say differently; none when only its version is another one."""
    fields = tuple(name for name, parts in PARTS.items() if _said(old, parts) != _said(new, parts))
    return Change(new.uid, new.title, fields)


def _said(event: Incoming, parts: tuple[str, ...]) -> list[Any]:
    return [getattr(event, part) for part in parts]
