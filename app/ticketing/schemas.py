"""What ticketing accepts and answers."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import msgspec

from app.core.i18n import Text
from app.core.validation import Address, Line, MaybeAddress, Name, Slug
from app.people.consents import ConsentText
from app.people.residence import CODES

LARGEST_PARTY = 40
MOST_ANSWERS = 60

if TYPE_CHECKING:
    Country = str
else:  # the schema and the check list every code
    Country = Literal[tuple(sorted(CODES))]


Need = Literal[
    "wheelchair",
    "hearing_loop",
    "sign_language",
    "captions",
    "large_print",
    "guide_dog",
    "companion",
    "quiet_place",
    "other",
]
"""What somebody needs to take part; how it is said stands in `needs.py`."""
Answered = Annotated[str, msgspec.Meta(max_length=4000)] | Annotated[list[Line], msgspec.Meta(max_length=60)] | bool
"""Text, date (YYYY-MM-DD), country, value of a choice, token of an upload; values of several choices; yes or no."""


class PartyMember(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One person of a party. `residence` is the country or region of usual residence; nationality is never asked.

    Without an `email` of their own the tickets go to whoever registers; a `child` comes with an adult of the party.
    `languages` (BCP 47) are those the person would like interpretation in. `answers` by the slugs of the questions.
    """

    name: Name
    residence: Country
    ticket_type: Slug
    reading: Line = ""
    organisation: Line = ""
    sessions: Annotated[tuple[UUID, ...], msgspec.Meta(max_length=20)] = ()
    email: MaybeAddress = ""
    child: bool = False
    needs: Annotated[tuple[Need, ...], msgspec.Meta(max_length=9)] = ()
    needs_note: Line = ""
    languages: Annotated[tuple[Line, ...], msgspec.Meta(max_length=6)] = ()
    voucher: Line = ""
    answers: Annotated[dict[Slug, Answered], msgspec.Meta(max_length=MOST_ANSWERS)] = {}


class RegistrationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one person sends in, for himself and perhaps a party of up to 40.

    `hold` is the token of places kept meanwhile; `payment` the way to pay where something is to be paid; with
    `join_waiting_list` a party for which there is no place waits instead of being refused.
    """

    email: Address
    consents: Annotated[list[Slug], msgspec.Meta(min_length=1, max_length=20)]
    party: Annotated[list[PartyMember], msgspec.Meta(min_length=1, max_length=LARGEST_PARTY)]
    language: Line = ""
    hold: Line = ""
    payment: Line = ""
    join_waiting_list: bool = False


class TicketOut(msgspec.Struct, frozen=True):
    """A ticket, as its holder gets it. `serial` is 16 hexadecimal digits; `state` as in `states.State`.

    There is a `code` only in the states of `states.SHOWN`.
    """

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
    """A registration with its tickets; `status` as in `states.Status`.

    `expires_at` is when an offer, or what is unpaid, lapses.
    """

    id: UUID
    status: str
    manage_url: str
    tickets: list[TicketOut]
    expires_at: dt.datetime | None = None


class HoldRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many tickets of each type, by slug, are to be kept while the form is filled in."""

    wanted: Annotated[dict[Slug, Annotated[int, msgspec.Meta(ge=1, le=LARGEST_PARTY)]], msgspec.Meta(min_length=1)]


class HoldOut(msgspec.Struct, frozen=True):
    """Places kept until `expires_at`; `hold` goes into the registration."""

    hold: str
    expires_at: dt.datetime


class UploadOut(msgspec.Struct, frozen=True):
    """A file that was kept; `upload` is the answer to its question."""

    upload: str


class TicketTypeOut(msgspec.Struct, frozen=True):
    """A ticket type on offer; `left` is null where nobody counts, `price` in yen with the `tax` it contains.

    `admission` open | approval | invitation (needs a voucher). Of `questions` are told those asked with this type.
    """

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
    tax: int = 0
    admission: str = "open"
    sale_from: dt.datetime | None = None
    sale_until: dt.datetime | None = None
    questions: "list[QuestionOut]" = []


class QuestionOut(msgspec.Struct, frozen=True):
    """A question as it is asked; `options` value to label, `shown_when` a slug and the answers that lead here."""

    slug: str
    kind: str
    label: str
    hint: str
    required: bool
    options: dict[str, str] = {}
    shown_when: "ShownWhen | None" = None


class OfferedType(msgspec.Struct, frozen=True):
    """A ticket type with what registering needs of it; `citywide` when no `organiser` holds it.

    `events` are those on offer, and `ends` is the last day of them. `quotas` are all of which a ticket takes a place:
    its own, those of its days and venues, and what they lie within.
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
    organiser: UUID | None = None
    tax_percent: int = 0
    admission: str = "open"
    sale_from: dt.datetime | None = None
    sale_until: dt.datetime | None = None
    changes_until: dt.datetime | None = None

    @property
    def last_day(self) -> dt.date:
        """The last day on which this ticket opens anything."""
        return max(self.days, default=self.ends)

    @property
    def tax(self) -> int:
        """The consumption tax that the price contains, in yen, rounded down."""
        return tax_in(self.price, self.tax_percent)


def tax_in(price: int, percent: int) -> int:
    """Return the tax contained in a price in yen, rounded down."""
    return price * percent // (100 + percent)


class OfferedEvent(msgspec.Struct, frozen=True):
    """An event whose tickets can be had: published, and not canceled."""

    slug: str
    title: Text
    organiser: UUID | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    venue: UUID | None = None


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
    quotas: list[UUID] = []
    """The session's own and what it lies within."""


class OfferedQuota(msgspec.Struct, frozen=True):
    """A capacity by name; `within` another, or of a `day` or a `venue`."""

    id: UUID
    slug: str
    name: Text
    within: UUID | None = None
    organiser: UUID | None = None
    day: dt.date | None = None
    venue: UUID | None = None


class ShownWhen(msgspec.Struct, frozen=True):
    """A question is asked only when that of the slug `question` was answered with one of `values`."""

    question: str
    values: list[str]


class Option(msgspec.Struct, frozen=True):
    """A choice."""

    value: str
    label: Text


class OfferedQuestion(msgspec.Struct, frozen=True):
    """A question of the form; `event` None: of all, `types` empty: of all ticket types that open the event."""

    id: UUID
    slug: str
    kind: str
    label: Text
    hint: Text
    required: bool
    organiser: UUID | None = None
    event: UUID | None = None
    types: list[UUID] = []
    options: list[Option] = []
    shown_when: ShownWhen | None = None


class OfferedPayment(msgspec.Struct, frozen=True):
    """A way to pay an organiser (None: the city)."""

    organiser: UUID | None
    provider: str
    instructions: Text
    days: int


class Offer(msgspec.Struct, frozen=True):
    """Everything a convention offers for registration, as one snapshot; how much is left is asked of the table.

    `kid` is the key that signs codes now, `texts` are what one may agree to, required ones first.
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
    questions: list[OfferedQuestion] = []
    payments: list[OfferedPayment] = []
    texts: list[ConsentText] = []
    kid: int = 0


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
    revision: int = 0


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
    revision: int = 0


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
    status: str = "confirmed"
    revision: int = 0
    changed_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    price: int = 0
    tax: int = 0
    residence: str = ""
    child: bool = False
    needs: tuple[str, ...] = ()
    needs_note: str = ""
    languages: tuple[str, ...] = ()
    ticket_type: str = ""
    organiser: UUID | None = None
    changes_until: dt.datetime | None = None
    holder: UUID | None = None
    """Who holds it, once it was passed on: links to it are theirs alone (`tickets.page_token`)."""
