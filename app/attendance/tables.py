"""Tables of attendance. Scans and the ledger are INSERT only (triggers refuse the rest); the others are derived."""

from piccolo.columns import (
    JSON,
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Time,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from app.events.tables import Event, Gate, Session, Venue
from app.people.tables import Device, Person
from app.ticketing.tables import Ticket, TicketType


class Scan(Table, tablename="scan"):
    """The fact that a device read a code at a gate at a moment, with the answer it was given.

    `gate` is as sent: it may have been deleted, or never have been ours. `code` is kept only when it is no
    ticket of ours, and as a digest when it has not even the form of one. `status` stored | quarantined.
    `direction` entry | exit | undo; an undo names the scan that it takes back. `manual` says why somebody was checked
    in without a code. Index `scan_gate` on (gate, scanned_at) by a written migration.
    """

    id: BigSerial = BigSerial(primary_key=True)
    device: ForeignKey[Device] = ForeignKey(Device, null=False, on_delete=OnDelete.restrict)
    seq: BigInt = BigInt()
    gate: UUID = UUID(default=None)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    code: Text = Text(null=True, default=None)
    request: Bytea = Bytea()
    direction: Varchar = Varchar(length=5)
    scanned_at: Timestamptz = Timestamptz()
    received_at: Timestamptz = Timestamptz()
    clock: JSONB = JSONB(null=True, default=None)
    device_verdict: JSONB = JSONB(null=True, default=None)
    status: Varchar = Varchar(length=11)
    verdict: Varchar = Varchar(length=8)
    reason: Varchar = Varchar(length=40, null=True, default=None)
    warnings: JSONB = JSONB(default="[]")
    manual: Text = Text(null=True, default=None)
    undoes_device: UUID = UUID(null=True, default=None)
    undoes_seq: BigInt = BigInt(null=True, default=None)

    scan_once = Unique([device, seq])


class ScanFinal(Table, tablename="scan_final"):
    """What a device showed in the end for a scan that it had sent in before it knew; INSERT only.

    `verdict` admitted | refused: that of the device, which nobody can take back. Both for one scan: refused stands.
    """

    id: BigSerial = BigSerial(primary_key=True)
    scan: ForeignKey[Scan] = ForeignKey(Scan, null=False, on_delete=OnDelete.restrict)
    verdict: Varchar = Varchar(length=8)
    reason: Varchar = Varchar(length=40, null=True, default=None)
    received_at: Timestamptz = Timestamptz()

    scan_final_once = Unique([scan, verdict])


class ScanSettlement(Table, tablename="scan_settlement"):
    """What a lead of the staff decided about a scan that was kept aside or looked odd; INSERT only.

    `decision` counted (it is evidence that somebody was there) | dismissed | seen.
    """

    id: UUID = UUID(primary_key=True)
    scan: ForeignKey[Scan] = ForeignKey(Scan, null=False, on_delete=OnDelete.restrict, unique=True)
    decision: Varchar = Varchar(length=10)
    operator: Varchar = Varchar(length=80)
    reason: Text = Text(default="")
    settled_at: Timestamptz = Timestamptz()


class TicketState(Table, tablename="ticket_state"):
    """Where a ticket is and what it has opened: the fold of its scans as `attendance.judging.verdict.State`.

    `revision` counts its changes: whoever judged by an older one judges again.
    """

    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict, primary_key=True)
    body: JSON = JSON()
    inside_venue: UUID = UUID(null=True, default=None)
    inside_gate: UUID = UUID(null=True, default=None)
    revision: Integer = Integer(default=0)


class VenueInside(Table, tablename="venue_inside"):
    """How many people are inside a venue: kept with every state, equal to counting them."""

    venue: ForeignKey[Venue] = ForeignKey(Venue, null=False, on_delete=OnDelete.cascade, primary_key=True)
    inside: Integer = Integer(default=0)


class GateRule(Table, tablename="gate_rule"):
    """What a gate asks of a ticket type (None: of every type) beside the type's own rules; null leaves those.

    `admits` false: not through this door. Hours in the convention's zone, `days` ISO dates ([] for all). The rule for
    the type stands before the one for all. Unique (gate, ticket_type), nulls not distinct, by a written migration. It
    is a part of its gate, and goes with it.
    """

    id: UUID = UUID(primary_key=True)
    gate: ForeignKey[Gate] = ForeignKey(Gate, null=False, on_delete=OnDelete.cascade)
    ticket_type: ForeignKey[TicketType] = ForeignKey(TicketType, null=True, default=None, on_delete=OnDelete.cascade)
    admits: Boolean = Boolean(default=True)
    entry_rule: Varchar = Varchar(length=10, null=True, default=None)
    entry_times: SmallInt = SmallInt(null=True, default=None)
    reentry: Boolean = Boolean(null=True, default=None)
    opens_at: Time = Time(null=True, default=None)
    closes_at: Time = Time(null=True, default=None)
    days: JSONB = JSONB(default="[]")
    revision: Integer = Integer(default=0)


