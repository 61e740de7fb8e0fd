"""Tables of ticketing."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.events.tables import Convention, Event, Organiser, Session
from app.people.tables import Person


class TicketType(Table, tablename="ticket_type"):
    """What can be had. `number` is the product of its codes, `days` ISO dates ([] for all), `price` in yen with tax.

    `role` delegate | visitor | speaker | award_entrant | city_delegation | student | exhibitor | press | staff,
    `mode` on_site | online | hybrid, `entry_rule` daily | once | free. Without an `organiser` it is the city's.
    `revision` counts the changes: a form, or an offer, that was read before the last one is told so.
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
    days: JSONB = JSONB(default="[]")
    price: Integer = Integer(default=0)
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
    """A capacity in places, shared by the ticket types of `QuotaUse` or belonging to one session.

    Without an `organiser` it is the city's, or the session's.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    session: ForeignKey[Session] = ForeignKey(
        Session, null=True, default=None, on_delete=OnDelete.restrict, unique=True
    )
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


class Registration(Table, tablename="registration"):
    """What one person sent in for a party; `status` confirmed | canceled."""

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    status: Varchar = Varchar(length=12)
    language: Varchar = Varchar(length=12)
    created_at: Timestamptz = Timestamptz()


class Ticket(Table, tablename="ticket"):
    """One person's admission. `serial` is 64 random bits as a signed integer; the code itself is never stored.

    `state` valid | canceled | blocked; `residence` as declared with this ticket, and so `sealed`: its
    `people.schemas.Details` under the person's key. Without it the person's own are meant.
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
    created_at: Timestamptz = Timestamptz()


class Reservation(Table, tablename="reservation"):
    """A place in a session with a capacity, held by a ticket."""

    id: UUID = UUID(primary_key=True)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.restrict)

    reservation_once = Unique([ticket, session])
