"""Awards as the scope of an account names them; whoever is invited to judge in one becomes a judge of it."""

import msgspec

from app.awards.setting.judges import welcome
from app.core.db import fetch
from app.people.invitations import ACCEPTED
from app.people.roles import Scope
from app.people.scopes import SOURCES, Choice

_AWARDS = """
SELECT a.id, a.title, c.title AS of FROM award a JOIN convention c ON c.id = a.convention
WHERE $1::uuid[] IS NULL OR a.id = ANY($1) ORDER BY c.first_day DESC, a.slug
"""


async def awards(reach: Scope) -> list[Choice]:
    """Return the awards within `reach`, those of the newest convention first; who is bound to others reaches none."""
    if reach.awards is None and (reach.organisers is not None or reach.gates is not None):
        return []
    words = msgspec.json.Decoder(dict[str, str]).decode
    return [Choice(row["id"], words(row["title"]), words(row["of"])) for row in await fetch(_AWARDS, reach.awards)]


SOURCES["awards"] = awards
ACCEPTED.append(welcome)
