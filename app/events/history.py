"""What was done to an event, in words: the audit log read for those who run it."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.i18n import LANGUAGES, gettext_lazy
from app.core.i18n import gettext as _
from app.events import queries
from app.events.desk import is_city, own_event
from app.events.owned import Change
from app.people.roles import Principal

PAGE = 30
LATEST = 2**62
DONE = {
    "event.create": gettext_lazy("Event created"),
    "event.change": gettext_lazy("Days, place or kind changed"),
    "event.texts": gettext_lazy("Texts changed"),
    "event.publish": gettext_lazy("Event published"),
    "event.unpublish": gettext_lazy("Event taken out of the programme"),
    "event.cancel": gettext_lazy("Event canceled"),
    "event.reinstate": gettext_lazy("Event takes place after all"),
    "session.add": gettext_lazy("Session added"),
    "session.change": gettext_lazy("Session changed"),
    "session.cancel": gettext_lazy("Session canceled"),
    "session.reinstate": gettext_lazy("Session takes place after all"),
    "session.delete": gettext_lazy("Session removed"),
    "venue.add": gettext_lazy("Venue added"),
    "venue.change": gettext_lazy("Venue changed"),
    "venue.delete": gettext_lazy("Venue removed"),
    "gate.add": gettext_lazy("Gate added"),
    "gate.change": gettext_lazy("Gate changed"),
    "gate.delete": gettext_lazy("Gate removed"),
    "gate-rule.add": gettext_lazy("Rule of a gate added"),
    "gate-rule.change": gettext_lazy("Rule of a gate changed"),
    "gate-rule.remove": gettext_lazy("Rule of a gate removed"),
}
"""Actions in words; packages above may add theirs."""
FIELDS = {
    "title": gettext_lazy("Title"),
    "summary": gettext_lazy("Summary"),
    "description": gettext_lazy("Description"),
    "first_day": gettext_lazy("First day"),
    "last_day": gettext_lazy("Last day"),
    "mode": gettext_lazy("How to take part"),
    "venue": gettext_lazy("Venue"),
    "tags": gettext_lazy("Tags"),
    "slug": gettext_lazy("Address of the page"),
    "kpi_scope": gettext_lazy("Counts for KPI 2"),
    "day": gettext_lazy("Day"),
    "from_time": gettext_lazy("Starts"),
    "to_time": gettext_lazy("Ends"),
    "room": gettext_lazy("Room"),
    "languages": gettext_lazy("Languages"),
    "capacity": gettext_lazy("Places"),
    "stream_url": gettext_lazy("Stream"),
    "speakers": gettext_lazy("Speakers"),
    "name": gettext_lazy("Name"),
    "address": gettext_lazy("Address"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "opens_at": gettext_lazy("Opens"),
    "closes_at": gettext_lazy("Closes"),
    "convention": gettext_lazy("Convention"),
    "organiser": gettext_lazy("Organiser"),
    "number": gettext_lazy("Number in ticket codes"),
    "zone": gettext_lazy("Time zone"),
    "venues_of": gettext_lazy("Copy the city's venues of"),
    "url": gettext_lazy("Website"),
    "elsewhere": gettext_lazy("Somebody who is inside another venue"),
    "ticket_type": gettext_lazy("Ticket"),
    "admits": gettext_lazy("Comes in here"),
    "entry_rule": gettext_lazy("How often they may come in"),
    "entry_times": gettext_lazy("Number of times"),
    "reentry": gettext_lazy("May they come back"),
    "days": gettext_lazy("Days"),
}


class Step(Struct, frozen=True):
    """One change: `fields` are (name, words before, words after), the words empty where they are not told."""

    at: dt.datetime
    who: str
    what: str
    about: str
    fields: list[tuple[str, str, str]]


async def history(*, principal: Principal, event: UUID, before: int = LATEST) -> tuple[list[Step], int | None]:
    """Return changes of an event, the latest first, and where the earlier ones begin (None: there are none)."""
    await own_event(principal=principal, event=event)
    found = await queries.history(f"event:{event}", before=before, most=PAGE + 1)
    more = found[PAGE - 1].position if len(found) > PAGE else None
    return [_step(change, principal) for change in found[:PAGE]], more


def _step(change: Change, principal: Principal) -> Step:
    detail = msgspec.json.decode(change.detail)
    values = detail.get("values", {})
    return Step(
        at=change.at,
        who=_who(change, principal),
        what=str(DONE.get(change.action, change.action)),
        about=str(detail.get("title", "")),
        fields=list(dict.fromkeys((field_words(name), *_pair(values.get(name))) for name in detail.get("fields", []))),
    )


def _pair(said: Any) -> tuple[str, str]:
    return (str(said[0]), str(said[1])) if isinstance(said, list) and len(said) == 2 else ("", "")


def _who(change: Change, principal: Principal) -> str:
    """Name whoever acted; officers are named to each other only."""
    if change.actor == principal.actor:
        return _("You")
    if change.actor.partition(":")[0] in {"officer", "admin"} and not is_city(principal):
        return _("The city's office")
    return change.label or change.actor.partition(":")[0]


def field_words(name: str) -> str:
    """Return a field such as `title.ja` in words: Title (ja)."""
    first, last = name.partition(".")[0], name.rpartition(".")[2]
    words = str(FIELDS.get(first, first))
    return f"{words} ({last})" if last in LANGUAGES else words
