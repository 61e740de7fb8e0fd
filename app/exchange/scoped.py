"""Partner cities as the scope of an account names them."""

import msgspec

from app.core.db import fetch
from app.people.roles import Scope
from app.people.scopes import SOURCES, Choice

_PARTNERS = "SELECT id, name FROM partner WHERE $1::uuid[] IS NULL OR id = ANY($1) ORDER BY slug"


async def partners(reach: Scope) -> list[Choice]:
    """Return the partner cities within `reach`; who is bound to rows of another kind reaches none."""
    if reach.partners is None and reach.named():
        return []
    words = msgspec.json.Decoder(dict[str, str]).decode
    return [Choice(row["id"], words(row["name"])) for row in await fetch(_PARTNERS, reach.partners)]


SOURCES["partners"] = partners
