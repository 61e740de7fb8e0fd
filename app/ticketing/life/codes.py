"""New codes for tickets that have one: the code before opens nothing from then on."""

import datetime as dt

from app.core.db import fetch
from app.ticketing import queries
from app.ticketing.errors import LastCode
from app.ticketing.life.party import Held, Party
from app.ticketing.tickets import code_digest, code_of, unsigned

LAST = 255
"""The generation of a code is one byte."""

_RENEW = "UPDATE ticket SET generation = $2, code_digest = $3, kid = $4 WHERE id = $1"


async def renew(party: Party, ticket: Held, *, now: dt.datetime) -> None:
    """Give a locked ticket the code of the next generation, by the key of today; raises `LastCode` after the last."""
    if ticket.generation >= LAST:
        raise LastCode
    generation, kid = ticket.generation + 1, await queries.kid(party.number, now)
    await fetch(_RENEW, ticket.id, generation, _digest(party, ticket, generation, kid), kid)


def _digest(party: Party, ticket: Held, generation: int, kid: int) -> bytes:
    return code_digest(
        code_of(
            scope=party.number,
            product=ticket.number,
            serial=unsigned(ticket.serial),
            generation=generation,
            kid=kid,
        )
    )
