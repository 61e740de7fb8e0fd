"""Tables of ticketing."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    LazyTableReference,
    OnDelete,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.events.tables import Convention, Event, Organiser, Session, Venue
from app.people.tables import Account, Person


class TicketType(Table, tablename="ticket_type"):
    """What can be had. `number` is the product of its codes, `days` ISO dates ([] for all).

    `price` is in yen and contains `tax_percent` of consumption tax. `admission` open | approval | invitation: who may
    have it at once, who has to be approved, and who needs a voucher. On sale from `sale_from` until `sale_until`
    (None: always) while `public`. Holders may change, pass on and cancel until `changes_until` (None: until its first
    day begins).

    `role` delegate | visitor | speaker | award_entrant | city_delegation | student | exhibitor | press | staff,
    `mode` on_site | online | hybrid, `entry_rule` once | daily | times | after_exit | free, `entry_times` the n of
    times; with `reentry` who has left may come back. Without an `organiser` it is the city's.
    `revision` counts the changes: a form, or an offer, that was read before the last one is told so. A column that only
    written statements read, `covered_in`, names the transaction that changed last what it opens.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    number: Integer = Integer()
    position: SmallInt = SmallInt()
    role: Varchar = Varchar(length=20)
    mode: Varchar = Varchar(length=10)
    entry_rule: Varchar = Varchar(length=10)
    entry_times: SmallInt = SmallInt(default=1)
    reentry: Boolean = Boolean(default=True)
    days: JSONB = JSONB(default="[]")
    price: Integer = Integer(default=0)
    tax_percent: SmallInt = SmallInt(default=10)
    admission: Varchar = Varchar(length=12, default="open")
    sale_from: Timestamptz = Timestamptz(null=True, default=None)
    sale_until: Timestamptz = Timestamptz(null=True, default=None)
    changes_until: Timestamptz = Timestamptz(null=True, default=None)
    public: Boolean = Boolean(default=True)
    title: JSONB = JSONB()
    description: JSONB = JSONB()
    revision: Integer = Integer(default=0)

    ticket_type_one_per_slug = Unique([convention, slug])
    ticket_type_one_per_number = Unique([convention, number])
    ticket_type_number_fits = Check((number >= 1) & (number <= 65535))


class Coverage(Table, tablename="coverage"):
    """An event that a ticket type opens."""

    id: UUID = UUID(primary_key=True)
    ticket_type: ForeignKey[TicketType] = ForeignKey(TicketType, null=False, on_delete=OnDelete.restrict)
    event: ForeignKey[Event] = ForeignKey(Event, null=False, on_delete=OnDelete.restrict)

    coverage_once = Unique([ticket_type, event])


