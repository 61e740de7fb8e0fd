"""The rows of the demo: the fields of each Struct are the columns of the table of the same name."""

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

Mode = Literal["on_site", "online", "hybrid"]
Text = dict[str, str]
"""Words per language."""


class Speaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who speaks in a session; the speakers of the demo are invented."""

    name: Text
    organisation: Text


class Organiser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `organiser`; organisers belong to no convention, so their ids are the same every year."""

    id: UUID
    slug: str
    name: Text
    url: str


class Convention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `convention`."""

    id: UUID
    slug: str
    number: int
    title: Text
    description: Text
    zone: str
    first_day: dt.date
    last_day: dt.date


class Venue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `venue`."""

    id: UUID
    convention: UUID
    slug: str
    name: Text
    address: Text
    latitude: float
    longitude: float
    capacity: int | None = None


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `event`, without revision and time of change."""

    id: UUID
    convention: UUID
    organiser: UUID
    slug: str
    position: int
    kpi_scope: Literal["core", "linked", "out"]
    mode: Mode
    title: Text
    summary: Text
    description: Text
    tags: list[str]
    first_day: dt.date
    last_day: dt.date
    venue: UUID | None = None


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `gate`; the demo's gates have no hours and are always open."""

    id: UUID
    event: UUID
    venue: UUID
    slug: str
    position: int
    name: Text


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `session`, without revision and time of change; instants are UTC."""

    id: UUID
    event: UUID
    slug: str
    mode: Mode
    starts_at: dt.datetime
    ends_at: dt.datetime
    languages: list[str]
    title: Text
    description: Text
    venue: UUID | None = None
    room: Text = {}
    stream_url: str = ""
    capacity: int | None = None
    speakers: list[Speaker] = []


class TicketType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `ticket_type`."""

    id: UUID
    convention: UUID
    slug: str
    number: int
    position: int
    role: str
    mode: Mode
    entry_rule: Literal["once", "daily", "times", "after_exit", "free"]
    days: list[dt.date]
    public: bool
    title: Text
    description: Text
    price: int = 0
    tax_percent: Literal[0, 8, 10] = 10
    admission: Literal["open", "approval", "invitation"] = "open"
    organiser: UUID | None = None


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `coverage`: an event that a ticket type opens."""

    id: UUID
    ticket_type: UUID
    event: UUID


class QuotaUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `quota_use`: a quota that a ticket of the type takes a place of."""

    id: UUID
    ticket_type: UUID
    quota: UUID


class Quota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `quota` as it starts, nothing taken; `session` is set for the places of one session."""

    id: UUID
    convention: UUID
    slug: str
    name: Text
    capacity: int
    session: UUID | None = None
    organiser: UUID | None = None
    within: UUID | None = None
    day: dt.date | None = None
    venue: UUID | None = None


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A choice."""

    value: str
    label: Text


class ShownWhen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answers to another question that lead to one."""

    question: str
    values: list[str]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `question`."""

    id: UUID
    convention: UUID
    organiser: UUID
    event: UUID
    slug: str
    position: int
    kind: Literal["text", "paragraph", "choice", "choices", "yes_no", "date", "country", "file"]
    label: Text
    keep_days: int
    hint: Text = {}
    options: list[Option] = []
    shown_when: ShownWhen | None = None
    required: bool = False


class QuestionUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `question_use`: a ticket type with which a question is asked."""

    id: UUID
    question: UUID
    ticket_type: UUID


class Voucher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes a row of `voucher`; `code` is sealed there."""

    id: UUID
    convention: UUID
    organiser: UUID
    ticket_type: UUID
    code: str
    label: str
    uses: int


class PaymentMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `payment_method`."""

    id: UUID
    convention: UUID
    organiser: UUID
    provider: str
    instructions: Text
    days: int


class DemoConvention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole demo: every row in the order of the files, the first gate at the first event."""

    convention: Convention
    organisers: tuple[Organiser, ...]
    venues: tuple[Venue, ...]
    events: tuple[Event, ...]
    gates: tuple[Gate, ...]
    sessions: tuple[Session, ...]
    ticket_types: tuple[TicketType, ...]
    coverage: tuple[Coverage, ...]
    quotas: tuple[Quota, ...]
    quota_uses: tuple[QuotaUse, ...]
    questions: tuple[Question, ...]
    question_uses: tuple[QuestionUse, ...]
    vouchers: tuple[Voucher, ...]
    payment_methods: tuple[PaymentMethod, ...]
