"""Tables of attendance. Scans and the ledger are INSERT only (triggers refuse the rest); the others are derived."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    BigSerial,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from app.events.tables import Session
from app.people.tables import Device
from app.ticketing.tables import Ticket


class Scan(Table, tablename="scan"):
    """The fact that a device read a code at a gate at a moment, with the answer it was given.

    `gate` is as sent: it may have been deleted, or never have been ours. `code` is kept only when it is no
    ticket of ours, and as a digest when it has not even the form of one. `status` stored | quarantined.
    Index `scan_gate` on (gate, scanned_at) by a written migration.
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

    scan_once = Unique([device, seq])


class TicketState(Table, tablename="ticket_state"):
    """Where a ticket is and what it has opened: the fold of its scans as `attendance.verdict.State`."""

    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict, primary_key=True)
    body: JSONB = JSONB()
    inside_venue: UUID = UUID(null=True, default=None, index=True)
    inside_gate: UUID = UUID(null=True, default=None)


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