class Quota(Table, tablename="quota"):
    """A capacity in places: shared by the ticket types of `QuotaUse`, belonging to one session, or to a day or venue.

    With a `day` or a `venue` it counts every ticket of its holder that is good on that day and opens something at that
    venue. Who takes a place takes one of the quota it lies `within` as well. A ticket takes at most one place of each
    quota: `Ticket.places` names them. `taken` are the places of tickets (`states.HOLDING`) and of holds.
    Without an `organiser` it is the city's, or the session's.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    session: ForeignKey[Session] = ForeignKey(
        Session, null=True, default=None, on_delete=OnDelete.restrict, unique=True
    )
    within: ForeignKey["Quota"] = ForeignKey(
        LazyTableReference("Quota", module_path="app.ticketing.tables"),
        null=True,
        default=None,
        on_delete=OnDelete.restrict,
    )
    day: Date = Date(null=True, default=None)
    venue: ForeignKey[Venue] = ForeignKey(Venue, null=True, default=None, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    name: JSONB = JSONB()
    capacity: Integer = Integer()
    taken: Integer = Integer(default=0)
    revision: Integer = Integer(default=0)

    quota_one_per_slug = Unique([convention, slug])
    quota_never_oversold = Check((taken >= 0) & (taken <= capacity))


class QuotaUse(Table, tablename="quota_use"):
    """A ticket of this type takes a place of this quota."""

    id: UUID = UUID(primary_key=True)
    ticket_type: ForeignKey[TicketType] = ForeignKey(TicketType, null=False, on_delete=OnDelete.restrict)
    quota: ForeignKey[Quota] = ForeignKey(Quota, null=False, on_delete=OnDelete.restrict)

    quota_use_once = Unique([ticket_type, quota])


class Hold(Table, tablename="hold"):
    """Places kept while somebody fills in the form, `{quota: places}`. The hold of a `FormDraft` bears its id."""

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    places: JSONB = JSONB()
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()


class FormDraft(Table, tablename="form_draft"):
    """A registration form that is not sent yet, sealed; `account` of whoever was signed in."""

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    account: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    sealed: Bytea = Bytea()
    created_at: Timestamptz = Timestamptz()
    saved_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()


class Question(Table, tablename="question"):
    """Something that the form asks about each person of a party whose ticket opens `event` (None: any event).

    With rows in `QuestionUse` only of these ticket types. `kind` text | paragraph | choice | choices | date | country |
    file | yes_no; `options` `[{"value": slug, "label": Text}]`; `shown_when` `{"question": slug, "values": [...]}` or
    null: asked only after such an answer. Answers are deleted `keep_days` after the convention's last day.
    `retired_at`: asked no more, its answers stay. Without an `organiser` it is the city's.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    event: ForeignKey[Event] = ForeignKey(Event, null=True, default=None, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    position: SmallInt = SmallInt()
    kind: Varchar = Varchar(length=12)
    label: JSONB = JSONB()
    hint: JSONB = JSONB()
    options: JSONB = JSONB(default="[]")
    shown_when: JSONB = JSONB(null=True, default=None)
    required: Boolean = Boolean(default=False)
    keep_days: SmallInt = SmallInt(default=90)
    retired_at: Timestamptz = Timestamptz(null=True, default=None)
    revision: Integer = Integer(default=0)

    question_one_per_slug = Unique([convention, slug])


class QuestionUse(Table, tablename="question_use"):
    """The question is asked of holders of this ticket type."""

    id: UUID = UUID(primary_key=True)
    question: ForeignKey[Question] = ForeignKey(Question, null=False, on_delete=OnDelete.restrict)
    ticket_type: ForeignKey[TicketType] = ForeignKey(TicketType, null=False, on_delete=OnDelete.restrict)

    question_use_once = Unique([question, ticket_type])


class Voucher(Table, tablename="voucher"):
    """A code that opens a ticket type by invitation, or lowers its price; `price` None leaves the type's own.

    The code is sealed, and found by its keyed hash. Without a `ticket_type` it is good for all of its holder's.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    ticket_type: ForeignKey[TicketType] = ForeignKey(TicketType, null=True, default=None, on_delete=OnDelete.restrict)
    code_key: Bytea = Bytea()
    sealed: Bytea = Bytea()
    label: Varchar = Varchar(length=120)
    price: Integer = Integer(null=True, default=None)
    uses: Integer = Integer(default=1)
    used: Integer = Integer(default=0)
    valid_until: Timestamptz = Timestamptz(null=True, default=None)
    withdrawn_at: Timestamptz = Timestamptz(null=True, default=None)
    created_at: Timestamptz = Timestamptz()

    voucher_one_per_code = Unique([convention, code_key])
    voucher_never_overused = Check((used >= 0) & (used <= uses))


class Registration(Table, tablename="registration"):
    """What one person sent in for a party; `status` waiting | offered | pending | confirmed | canceled.

    It follows from the states of its tickets (`states.status_of`). `expires_at` is when what is offered, or unpaid,
    lapses; whoever waits does so in the order of `created_at`, `id` (partial index `registration_waiting`). A column
    that only written statements read, `party`, numbers it for gates.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    status: Varchar = Varchar(length=12)
    language: Varchar = Varchar(length=12)
    expires_at: Timestamptz = Timestamptz(null=True, default=None)
    revision: Integer = Integer(default=0)
    created_at: Timestamptz = Timestamptz()


