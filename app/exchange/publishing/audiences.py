"""Who reads what: the condition on the rows of the log. What it leaves out is not there, whatever is asked. Pure."""

import hashlib
from collections.abc import Callable
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.exchange.schemas import AgreementRef


class Reader(Struct, frozen=True):
    """Everybody, or a partner city under an agreement that is valid."""

    audience: Literal["public", "partner"] = "public"
    partner: UUID | None = None
    agreement: AgreementRef | None = None


PUBLIC = Reader()


class Selection(Struct, frozen=True, kw_only=True):
    """Which part of what a reader may have: of a convention, an event, an organiser, at a venue, all if empty.

    `partner` selects the events of that partner city, which the public gets in no other selection.
    """

    convention: UUID | None = None
    event: UUID | None = None
    organiser: UUID | None = None
    venue: UUID | None = None
    partner: UUID | None = None


EVERYTHING = Selection()


def under(agreement: AgreementRef) -> Reader:
    """Return a partner as a reader under its agreement."""
    return Reader("partner", agreement.partner, agreement)


def condition(reader: Reader, selection: Selection, first: int = 1) -> tuple[str, list[object]]:
    """Return SQL about a `publication p`, and its values, which are `$first` and the following."""
    values: list[object] = []

    def mark(value: object) -> str:
        values.append(value)
        return f"${first + len(values) - 1}"

    parts = [_may_have(reader, mark, of_partners=selection.partner is not None)]
    for column in Selection.__struct_fields__:
        wanted = getattr(selection, column)
        if wanted is not None:
            parts.append(f"p.{column} = {mark(wanted)}")
    return " AND ".join(parts), values


def _may_have(reader: Reader, mark: Callable[[object], str], *, of_partners: bool) -> str:
    if reader.agreement is None:
        return f"p.audience = 'public' AND p.kind {'=' if of_partners else '<>'} 'card'"
    scopes = mark(list(reader.agreement.publishes.scopes))
    ours = f"p.kind <> 'card' AND p.audience = 'public' AND p.scope = ANY({scopes})"
    if not reader.agreement.publishes.partners:
        return ours
    me = mark(reader.partner)
    # Nobody gets back what it told us itself: it would be there twice, and come round again.
    theirs = f"p.kind = 'card' AND p.audience = 'partner' AND p.partner <> {me} AND NOT {me} = ANY(p.told_by)"
    return f"(({ours}) OR ({theirs}))"


def fingerprint(reader: Reader, selection: Selection, left_out: str) -> str:
    """Return what changes when a reader may have another part of the log, other than by a change of its rows.

    `left_out` names the rows that it may not have because it told us of them itself.
    """
    publishes = reader.agreement.publishes if reader.agreement else None
    named = repr((reader.audience, reader.partner, publishes, selection, left_out))
    return hashlib.sha256(named.encode()).hexdigest()[:12]
