"""Who has a tie to what in a round: those judges are out of the room."""

from collections.abc import Iterable
from uuid import UUID

from app.awards.conflicts.recusals import forbidden
from app.awards.reach import RoundRef

Ties = dict[UUID, frozenset[UUID]]
"""Entry to the judges who have a tie to it; entries without any are not there."""


async def tied(found: RoundRef, entries: Iterable[UUID]) -> Ties:
    """Return the ties to entries of a round: recusals, and proposals nobody has decided."""
    wanted, made = set(entries), dict[UUID, set[UUID]]()
    for entry, judge in await forbidden(found):
        if entry in wanted:
            made.setdefault(entry, set()).add(judge)
    return {entry: frozenset(judges) for entry, judges in made.items()}


def ties_of(judge: UUID, ties: Ties) -> bool:
    """Whether a judge has a tie to any of the entries."""
    return any(judge in judges for judges in ties.values())
