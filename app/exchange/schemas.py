"""Shapes of the exchange that more than one room uses."""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

Kind = Literal["ics", "page", "csv", "push"]
Status = Literal["confirmed", "tentative", "cancelled"]
Access = Literal["public", "private", "confidential"]
Class = Literal["public", "partner", "confidential"]
"""Who may see a field: everybody, partner cities too, officers alone."""
Audience = Literal["public", "partner", "officer"]
Words = dict[str, str]
"""A text by language."""

FIELDS = (
    "title",
    "time",
    "place",
    "description",
    "url",
    "categories",
    "organiser",
    "price",
    "contact",
    "phone",
    "email",
    "other",
)
"""What an agreement speaks of: `place` with address and position, `time` with recurrence and status.

`other` are columns of a list that we have no field for.
"""


class Position(msgspec.Struct, frozen=True):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a source told it, whatever the format. Times in UTC; `ends_at` is exclusive and never before a start.

    `first_day` and `last_day` (included) only for whole days; their moments are midnights of `zone` (IANA). `origin` is
    the UID that another city's calendar gave it, when this is a copy. `called_off`: the title alone says so.
    `others` are columns or properties that we have no field for. `number` is its line, 0 where there are none.
    """

    uid: str
    made_uid: bool = False
    recurrence_id: str = ""
    sequence: int = 0
    last_modified: dt.datetime | None = None
    stamp: dt.datetime | None = None
    starts_at: dt.datetime
    ends_at: dt.datetime
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    zone: str = "Asia/Tokyo"
    title: str
    title_language: str = ""
    titles: Words = {}
    description: str = ""
    place: str = ""
    address: str = ""
    position: Position | None = None
    url: str = ""
    organiser: str = ""
    price: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    categories: tuple[str, ...] = ()
    status: Status = "confirmed"
    access: Access = "public"
    called_off: bool = False
    recurrence: tuple[str, ...] = ()
    origin: str = ""
    others: Words = {}
    digest: bytes
    number: int = 0


class Finding(msgspec.Struct, frozen=True, order=True):
    """A line of a quality report: where, what, and whether something is lost. `code` is said by `words.py`."""

    number: int
    code: str
    lost: bool = False
    field: str = ""
    written: str = ""
    uid: str = ""


class Change(msgspec.Struct, frozen=True):
    """An event that a source says otherwise now: its title, and which of `FIELDS` changed."""

    uid: str
    title: str
    fields: tuple[str, ...]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says. `kept` are digests of components that were known already and not parsed again.

    `refused` counts events that could not be saved; each is a finding. `whole` when the file has its end. `problem`
    is set, and nothing else, when it is none of our formats.
    """

    events: tuple[Incoming, ...] = ()
    kept: tuple[bytes, ...] = ()
    refused: int = 0
    findings: tuple[Finding, ...] = ()
    whole: bool = True
    size: int = 0
    refresh_seconds: int | None = None
    name: str = ""
    problem: str = ""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What a reading changed, in events."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    back: int = 0
    missing: int = 0
    older: int = 0
    twice: int = 0
    refused: int = 0
    own: int = 0
    repaired: int = 0


class Publishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What we publish to a partner: events of these scopes, and those of other partners that allow it."""

    scopes: tuple[Literal["core", "linked", "out"], ...] = ("core", "linked")
    partners: bool = True


class AgreementRef(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as rules need it. Days in Tokyo, both included."""

    id: UUID
    partner: UUID
    valid_from: dt.date
    valid_until: dt.date
    renews: bool
    notice_days: int
    notice_on: dt.date | None
    revoked_at: dt.datetime | None
    fields: dict[str, Class]
    onward: bool
    publishes: Publishes
    licence: str
    attribution: Words
