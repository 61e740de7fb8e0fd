"""What the forms of the console send about tickets and places; a row can be put into the same shape and compared."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.core.i18n import Text
from app.core.validation import Label, Line
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
EntryRule = Literal["once", "daily", "times", "after_exit", "free"]
Times = Annotated[int, msgspec.Meta(ge=1, le=1000)]
"""How often somebody comes in under the entry rule `times`."""
Admission = Literal["open", "approval", "invitation"]
TaxPercent = Literal[0, 8, 10]
"""Rates of consumption tax: none, reduced, full."""
QuestionKind = Literal["text", "paragraph", "choice", "choices", "yes_no", "date", "country", "file"]
Price = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Places = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Chosen = Annotated[tuple[UUID, ...], msgspec.Meta(max_length=100)]


class TicketTypeEdit(Edit, frozen=True):
    """A ticket type. No `days` means every day of its events.

    `entry_times` is the number of entries under the rule `times`; without `reentry` nobody comes back who has left.

    `price` in yen contains `tax_percent` of consumption tax. Without `changes_until`, holders may change their tickets
    until the first day begins; without `sale_from` and `sale_until` it is on sale whenever it is `public`.
    """

    title: Lines
    events: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=100)]
    role: TicketRole = "visitor"
    mode: Mode = "on_site"
    entry_rule: EntryRule = "daily"
    entry_times: Times = 1
    reentry: bool = True
    days: Annotated[tuple[dt.date, ...], msgspec.Meta(max_length=60)] = ()
    price: Price = 0
    tax_percent: TaxPercent = 10
    admission: Admission = "open"
    sale_from: dt.datetime | None = None
    sale_until: dt.datetime | None = None
    changes_until: dt.datetime | None = None
    public: bool = False
    description: Paragraphs = Paragraphs()
    quotas: Chosen = ()


class NewTicketType(TicketTypeEdit, frozen=True):
    """A new one; `places`, if given, makes a quota of its own for it. `form` as in `once.row_id`."""

    places: Places | None = None
    form: UUID | None = None


class QuotaEdit(Edit, frozen=True):
    """A number of places and what they are called.

    They may lie `within` others. Those of a `day` or a `venue` count everybody who comes there then.
    """

    name: Lines
    capacity: Places
    within: UUID | None = None
    day: dt.date | None = None
    venue: UUID | None = None


class NewQuota(QuotaEdit, frozen=True):
    """A new one; `form` as in `once.row_id`."""

    form: UUID | None = None


class QuestionEdit(Edit, frozen=True):
    """A question. `options` have one line for each choice, the same in every language; `types` none: all of the event.

    `shown` are answers that lead here, each as `SLUG:VALUE` of one earlier question. Answers are deleted `keep_days`
    after the convention. `city`: asked of everybody; it stays whose it is.
    """

    label: Lines
    kind: QuestionKind = "text"
    hint: Lines = Lines()
    options: Paragraphs = Paragraphs()
    required: bool = False
    types: Chosen = ()
    shown: Annotated[tuple[Line, ...], msgspec.Meta(max_length=100)] = ()
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=400)] = 90
    city: bool = False


class NewQuestion(QuestionEdit, frozen=True):
    """A new one; `form` as in `once.row_id`."""

    form: UUID | None = None


class NewVouchers(Edit, frozen=True):
    """Codes to be made: `count` of them, each good for `uses` tickets.

    `effect`: the price of the ticket type stays (none), is waived (free), or is `price` (fixed). `form` was drawn when
    the form was shown: sent twice, it makes them once.
    """

    label: Label
    count: Annotated[int, msgspec.Meta(ge=1, le=500)]
    uses: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    ticket_type: UUID | None = None
    effect: Literal["none", "free", "fixed"] = "none"
    price: Price | None = None
    valid_until: dt.datetime | None = None
    form: UUID | None = None

    @property
    def fixed_price(self) -> int | None:
        """The price that a ticket has with such a code, in yen; None leaves the type's."""
        return {"none": None, "free": 0, "fixed": self.price}[self.effect]


class OwnType(msgspec.Struct, frozen=True):
    """A ticket type as its organiser works with it; `tickets` are all that are not canceled, `given` those given out.

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
    entry_times: int
    reentry: bool
    days: list[dt.date]
    price: int
    tax_percent: int
    admission: str
    sale_from: dt.datetime | None
    sale_until: dt.datetime | None
    changes_until: dt.datetime | None
    public: bool
    title: Text
    description: Text
    revision: int
    events: list[UUID]
    quotas: list[UUID]
    tickets: int
    given: int
    mine: bool = False


class OwnQuota(msgspec.Struct, frozen=True):
    """A quota with what is taken; `used` says of how many ticket types, `session` and `event` whose places they are.

    Of those taken, `held` are kept for people who fill in the form; `waiting` tickets would take one.
    """

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
    within: UUID | None = None
    day: dt.date | None = None
    venue: UUID | None = None
    held: int = 0
    waiting: int = 0
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
