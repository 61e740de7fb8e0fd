"""What a partner is answered about an event that it pushed."""

import datetime as dt
from typing import Any

from msgspec import Struct

from app.exchange.pushing.held import Held, Instance
from app.exchange.schemas import Access, Finding, Incoming, Status, Words
from app.exchange.words import said


class FindingOut(Struct, frozen=True, kw_only=True):
    """Something that was repaired: the line, a stable code, a sentence for people, what stood there."""

    line: int
    code: str
    field: str
    detail: str
    written: str


class InstanceOut(Struct, frozen=True, kw_only=True):
    """An event as it is held, in words that can be put again; times in UTC, `ends_at` is exclusive.

    `recurrence_id` is "" for a series or a single event.
    """

    uid: str
    recurrence_id: str
    sequence: int
    last_modified: dt.datetime | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    first_day: dt.date | None
    last_day: dt.date | None
    zone: str
    title: str
    title_language: str
    titles: Words
    description: str
    place: str
    address: str
    latitude: float | None
    longitude: float | None
    url: str
    organiser: str
    price: str
    contact: str
    phone: str
    email: str
    categories: list[str]
    recurrence: list[str]
    others: Words
    status: Status
    access: Access
    origin: str


class PushedOut(Struct, frozen=True, kw_only=True):
    """A pushed event with the instances of its series, in the version that its ETag names."""

    uid: str
    version: str
    events: list[InstanceOut]
    findings: list[FindingOut] = []


_SAME = frozenset(Incoming.__struct_fields__) & frozenset(InstanceOut.__struct_fields__)
_LISTS = frozenset({"categories", "recurrence"})


def pushed(uid: str, held: Held, findings: tuple[Finding, ...] = ()) -> PushedOut:
    """Return what is told of an event."""
    return PushedOut(
        uid=uid,
        version=held.etag,
        events=[_instance(one) for one in held.living],
        findings=[_finding(one) for one in findings],
    )


def _instance(one: Instance) -> InstanceOut:
    at = one.event.position
    same: dict[str, Any] = {name: getattr(one.event, name) for name in _SAME}
    same |= {name: list(same[name]) for name in _LISTS}
    return InstanceOut(
        **same,
        latitude=at.latitude if at else None,
        longitude=at.longitude if at else None,
    )


def _finding(one: Finding) -> FindingOut:
    return FindingOut(line=one.number, code=one.code, field=one.field, detail=said(one.code), written=one.written)