class Ticket(Table, tablename="ticket"):
    """One person's admission. `serial` is 64 random bits as a signed integer; the code itself is never stored.

    `state` waiting | offered | unapproved | unpaid | valid | blocked | canceled (`states`); `places` are the quotas of
    which it takes one each, or would: they count in every state of `states.HOLDING`. `price` in yen as promised, of
    which `tax`. `revision` counts its changes: the SEQUENCE of its calendar file.

    `residence` as declared with this ticket, and so `sealed`: its `people.schemas.Details` under the person's key.
    Without it the person's own are meant. `has_needs` when these tell what the person needs to take part, which is
    forgotten sooner. `calendar` are the sessions that our mails put into the holder's calendar.

    Two columns that only written statements read are kept by triggers: `changed_in` names the transaction that changed
    it last (`xid8`) and numbers what gates are told, `sealings` counts how often the holder's name may have changed.
    """

    id: UUID = UUID(primary_key=True)
    registration: ForeignKey[Registration] = ForeignKey(
        Registration, null=False, on_delete=OnDelete.restrict, index=True
    )
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    ticket_type: ForeignKey[TicketType] = ForeignKey(TicketType, null=False, on_delete=OnDelete.restrict, index=True)
    position: SmallInt = SmallInt()
    serial: BigInt = BigInt(unique=True)
    generation: SmallInt = SmallInt(default=0)
    kid: SmallInt = SmallInt(default=0)
    code_digest: Bytea = Bytea()
    state: Varchar = Varchar(length=12)
    residence: Varchar = Varchar(length=2, null=True, default=None)
    sealed: Bytea = Bytea(null=True, default=None)
    has_needs: Boolean = Boolean(default=False)
    places: Array = Array(base_column=UUID(), default=[])
    voucher: ForeignKey[Voucher] = ForeignKey(Voucher, null=True, default=None, on_delete=OnDelete.restrict)
    price: Integer = Integer(default=0)
    tax: Integer = Integer(default=0)
    revision: Integer = Integer(default=0)
    created_at: Timestamptz = Timestamptz()
    changed_at: Timestamptz = Timestamptz(null=True, default=None)
    calendar: Array = Array(base_column=UUID(), default=[])


class Reservation(Table, tablename="reservation"):
    """A place in a session with a capacity, held by a ticket."""

    id: UUID = UUID(primary_key=True)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.restrict)

    reservation_once = Unique([ticket, session])


class Answer(Table, tablename="answer"):
    """What a ticket's holder answered, sealed with the holder's key; a file's answer names its `Upload`."""

    id: UUID = UUID(primary_key=True)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict)
    question: ForeignKey[Question] = ForeignKey(Question, null=False, on_delete=OnDelete.restrict)
    sealed: Bytea = Bytea()
    answered_at: Timestamptz = Timestamptz()

    answer_once = Unique([ticket, question])


class Upload(Table, tablename="upload"):
    """A file sent as an answer, its name and content sealed; until it belongs to a ticket, by a key of ours."""

    id: UUID = UUID(primary_key=True)
    question: ForeignKey[Question] = ForeignKey(Question, null=False, on_delete=OnDelete.restrict)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    media_type: Varchar = Varchar(length=80)
    size: Integer = Integer()
    sealed: Bytea = Bytea()
    created_at: Timestamptz = Timestamptz()


