"""Who may see what the votes of a round say, and when."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.awards import reach
from app.awards.deciding.ties import tied, ties_of
from app.awards.entering import field
from app.awards.reach import RoundRef
from app.awards.scoring.sheets import is_over
from app.awards.setting.panels import panel
from app.core.errors import NotFound
from app.people.roles import Principal

Sight = Literal["secretary", "officer", "chair"]


class Seen(Struct, frozen=True):
    """A round whose ranking somebody may see; a chair sees entries by number alone."""

    round: RoundRef
    sight: Sight

    @property
    def writes(self) -> bool:
        """Whether the reader keeps the minutes."""
        return self.sight != "chair"


async def seen(*, award: str, round_id: UUID, principal: Principal, now: dt.datetime) -> Seen:
    """Return a round for whoever may see its ranking; everybody else gets `NotFound`.

    The secretary from its opening on; officers and the panel's chair once nothing is judged any more. A chair with a
    tie to any entry of the round does not: the order of all others would tell where that entry stands.
    """
    found = await reach.round_of(round_id, principal)
    if found.award.slug != award or found.rules is None:
        raise NotFound
    if principal.role == "secretary":
        return Seen(found, "secretary")
    if principal.role == "judge":
        judge = await reach.judge(found.award.id, principal)
        if not await leads(found, judge.id, now):
            raise NotFound
        return Seen(found, "chair")
    if not is_over(found, now):
        raise NotFound
    return Seen(found, "officer")


async def leads(found: RoundRef, judge: UUID, now: dt.datetime) -> bool:
    """Whether a judge chairs the panel of a round that is over, and has no tie to any of its entries.

    Asks the database nothing while the round goes on.
    """
    if not is_over(found, now) or judge not in {seat.judge for seat in await panel(found.id) if seat.chair}:
        return False
    return not ties_of(judge, await tied(found, [one.id for one in await field.in_round(found)]))
