"""What is held about judges: their profile and where they sit; given out, and cleared when their work is done."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.awards.setting.judges import opened
from app.core.db import fetch
from app.core.i18n import gettext_lazy
from app.core.retention import EVERY_HOUR, Kept, keeps
from app.people.holders import File

_ALONE = """
SELECT a.id FROM account a WHERE a.role = 'judge' AND a.address_key IN (
    SELECT d.address_key FROM person_details d WHERE d.person = ANY($1::uuid[])
) AND NOT EXISTS (
    SELECT FROM person_details o WHERE o.address_key = a.address_key AND o.person <> ALL($1::uuid[])
)
"""
"""Judges' accounts whose address belongs to these persons alone: what hangs on a shared one is not only theirs."""
_EXPORT = f"""
SELECT w.slug AS award, j.pseudonym, j.created_at, j.sealed, j.languages, j.topics,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('round', s.round, 'chair', s.chair, 'left_at', s.left_at)), '[]')
     FROM panel_seat s WHERE s.judge = j.id) AS seats
FROM judge j JOIN award w ON w.id = j.award WHERE j.account IN ({_ALONE}) ORDER BY j.created_at
"""
_AT_WORK = """
SELECT FROM panel_seat s JOIN award_round r ON r.id = s.round
WHERE s.judge = j.id AND s.left_at IS NULL AND r.state IN ('draft', 'open', 'closed')
"""
_DONE = f"SELECT j.id FROM judge j WHERE j.account IN ({_ALONE}) AND NOT EXISTS ({_AT_WORK})"
_CLEAR = "UPDATE judge SET sealed = '', languages = '[]', topics = '[]' WHERE id = ANY($1::uuid[])"
_PAST = f"""
SELECT j.id FROM judge j WHERE j.sealed <> '' AND NOT EXISTS ({_AT_WORK})
AND (SELECT max(r.closes_at) FROM award_round r JOIN award_category g ON g.id = r.category WHERE g.award = j.award)
    < $1
"""


async def export(persons: Sequence[UUID]) -> list[File]:
    """Return what is held about persons as judges."""
    rows = await fetch(_EXPORT, list(persons))
    lists = ("languages", "topics", "seats")
    judging = [
        {name: row[name] for name in ("award", "pseudonym", "created_at")}
        | {name: msgspec.json.decode(row[name]) for name in lists}
        | {"profile": msgspec.to_builtins(opened(row["sealed"]))}
        for row in rows
    ]
    return [File("judging.json", judging)]


async def erase(persons: Sequence[UUID], now: dt.datetime) -> None:
    """Empty the profiles of judges who have nothing left to judge.

    Until the results are released, what ties a judge to entries stays: whoever forgot it could judge a friend.
    """
    await clear([row["id"] for row in await fetch(_DONE, list(persons))], now)


async def clear(judges: Sequence[UUID], now: dt.datetime) -> None:  # noqa: ARG001  # a `Forget`
    """Empty profiles; recusals and what was judged stay, under the pseudonym."""
    await fetch(_CLEAR, list(judges))


keeps(
    Kept(
        purpose="judge-profiles",
        what=gettext_lazy("Profiles of judges, from the end of the last round of their award"),
        how=gettext_lazy("emptied; the number of the judge stays"),
        days=365,
        least=30,
        most=1825,
        find=_PAST,
        forget=clear,
        minutes=EVERY_HOUR,
    )
)
