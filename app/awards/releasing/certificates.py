"""The certificate of a winner: what the released result says, proved by an address that anybody can open.

Its code names release and entry and proves that we made it. Before the release it leads nowhere.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.awards.reach import RoundRef, any_round
from app.awards.releasing.released import by_id
from app.awards.schemas import ResultLine
from app.core.errors import NotFound
from app.core.settings import settings
from app.core.signing import capability, open_capability

PURPOSE = "award-certificate"


class Certificate(Struct, frozen=True):
    """A winner's line, with the round it was won in."""

    round: RoundRef
    line: ResultLine
    released_at: dt.datetime

    @property
    def address(self) -> str:
        """Where anybody who has the certificate can check it."""
        return f"{settings().base_url}/award-certificates/{self.line.certificate}"


def code_of(release: UUID, entry: UUID) -> str:
    """Return the code of a winner's certificate."""
    return capability(PURPOSE, release, entry)


async def by_code(code: str) -> Certificate:
    """Return what a certificate certifies, or raise `NotFound`."""
    ids = open_capability(PURPOSE, code, 2)
    if ids is None:
        raise NotFound
    result = (await by_id(ids[0])).result
    line = next((one for one in result.winners if one.entry == ids[1]), None)
    if line is None:
        raise NotFound
    return Certificate(await any_round(result.round), line, result.released_at)
