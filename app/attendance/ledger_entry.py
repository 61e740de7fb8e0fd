"""One entry of the attendance ledger, as the counting rules read it. Pure: no table, no clock.

An entry carries its own snapshot of scope, schedule, role and residence, so that the ledger alone gives the same figure
for ever: after the programme has changed, after a ticket has changed hands, after every name has been erased.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

Kind = Literal["scan", "manual", "presence", "import", "void", "merge", "split", "residence", "role"]
EvidenceClass = Literal["A", "B", "C", "D", "E", "F", "G"]
Scope = Literal["core", "linked", "out"]
Mode = Literal["on_site", "online"]


class Evidence(Struct, frozen=True, kw_only=True):
    """A fact about a person's attendance, or a correction of earlier entries. All times are aware.

    What the appender vouches for, because it cannot be read from an entry: a `scan` was admitted at a gate of the event
    within opening hours; a `presence` or `import` interval was measured live (a replay is never written here) and has
    been closed; the person is the one that identity linking had settled on at that moment.

    Facts (`scan`, `manual`, `presence`, `import`):
        scheduled_at: scheduled start of the session, or of the event-day for a gate scan. It alone decides the fiscal
            year and the event-day, so a device with a wrong clock moves nothing.
        scheduled_minutes: scheduled length of the session.
        starts_at, ends_at: the measured interval, equal for a scan.
        residence: ISO 3166-1 alpha-2 as declared when the entry was written; None means never declared.
        other: on a `presence` or `import`, the partner of a one-to-one meeting; the interval is then this person's own
            stay, and only the time shared with the partner's stay in the same session is participation.
        operator, reason: required for `manual` and for class E (who reviewed the match, and why it holds).

    Corrections take effect whatever their place in the input; the position says what they may speak of (earlier
    entries only):
        void: takes out the entry at position `subject`, of any kind; voiding a void brings the entry back.
        merge: `person` and `other` are one natural person, transitively.
        split: undoes the merge at position `subject`.
        residence: the person's usual residence is `residence` (None: not known after all).
        role: the person's role is `role`; with a `ticket`, for the facts of that ticket only.
        A residence or role entry with `scheduled_at` speaks of that fiscal year only, without it of every year.
    """

    position: int
    kind: Kind
    evidence_class: EvidenceClass
    recorded_at: datetime
    person: UUID
    role: str
    ticket: UUID | None = None
    event: UUID | None = None
    session: UUID | None = None
    scope: Scope | None = None
    mode: Mode | None = None
    scheduled_at: datetime | None = None
    scheduled_minutes: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    residence: str | None = None
    subject: int | None = None
    other: UUID | None = None
    operator: str | None = None
    reason: str | None = None
