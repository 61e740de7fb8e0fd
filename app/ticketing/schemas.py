"""What ticketing accepts and answers."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import msgspec

from app.core.i18n import Text
from app.core.validation import Address, Line, Name, Slug
from app.people.consents import ConsentText
from app.people.residence import CODES

LARGEST_PARTY = 40

if TYPE_CHECKING:
    Country = str
else:  # the schema and the check list every code
    Country = Literal[tuple(sorted(CODES))]


class PartyMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person of a party. `residence` is the country or region of usual residence; nationality is never asked."""

    name: Name
    residence: Country
    ticket_type: Slug
    reading: Line = ""
    organisation: Line = ""
    sessions: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=20)] = ()


class RegistrationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person sends in, for himself and perhaps a party of up to 40."""

    email: Address
    consents: Annotated[list[Slug], msgspec.Meta(min_length=1, max_length=20)]
    party: Annotated[list[PartyMember], msgspec.Meta(min_length=1, max_length=LARGEST_PARTY)]
    language: Line = ""


class TicketOut(msgspec.Struct, frozen=True):
    """A ticket, as its holder gets it. `serial` is 16 hexadecimal digits; `state` valid | canceled | blocked."""

    id: UUID
    serial: str
    code: str
    ticket_type: str
    name: str
    state: str
    page_url: str
    qr_svg_url: str
    pdf_url: str
    ics_url: str


class RegistrationOut(msgspec.Struct, frozen=True):
    """A registration with its tickets; `status` confirmed | canceled."""

    id: UUID
    status: str
    manage_url: str
    tickets: list[TicketOut]


class TicketTypeOut(msgspec.Struct, frozen=True):
    """A ticket type on offer; `left` is null where nobody counts, `price` in yen with tax."""

    slug: str
    role: str
    mode: str
    title: str
    description: str
    price: int
    days: list[dt.date]
    events: list[str]
    left: int | None
    on_sale: bool


class OfferedType(msgspec.Struct, frozen=True):
    """A ticket type with what registering needs of it; `citywide` when no organiser holds it.

    `events` are those on offer, and `ends` is the last day of them.
    """

    id: UUID
    slug: str
    number: int
    role: str
    mode: str
    price: int
    public: bool
    days: list[dt.date]
    title: Text
    description: Text
    events: list[UUID]
    quotas: list[UUID]
    revision: int
    citywide: bool
    ends: dt.date

    @property
    def last_day(self) -> dt.date:
        """The last day on which this ticket opens anything."""
        return max(self.days, default=self.ends)


class OfferedEvent(msgspec.Struct, frozen=True):
    """An event whose tickets can be had: published, and not canceled."""

    slug: str
    title: Text


class OfferedSession(msgspec.Struct, frozen=True):
    """A session that can be chosen when registering; `quota` is set where places are counted."""

    id: UUID
    event: UUID
    slug: str
    mode: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    title: Text
    quota: UUID | None


class OfferedQuota(msgspec.Struct, frozen=True):
    """A capacity by name."""

    id: UUID
    slug: str
    name: Text


class Offer(msgspec.Struct, frozen=True):
    """Everything a convention offers for registration, as one snapshot; how much is left is asked of the table.

    `texts` are what one may agree to, required ones first.
    """

    convention: UUID
    slug: str
    number: int
    title: Text
    zone: str
    first_day: dt.date
    last_day: dt.date
    events: dict[UUID, OfferedEvent]
    types: dict[str, OfferedType]
    sessions: dict[UUID, OfferedSession]
    quotas: dict[UUID, OfferedQuota]
    texts: list[ConsentText] = []


class CoveredEvent(msgspec.Struct, frozen=True):
    """An event that a ticket opens, with its main venue; one that is canceled opens no more."""

    slug: str
    title: Text
    mode: str
    first_day: dt.date
    last_day: dt.date
    venue: Text | None
    address: Text | None
    canceled: bool = False


class Known(msgspec.Struct, frozen=True):
    """What is known of somebody signed in, to begin a form with."""

    email: str
    name: str = ""
    reading: str = ""
    organisation: str = ""
    residence: str = ""


class TicketSession(msgspec.Struct, frozen=True):
    """A session a ticket may follow: on line, or with a reserved place."""

    id: UUID
    event: str
    slug: str
    title: Text
    mode: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    venue: Text | None
    reserved: bool


class TicketView(msgspec.Struct, frozen=True):
    """All that ticket page, mail and documents say."""

    id: UUID
    registration: UUID
    name: str
    reading: str
    organisation: str
    email: str
    language: str
    state: str
    serial: str
    code: str
    generation: int
    place: int
    party: int
    created_at: dt.datetime
    type_title: Text
    type_description: Text
    mode: str
    days: list[dt.date]
    convention_slug: str
    convention_title: Text
    zone: str
    first_day: dt.date
    last_day: dt.date
    events: list[CoveredEvent]
    sessions: list[TicketSession]
