"""Who goes on into the next round."""

from uuid import UUID

from app.awards.deciding.minutes import decision
from app.awards.entering import field
from app.awards.reach import RoundRef


async def carried(found: RoundRef) -> list[UUID]:
    """Return the entries that go on from a round by number, as the decision that stands says and its carry rule.

    all: everybody who was in it; passed: whoever has a place; best: places up to `carry_count`, and whoever shares the
    last of them. Nobody before anything was decided. Only a released result makes it so: who asks looks for that.
    """
    decided = await decision(found)
    if decided is None:
        return []
    competing = [one.id for one in await field.in_round(found)]
    if found.carry == "all":
        return competing
    placed = dict(decided.decision.places)
    last = found.carry_count if found.carry == "best" else len(competing)
    return [entry for entry in competing if placed.get(entry, last + 1) <= last]
