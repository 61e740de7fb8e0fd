"""What comes in and goes out about doubles and corrections."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.core.validation import Name

Decision = Literal["same", "different"]
State = Literal["open", "decided", "automatic"]
CorrectionKind = Literal["void", "merge", "split", "residence", "role"]
Said = Name
"""One line that is kept for ever: why, or what it rests on. It names nobody."""
Position = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class DecisionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer decides about two people, and why."""

    decision: Decision
    reason: Said
    csrf: str = ""


class UndoIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a decision is taken back."""

    reason: Said
    csrf: str = ""


class CorrectionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A correction of the ledger. `reason` says why, `evidence` what it rests on; both stay for ever, without names.

    void, split: `position` is the entry. merge: `other` is the same person. residence: `residence` ISO 3166-1 alpha-2,
    None for not known after all. role: `role`, for one `ticket` or for all. `fiscal_year` narrows the last two to a
    year. `form` was drawn when the form was shown: sent twice, it makes one entry.
    """

    kind: CorrectionKind
    person: UUID
    reason: Said
    evidence: Said
    position: Position | None = None
    other: UUID | None = None
    residence: str | None = None
    role: str | None = None
    ticket: UUID | None = None
    fiscal_year: Annotated[int, Meta(ge=2000, le=2200)] | None = None
    form: UUID | None = None
    csrf: str = ""


class Appended(Struct, frozen=True):
    """Where a correction stands in the ledger."""

    position: int


class DoubleOut(Struct, frozen=True):
    """Two pseudonyms that may be one person. `days` it has waited, or had waited when it was decided.

    `reasons` speak for it, `doubts` against; `position` of its merge in the ledger.
    """

    id: UUID
    first: UUID
    second: UUID
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    automatic: bool
    found_at: dt.datetime
    days: int
    decision: Decision | None = None
    operator: str | None = None
    reason: str = ""
    decided_at: dt.datetime | None = None
    position: int | None = None


class Doubles(Struct, frozen=True):
    """A page of them, the oldest first; `next` is the cursor of the page after."""

    doubles: list[DoubleOut]
    next: str | None = None


class Registered(Struct, frozen=True):
    """A ticket of somebody, with what was declared for it; the details are gone when the person was erased."""

    at: dt.datetime
    ticket_type: dict[str, str]
    state: str
    residence: str | None
    name: str = ""
    reading: str = ""
    organisation: str = ""


class EntryOut(Struct, frozen=True):
    """An entry of the ledger about somebody. `stands` unless it was voided or, for a merge, split."""

    position: int
    kind: str
    evidence_class: str
    recorded_at: dt.datetime
    person: UUID
    ticket: UUID | None
    event: dict[str, str]
    mode: str | None
    scheduled_at: dt.datetime | None
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    role: str
    residence: str | None
    subject: int | None
    other: UUID | None
    operator: str | None
    reason: str | None
    stands: bool


class Side(Struct, frozen=True):
    """One of the two: who it is, what was registered, and the evidence of the ledger (the newest of it)."""

    person: UUID
    erased: bool
    name: str = ""
    reading: str = ""
    organisation: str = ""
    email: str = ""
    residence: str | None = None
    registered: list[Registered] = []
    evidence: list[EntryOut] = []
    entries: int = 0


class Opened(Struct, frozen=True):
    """Two people side by side."""

    double: DoubleOut
    sides: tuple[Side, Side]
