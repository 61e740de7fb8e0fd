"""What conflicts hold about entrants: the names that met, and what was written of them. It goes with the person.

It is in nobody's copy of his data: it would tell an entrant of judges.
"""

from collections.abc import Sequence
from uuid import UUID

from app.awards.conflicts import keeping
from app.awards.conflicts.schemas import Evidence
from app.core.db import fetch

_FORGET = """
UPDATE conflict SET sealed = $2 WHERE entry IN (
    SELECT entry FROM entry_member WHERE person = ANY($1::uuid[])
    UNION SELECT id FROM award_entry WHERE nominator = ANY($1::uuid[]))
"""


async def erase(persons: Sequence[UUID]) -> None:
    """Forget what ties to the entries of these persons rest on; the ties and what was decided stay."""
    await fetch(_FORGET, list(persons), keeping.sealed(Evidence()))
