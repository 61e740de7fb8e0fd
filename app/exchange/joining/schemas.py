"""Cards, differences and proposals as they go out, and what officers decide as it comes in."""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.exchange.classes import Shown
from app.exchange.joining.cards import Choosable
from app.exchange.joining.deciding import Decision
from app.exchange.joining.differing import Field
from app.exchange.schemas import Words

Kind = Literal["difference", "proposal"]
Revision = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class TellingOut(Struct, frozen=True, kw_only=True):
    """What one source tells of an event, as far as the reader may see it, and when it last changed.

    Whole days have `first_day` and `last_day` (included). `copied` from another city; `ours` of our own programme, then
    without partner and source. `state` shown | missing | withdrawn | deleted. `language` is the one that its source is
    written in, "" for ours.
    """

    id: UUID
    partner: str
    name: Words
    source: str
    told_at: dt.datetime
    state: str
    copied: bool
    ours: bool
    starts_at: dt.datetime
    ends_at: dt.datetime
    first_day: dt.date | None
    last_day: dt.date | None
    zone: str
    language: str
    said: Shown


class DifferenceOut(Struct, frozen=True, kw_only=True):
    """A field told differently. `group` is what to choose to settle it, `chosen` the telling that was chosen."""

    field: Field
    group: Choosable
    chosen: UUID | None


class ProposalOut(Struct, frozen=True, kw_only=True):
    """Two tellings that may be one event. `one` is of the card that is looked at."""

    id: UUID
    score: float
    reasons: list[str]
    found_at: dt.datetime
    one: TellingOut
    other: TellingOut


class DecidedOut(Struct, frozen=True, kw_only=True):
    """Two tellings that were joined (`same`) or kept apart (`different`), `by_rule` or else by an officer.

    `other` came later than `one`; `card` is where it is now, `onto` where `one` is (None while an event of ours has no
    card). With a rule the only reason is same_uid | same_origin | same_url. Undone, a difference waits again, and what
    was joined is taken off by a split of `other`, as long as both are on one card.
    """

    id: UUID
    decision: Decision
    by_rule: bool
    score: float
    reasons: list[str]
    decided_at: dt.datetime
    card: UUID
    onto: UUID | None
    one: TellingOut
    other: TellingOut


class ExchangeCardOut(Struct, frozen=True, kw_only=True):
    """An event with everybody who tells of it. `owner` is the partner who answers for it, by slug; "" for nobody.

    `believed` names the telling whose value of each field counts. `alive` while its owner tells of it. `decided` is
    what was joined and kept apart so far, for the office, where it asks for a single card.
    """

    id: UUID
    revision: int
    alive: bool
    owner: str
    event: UUID | None
    believed: dict[str, UUID]
    tellings: list[TellingOut]
    differences: list[DifferenceOut]
    proposals: list[ProposalOut]
    decided: list[DecidedOut] = []


class ExchangeCards(Struct, frozen=True):
    """A page of cards; `next` is the cursor of the page after."""

    cards: list[ExchangeCardOut]
    next: str | None


class WaitingOut(Struct, frozen=True, kw_only=True):
    """What waits for an officer: fields that differ on a card, or two cards that may be one event."""

    kind: Kind
    card: UUID
    title: str
    starts_at: dt.datetime
    zone: str
    fields: list[Field]
    likeness: UUID | None
    score: float | None
    tellings: list[TellingOut]


class ExchangeConflicts(Struct, frozen=True):
    """A page of what waits; `next` is the cursor of the page after."""

    conflicts: list[WaitingOut]
    next: str | None


class LikenessDecisionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether two cards are one event."""

    decision: Decision


class ChoiceIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose value of a field counts; without a telling the owner's does again. `revision` is that of the card seen."""

    field: Literal["title", "time", "place", "status", "owner"]
    revision: Revision
    told_by: UUID | None = None


class SplitIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Which telling of a card is another event."""

    record: UUID
    revision: Revision


class SplitOut(Struct, frozen=True):
    """The card on which the other event is now."""

    card: UUID
