"""What conflicts hand in and out."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.awards.conflict_match.ties import Tie
from app.awards.schemas import Texts
from app.core.validation import Line, Paragraph

Source = Literal["declared", "detected", "secretary"]
State = Literal["proposed", "confirmed", "dismissed"]
Reason = Annotated[Line, Meta(min_length=1)]


class Evidence(Struct, frozen=True, omit_defaults=True):
    """What `conflict.sealed` holds: the names that met, or what the judge or the secretary wrote."""

    judge: str = ""
    party: str = ""
    note: str = ""


class ConflictOut(Struct, frozen=True, kw_only=True):
    """A conflict without the names behind it; `score` above 0 to 1 for a detected one. `label` names the judge."""

    id: UUID
    judge: UUID
    pseudonym: str
    label: str
    entry: UUID
    number: int
    title: Texts
    source: Source
    tie: Tie
    state: State
    score: float | None
    found_at: dt.datetime
    decided_at: dt.datetime | None
    reason: str


class Conflicts(Struct, frozen=True):
    """The conflicts of a round, and how many judges have not yet declared for how many pairs."""

    conflicts: list[ConflictOut]
    undeclared: list["Undeclared"]


class Undeclared(Struct, frozen=True):
    """A judge of the panel, and the number of entries for which it has not declared."""

    judge: UUID
    pseudonym: str
    label: str
    entries: int


class Opened(Struct, frozen=True):
    """A conflict with what it rests on."""

    conflict: ConflictOut
    evidence: Evidence


class ConflictDecisionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Confirmed: the judge is recused for ever. Dismissed: there is no tie that matters, and why."""

    decision: Literal["confirmed", "dismissed"]
    reason: Reason


class AdditionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A tie that the secretary knows of; the judge is recused at once."""

    judge: UUID
    entry: UUID
    tie: Tie
    reason: Reason


class Party(Struct, frozen=True):
    """A member as a declaration shows it."""

    organisation: str
    person: str
    country: str


class Item(Struct, frozen=True):
    """What a judge ticks: an entry with its parties, or, while judging is blind, one party without its entry.

    `number` is that of the entry, None while judging is blind.
    """

    key: str
    parties: tuple[Party, ...]
    number: int | None = None


class Asked(Struct, frozen=True):
    """What a judge has to declare for. `list` names exactly this list: it is sent back with the declaration."""

    list: str
    blind: bool
    items: tuple[Item, ...]


class DeclarationIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A declaration: the keys of those to whom there is a tie, which tie and why; the others are declared free."""

    list: Annotated[str, Meta(max_length=64)]
    tied: tuple[Annotated[str, Meta(max_length=64)], ...] = ()
    tie: Tie = "other"
    note: Paragraph = ""


class Declared(Struct, frozen=True):
    """How many of the list were declared free; how many have a tie is not told while judging is blind."""

    asked: int


class SteppingBack(Struct, frozen=True, forbid_unknown_fields=True):
    """A tie that a judge sees only now, with the entry before it."""

    tie: Tie
    note: Annotated[Paragraph, Meta(min_length=1)]
