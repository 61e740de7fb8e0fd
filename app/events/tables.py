"""Tables of the programme. Content texts are JSONB, one entry per language."""

from piccolo.columns import (
    JSONB,
    UUID,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Time,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Organiser(Table, tablename="organiser"):
    """An organisation that runs events; it sees only its own."""

    id: UUID = UUID(primary_key=True)
    slug: Varchar = Varchar(length=80, unique=True)
    name: JSONB = JSONB()
    url: Text = Text(default="")
    revision: Integer = Integer(default=0)


class Convention(Table, tablename="convention"):
    """One year's edition. `number` is the scope of its ticket codes (1 to 65535); `zone` an IANA name.

    Nobody but officers sees it before `published_at`.
    """

    id: UUID = UUID(primary_key=True)
    slug: Varchar = Varchar(length=80, unique=True)
    number: Integer = Integer(unique=True)
    title: JSONB = JSONB()
    description: JSONB = JSONB()
    zone: Varchar = Varchar(length=40)
    first_day: Date = Date(default=None)
    last_day: Date = Date(default=None)
    published_at: Timestamptz = Timestamptz(null=True, default=None)
    revision: Integer = Integer(default=0)

    convention_days_in_order = Check(first_day <= last_day)
    convention_number_fits = Check((number >= 1) & (number <= 65535))


class Venue(Table, tablename="venue"):
    """A place; `capacity` in people, null when nobody counts. Without an `organiser` it is the city's, open to all."""

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=True, default=None, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    name: JSONB = JSONB()
    address: JSONB = JSONB()
    latitude: DoublePrecision = DoublePrecision(null=True, default=None)
    longitude: DoublePrecision = DoublePrecision(null=True, default=None)
    capacity: Integer = Integer(null=True, default=None)
    revision: Integer = Integer(default=0)

    venue_one_per_slug = Unique([convention, slug])


class Event(Table, tablename="event"):
    """One linked event, run by one organiser. `kpi_scope` core | linked | out, `mode` on_site | online | hybrid.

    A draft until `published_at`; `canceled_at` keeps it in the programme, marked.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    organiser: ForeignKey[Organiser] = ForeignKey(Organiser, null=False, on_delete=OnDelete.restrict)
    venue: ForeignKey[Venue] = ForeignKey(Venue, null=True, default=None, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    position: SmallInt = SmallInt()
    kpi_scope: Varchar = Varchar(length=10)
    mode: Varchar = Varchar(length=10)
    title: JSONB = JSONB()
    summary: JSONB = JSONB()
    description: JSONB = JSONB()
    tags: JSONB = JSONB(default="[]")
    first_day: Date = Date(default=None)
    last_day: Date = Date(default=None)
    revision: Integer = Integer(default=0)
    changed_at: Timestamptz = Timestamptz()
    published_at: Timestamptz = Timestamptz(null=True, default=None)
    canceled_at: Timestamptz = Timestamptz(null=True, default=None)

    event_one_per_slug = Unique([convention, slug])
    event_days_in_order = Check(first_day <= last_day)


class Gate(Table, tablename="gate"):
    """A door of a venue where staff scan for one event; no hours means open around the clock.

    `elsewhere` leave | refuse: what an entry means for somebody who is inside another venue.
    """

    id: UUID = UUID(primary_key=True)
    event: ForeignKey[Event] = ForeignKey(Event, null=False, on_delete=OnDelete.restrict)
    venue: ForeignKey[Venue] = ForeignKey(Venue, null=False, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    position: SmallInt = SmallInt()
    name: JSONB = JSONB()
    opens_at: Time = Time(null=True, default=None)
    closes_at: Time = Time(null=True, default=None)
    elsewhere: Varchar = Varchar(length=6, default="leave")
    revision: Integer = Integer(default=0)

    gate_one_per_slug = Unique([event, slug])


class Session(Table, tablename="session"):
    """One item of an event's programme; `capacity` in people means that a place is reserved."""

    id: UUID = UUID(primary_key=True)
    event: ForeignKey[Event] = ForeignKey(Event, null=False, on_delete=OnDelete.restrict)
    venue: ForeignKey[Venue] = ForeignKey(Venue, null=True, default=None, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    room: JSONB = JSONB(default="{}")
    mode: Varchar = Varchar(length=10)
    stream_url: Text = Text(default="")
    starts_at: Timestamptz = Timestamptz(index=True)
    ends_at: Timestamptz = Timestamptz()
    languages: JSONB = JSONB(default="[]")
    capacity: Integer = Integer(null=True, default=None)
    title: JSONB = JSONB()
    description: JSONB = JSONB()
    speakers: JSONB = JSONB(default="[]")
    revision: Integer = Integer(default=0)
    changed_at: Timestamptz = Timestamptz()
    canceled_at: Timestamptz = Timestamptz(null=True, default=None)

    session_one_per_slug = Unique([event, slug])
    session_ends_later = Check(starts_at < ends_at)