class TicketChange(Table, tablename="ticket_change"):
    """What happened to a ticket after it was issued. `actor` holder | system | account:ID.

    `action` is one of `states.ACTIONS`, `fields` what was changed, by name; `sealed` the reason given, with the key of
    the person who held the ticket then.
    """

    id: UUID = UUID(primary_key=True)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict, index=True)
    at: Timestamptz = Timestamptz()
    actor: Varchar = Varchar(length=80)
    action: Varchar = Varchar(length=20)
    fields: JSONB = JSONB(default="[]")
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    sealed: Bytea = Bytea(null=True, default=None)


class PaymentMethod(Table, tablename="payment_method"):
    """A way to pay an organiser (None: the city); `instructions` say how, such as the bank account, per language.

    What is not paid within `days` lapses. Receipts name the `issuer` and its registration `number` as a qualified
    issuer of invoices (T and 13 digits), where there are such.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    provider: Varchar = Varchar(length=20)
    instructions: JSONB = JSONB()
    days: SmallInt = SmallInt(default=10)
    enabled: Boolean = Boolean(default=True)
    issuer: Varchar = Varchar(length=200, default="")
    number: Varchar = Varchar(length=14, default="")
    revision: Integer = Integer(default=0)


class Payment(Table, tablename="payment"):
    """What a registration owes one payee (`organiser`, None: the city). Amounts in yen, `tax` contained in `amount`.

    `state` due | paid | lapsed | canceled | refund_due | refunded; `reference` is what the payer writes. `lines` say
    what it is for: `[{"ticket": id, "price": yen, "percent": tax}]`, with `"back": true` once that is to be refunded.
    `received` is what came, on the day `paid_on`; `refund` is what goes back in all, of which `returned` went. `sealed`
    is the note of whoever settled it, with the key of whoever registered.
    """

    id: UUID = UUID(primary_key=True)
    registration: ForeignKey[Registration] = ForeignKey(
        Registration, null=False, on_delete=OnDelete.restrict, index=True
    )
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    provider: Varchar = Varchar(length=20)
    amount: Integer = Integer()
    tax: Integer = Integer()
    reference: Varchar = Varchar(length=20, unique=True)
    state: Varchar = Varchar(length=12)
    due_at: Timestamptz = Timestamptz()
    reminded_at: Timestamptz = Timestamptz(null=True, default=None)
    settled_at: Timestamptz = Timestamptz(null=True, default=None)
    settled_by: Varchar = Varchar(length=80, default="")
    refunded_at: Timestamptz = Timestamptz(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    lines: JSONB = JSONB(default="[]")
    paid_on: Date = Date(null=True, default=None)
    received: Integer = Integer(default=0)
    refund: Integer = Integer(default=0)
    returned: Integer = Integer(default=0)
    sealed: Bytea = Bytea(null=True, default=None)

    payment_amounts_fit = Check((amount > 0) & (tax >= 0) & (tax <= amount))


class Message(Table, tablename="message"):
    """What an organiser writes to the guests of an event; `kind` service | news (only to those who agreed to news)."""

    id: UUID = UUID(primary_key=True)
    event: ForeignKey[Event] = ForeignKey(Event, null=False, on_delete=OnDelete.restrict)
    kind: Varchar = Varchar(length=8)
    subject: JSONB = JSONB()
    body: JSONB = JSONB()
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    recipients: Integer = Integer(default=0)
    created_at: Timestamptz = Timestamptz()
    sent_at: Timestamptz = Timestamptz(null=True, default=None)


class GuestImport(Table, tablename="guest_import"):
    """A list of guests that an organiser uploaded, sealed until it is taken or thrown away.

    `outcome` is `guests.imports.kept.Outcome`: how much of it was taken, and the numbers of lines that were not.
    """

    id: UUID = UUID(primary_key=True)
    event: ForeignKey[Event] = ForeignKey(Event, null=False, on_delete=OnDelete.restrict)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    sealed: Bytea = Bytea(null=True, default=None)
    lines: Integer = Integer(default=0)
    created_at: Timestamptz = Timestamptz()
    taken_at: Timestamptz = Timestamptz(null=True, default=None)
    outcome: JSONB = JSONB(default="{}")