class DeviceContact(Table, tablename="device_contact"):
    """What a device said of itself last: its gate, scans not yet sent, battery in percent, number of its pack."""

    device: ForeignKey[Device] = ForeignKey(Device, null=False, on_delete=OnDelete.restrict, primary_key=True)
    gate: UUID = UUID(null=True, default=None, index=True)
    direction: Varchar = Varchar(length=5, default="entry")
    queue: Integer = Integer(default=0)
    battery: SmallInt = SmallInt(null=True, default=None)
    pack_number: BigInt = BigInt(default=0)
    seen_at: Timestamptz = Timestamptz()


class TicketSearch(Table, tablename="ticket_search"):
    """By which pieces of a name a ticket is found: keyed hashes, which reveal no name. Erased with the person.

    `read_in` is the ticket's `changed_in` when they were made. GIN index `ticket_search_grams` by a written migration.
    """

    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict, primary_key=True)
    grams: Array = Array(base_column=BigInt(), default=[])
    read_in: BigInt = BigInt(default=0)


class SearchMark(Table, tablename="search_mark"):
    """Up to which transaction tickets were looked through; `id` 1 for `TicketSearch`, 2 for `PersonKey`."""

    id: SmallInt = SmallInt(primary_key=True)
    number: BigInt = BigInt(default=0)


class WalkUp(Table, tablename="walk_up"):
    """Somebody at an open festival said where he lives: a line of its own, never part of the unique number.

    `source` names the tap (`device:seq`, or a poster's own number): one source makes one row. INSERT only.
    """

    id: UUID = UUID(primary_key=True)
    event: ForeignKey[Event] = ForeignKey(Event, null=False, on_delete=OnDelete.restrict, index=True)
    venue: ForeignKey[Venue] = ForeignKey(Venue, null=True, default=None, on_delete=OnDelete.restrict)
    source: Varchar = Varchar(length=120, unique=True)
    residence: Varchar = Varchar(length=2, null=True, default=None)
    tapped_at: Timestamptz = Timestamptz()
    received_at: Timestamptz = Timestamptz()


class PresenceInterval(Table, tablename="presence_interval"):
    """A measured stretch of online participation of one page (`visit`); open while `ended_at` is null."""

    id: UUID = UUID(primary_key=True)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.restrict)
    visit: UUID = UUID(default=None, index=True)
    started_at: Timestamptz = Timestamptz()
    beat_at: Timestamptz = Timestamptz()
    ended_at: Timestamptz = Timestamptz(null=True, default=None)


class LedgerEntry(Table, tablename="ledger_entry"):
    """One piece of evidence, chained; columns as in `attendance.ledger_entry.Evidence`.

    It names nobody but pseudonyms and carries residence, role and scope as they were, so the ledger alone
    recomputes every figure after names are erased. No foreign keys: the past does not change with the present.
    """

    position: BigInt = BigInt(primary_key=True)
    digest: Bytea = Bytea()
    kind: Varchar = Varchar(length=10)
    evidence_class: Varchar = Varchar(length=1)
    recorded_at: Timestamptz = Timestamptz()
    person: UUID = UUID(default=None, index=True)
    ticket: UUID = UUID(null=True, default=None)
    event: UUID = UUID(null=True, default=None)
    session: UUID = UUID(null=True, default=None)
    scope: Varchar = Varchar(length=10, null=True, default=None)
    mode: Varchar = Varchar(length=10, null=True, default=None)
    scheduled_at: Timestamptz = Timestamptz(null=True, default=None, index=True)
    scheduled_minutes: Integer = Integer(null=True, default=None)
    starts_at: Timestamptz = Timestamptz(null=True, default=None)
    ends_at: Timestamptz = Timestamptz(null=True, default=None)
    role: Varchar = Varchar(length=20, default="")
    residence: Varchar = Varchar(length=2, null=True, default=None)
    subject: BigInt = BigInt(null=True, default=None)
    other: UUID = UUID(null=True, default=None)
    operator: Varchar = Varchar(length=80, null=True, default=None)
    reason: Text = Text(null=True, default=None)
    source: Varchar = Varchar(length=80, null=True, default=None, unique=True)


