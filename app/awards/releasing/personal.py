"""What the public vote holds about persons: which entry a ticket of theirs votes for."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from app.core.db import fetch
from app.core.i18n import gettext_lazy
from app.core.retention import EVERY_HOUR, Kept, deletes, keeps
from app.people.holders import File

_BALLOTS = """
SELECT t.person, b.ticket, a.slug AS award, b.round, b.entry, b.cast_at FROM ballot b JOIN ticket t ON t.id = b.ticket
JOIN award_round r ON r.id = b.round JOIN award_category g ON g.id = r.category JOIN award a ON a.id = g.award
WHERE t.person = ANY($1::uuid[]) ORDER BY b.cast_at
"""


async def export(persons: Sequence[UUID]) -> list[File]:
    """Return the ballots of persons' tickets."""
    return [File("award_votes.json", [dict(row) for row in await fetch(_BALLOTS, list(persons))])]


async def erase(persons: Sequence[UUID], now: dt.datetime) -> None:  # noqa: ARG001  # as every part of a holder
    """Forget how persons vote; what a result has counted stays counted, without them."""
    await fetch(
        "DELETE FROM ballot WHERE ticket IN (SELECT id FROM ticket WHERE person = ANY($1::uuid[]))", list(persons)
    )


keeps(
    Kept(
        purpose="ballots",
        what=gettext_lazy("Which entry each ticket voted for, from the release of the result"),
        how=gettext_lazy("deleted; the counts stay"),
        days=30,
        least=1,
        most=365,
        find="""
            SELECT b.id FROM ballot b JOIN award_release w ON w.round = b.round WHERE w.approved_at < $1
        """,
        forget=deletes("ballot"),
        minutes=EVERY_HOUR,
    )
)
