"""What the forms of the console send about tickets and places; a row can be put into the same shape and compared."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.core.i18n import Text
from app.events.edits import Edit, Lines, Mode, Paragraphs

TicketRole = Literal[
    "visitor",
    "delegate",
    "speaker",
    "award_entrant",
    "city_delegation",
    "student",
    "exhibitor",
    "press",
    "staff",
]
EntryRule = Literal["once", "daily", "free"]
Price = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Places = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Chosen = Annotated[tuple[UUID, ...], msgspec.Meta(max_length=100)]


class TicketTypeEdit(Edit, frozen=True):
    """A ticket type. No `days` means every day of its events; `price` in yen with tax."""

    title: Lines
    events: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=100)]
    role: TicketRole = "visitor"
    mode: Mode = "on_site"
    entry_rule: EntryRule = "daily"
    days: Annotated[tuple[dt.date, ...], msgspec.Meta(max_length=60)] = ()
    price: Price = 0
    public: bool = False
    description: Paragraphs = Paragraphs()
    quotas: Chosen = ()


class NewTicketType(TicketTypeEdit, frozen=True):
    """A new one; `places`, if given, makes a quota of its own for it."""

    places: Places | None = None


class QuotaEdit(Edit, frozen=True):
    """A number of places and what they are called."""

    name: Lines
    capacity: Places


class OwnType(msgspec.Struct, frozen=True):
    """A ticket type as its organiser works with it; `tickets` are those given out and not canceled.

    `mine` tells whether whoever asked may change it.
    """

    id: UUID
    organiser: UUID | None
    slug: str
    number: int
    position: int
    role: str
    mode: str
    entry_rule: str
    days: list[dt.date]
    price: int
    public: bool
    title: Text
    description: Text
    revision: int
    events: list[UUID]
    quotas: list[UUID]
    tickets: int
    mine: bool = False


class OwnQuota(msgspec.Struct, frozen=True):
    """A quota with what is taken; `used` says of how many ticket types, `session` and `event` whose places they are."""

    id: UUID
    organiser: UUID | None
    session: UUID | None
    event: UUID | None
    slug: str
    name: Text
    capacity: int
    taken: int
    revision: int
    used: int
    mine: bool = False

    @property
    def free(self) -> int:
        """How many places are left."""
        return self.capacity - self.taken

    @property
    def full(self) -> int:
        """How full it is, in whole percent; nothing of nothing is full."""
        return self.taken * 100 // self.capacity if self.capacity else 100


class Coverable(msgspec.Struct, frozen=True):
    """An event that a ticket type may open."""

    id: UUID
    organiser: UUID
    title: Text
    first_day: dt.date
    last_day: dt.date

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """Its first and its last day."""
        return self.first_day, self.last_day

    def is_on(self, day: dt.date) -> bool:
        """Whether it takes place on this day."""
        return self.first_day <= day <= self.last_day