class LedgerHead(Table, tablename="ledger_head"):
    """The head of the ledger at the end of a day, signed: what was so far cannot be rewritten later. INSERT only."""

    day: Date = Date(primary_key=True)
    position: BigInt = BigInt()
    digest: Bytea = Bytea()
    kid: SmallInt = SmallInt(default=0)
    signature: Bytea = Bytea()
    signed_at: Timestamptz = Timestamptz()


class Double(Table, tablename="double"):
    """Two persons who may be one: found by their keys, decided by an officer. `first` < `second`.

    `reasons` JSON list of what they have in common; `decision` same | different, `position` of its merge in the
    ledger. Undoing clears the decision; what was decided stands in the audit log and in the ledger.
    """

    id: UUID = UUID(primary_key=True)
    first: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    second: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    reasons: JSONB = JSONB(default="[]")
    automatic: Boolean = Boolean(default=False)
    found_at: Timestamptz = Timestamptz()
    decision: Varchar = Varchar(length=10, null=True, default=None)
    operator: Varchar = Varchar(length=80, null=True, default=None)
    reason: Text = Text(default="")
    decided_at: Timestamptz = Timestamptz(null=True, default=None)
    position: BigInt = BigInt(null=True, default=None)

    double_once = Unique([first, second])


class PlatformReport(Table, tablename="platform_report"):
    """A report of a video platform that was handed in: its digest, how it was read, and what was found wrong.

    `platform` zoom | teams | bigbluebutton | csv; `digest` covers the file and how its clock was read; `notes` JSON
    list of {line, code}.
    """

    id: UUID = UUID(primary_key=True)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.restrict)
    platform: Varchar = Varchar(length=14)
    digest: Bytea = Bytea()
    rows: Integer = Integer()
    notes: JSONB = JSONB(default="[]")
    imported_by: Varchar = Varchar(length=80)
    imported_at: Timestamptz = Timestamptz()

    platform_report_once = Unique([session, digest])


class ReportDraft(Table, tablename="report_draft"):
    """A report that was looked at and not taken yet: `sealed` holds the file. `zone` IANA name of its clock."""

    id: UUID = UUID(primary_key=True)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.cascade, index=True)
    sealed: Bytea = Bytea()
    platform: Varchar = Varchar(length=14)
    zone: Varchar = Varchar(length=40)
    created_at: Timestamptz = Timestamptz()


class ReportedStay(Table, tablename="reported_stay"):
    """Somebody's stay as a platform reported it; `source` names it for ever, so a later report adds and takes nothing.

    `state` evidence | repeated | unknown | review | dismissed: unknown people wait for an officer, with what the
    report says of them sealed.
    """

    id: UUID = UUID(primary_key=True)
    report: ForeignKey[PlatformReport] = ForeignKey(PlatformReport, null=False, on_delete=OnDelete.restrict, index=True)
    line: Integer = Integer()
    source: Varchar = Varchar(length=120, unique=True)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=True, default=None, on_delete=OnDelete.restrict)
    joined_at: Timestamptz = Timestamptz(null=True, default=None)
    left_at: Timestamptz = Timestamptz(null=True, default=None)
    sealed: Bytea = Bytea(null=True, default=None)
    state: Varchar = Varchar(length=10)
    decided_by: Varchar = Varchar(length=80, null=True, default=None)
    reason: Text = Text(default="")


class RoomQuestion(Table, tablename="room_question"):
    """A question asked in an online room, sealed with the person's key; hidden by staff, or answered."""

    id: UUID = UUID(primary_key=True)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.restrict)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict)
    sealed: Bytea = Bytea()
    asked_at: Timestamptz = Timestamptz()
    answered_at: Timestamptz = Timestamptz(null=True, default=None)
    hidden_at: Timestamptz = Timestamptz(null=True, default=None)


class RoomReaction(Table, tablename="room_reaction"):
    """How often a reaction was given in a session; nobody is named."""

    id: UUID = UUID(primary_key=True)
    session: ForeignKey[Session] = ForeignKey(Session, null=False, on_delete=OnDelete.restrict)
    kind: Varchar = Varchar(length=10)
    given: Integer = Integer(default=0)

    room_reaction_once = Unique([session, kind])
