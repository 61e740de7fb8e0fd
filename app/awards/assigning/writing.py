"""The only place that writes assignments: it turns what stands into what shall stand, under the lock of the round."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.awards.assigning import letters
from app.awards.assigning.asked import Panels
from app.awards.assigning.ground import Ground
from app.core.db import fetch

_TAKE_BACK = """
UPDATE assignment a SET removed_at = $3, removed_for = $4
FROM unnest($1::uuid[], $2::uuid[]) AS gone (entry, judge)
WHERE a.round = $5 AND a.entry = gone.entry AND a.judge = gone.judge AND a.removed_at IS NULL
"""
_ADD = """
INSERT INTO assignment (id, round, entry, judge, source, made_at)
SELECT gen_random_uuid(), $1, entry, judge, $4, $5 FROM unnest($2::uuid[], $3::uuid[]) AS new (entry, judge)
ORDER BY judge, entry
"""
"""In this order, as the trigger locks each pair: two that write the same pairs must not wait for each other."""


class Change(Struct, frozen=True):
    """How many pairs were added and taken back."""

    added: int
    removed: int


async def let_stand(
    known: Ground, panels: Panels, *, source: str, reason: str, now: dt.datetime, stamp: str = ""
) -> Change:
    """Make the panels of these entries what is given; entries not named keep theirs, those out of the field lose them.

    `source` is solved | manual | file, `reason` is kept with what is taken back. The caller holds `ground.locked`.
    Who gets something new is promised a mail, one for each `stamp`; without one it is the day.
    """
    field = {one.id for one in known.entries}
    wanted = {(entry, judge) for entry, panel in panels.items() for judge in panel}
    stands = {(one.entry, one.judge) for one in known.standing if one.entry in panels or one.entry not in field}
    gone, new = sorted(stands - wanted), sorted(wanted - stands)
    await fetch(_TAKE_BACK, *_columns(gone), now, reason, known.round.id)
    await fetch(_ADD, known.round.id, *_columns(new), source, now)
    judges = sorted({judge for _, judge in new})
    await letters.promise(known.round, judges, stamp=stamp or f"{now:%Y-%m-%d}", now=now)
    return Change(len(new), len(gone))


def _columns(pairs: list[tuple[UUID, UUID]]) -> tuple[list[UUID], list[UUID]]:
    return [entry for entry, _ in pairs], [judge for _, judge in pairs]
