"""New codes for tickets that have one: the code before opens nothing from then on."""

from app.core.db import fetch
from app.ticketing.errors import LastCode
from app.ticketing.life.party import Held, Party
from app.ticketing.tickets import code_digest, code_of, unsigned

LAST = 255
"""The generation of a code is one byte."""

_RENEW = "UPDATE ticket SET generation = $2, code_digest = $3 WHERE id = $1"


async def renew(party: Party, ticket: Held) -> None:
    """Give a locked ticket the code of the next generation; raises `LastCode` when there is none."""
    if ticket.generation >= LAST:
        raise LastCode
    await fetch(_RENEW, ticket.id, ticket.generation + 1, _digest(party, ticket, ticket.generation + 1))


def _digest(party: Party, ticket: Held, generation: int) -> bytes:
    return code_digest(
        code_of(
            scope=party.number,
            product=ticket.number,
            serial=unsigned(ticket.serial),
            generation=generation,
            kid=ticket.kid,
        )
    )
