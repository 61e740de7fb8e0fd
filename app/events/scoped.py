"""Organisers and gates as the scope of an account names them."""

from typing import Any

import msgspec

from app.core.db import fetch
from app.people.roles import Scope
from app.people.scopes import SOURCES, Choice

_ORGANISERS = """
SELECT id, name FROM organiser WHERE $1::uuid[] IS NULL OR id = ANY($1) ORDER BY slug
"""

_GATES = """
SELECT g.id, g.name, e.title AS of, (c.last_day + 1)::timestamp AT TIME ZONE c.zone AS until
FROM gate g JOIN event e ON e.id = g.event JOIN convention c ON c.id = e.convention
WHERE ($1::uuid[] IS NULL OR g.id = ANY($1)) AND ($2::uuid[] IS NULL OR e.organiser = ANY($2))
ORDER BY c.first_day DESC, e.position, e.slug, g.position, g.id
"""


async def organisers(reach: Scope) -> list[Choice]:
    """Return the organisers within `reach`; who is bound to gates reaches none."""
    if reach.organisers is None and reach.gates is not None:
        return []
    return [Choice(row["id"], _words(row["name"])) for row in await fetch(_ORGANISERS, reach.organisers)]


async def gates(reach: Scope) -> list[Choice]:
    """Return the gates within `reach`, those of the newest convention first; needed until its last day is over."""
    rows = await fetch(_GATES, reach.gates, reach.organisers)
    return [Choice(row["id"], _words(row["name"]), _words(row["of"]), row["until"]) for row in rows]


def _words(raw: Any) -> dict[str, str]:
    return msgspec.json.decode(raw, type=dict[str, str])


SOURCES["organisers"] = organisers
SOURCES["gates"] = gates
