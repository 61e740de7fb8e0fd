"""The signed heads of the ledger, for whoever wants to hold us to them."""

import datetime as dt
from typing import Annotated, Any

from litestar import get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from app.attendance import heads
from app.core.web.request import Request

FIRST_DAY = dt.date(2000, 1, 1)
LONGEST_PAGE = 1000


class SignedHead(Struct, frozen=True):
    """The ledger at the end of a day in Japan; `digest` and `signature` in hex."""

    day: dt.date
    position: int
    digest: str
    kid: int
    signature: str
    signed_at: dt.datetime


class SignedHeads(Struct, frozen=True):
    """Heads in order. A signature (Ed25519) covers `prefix` and the JSON array of day, position and digest."""

    algorithm: str
    public_key: str
    prefix: str
    heads: list[SignedHead]


@get("/api/v1/ledger/heads", tags=["KPI"])
async def show_heads(
    request: Request,  # noqa: ARG001
    since: FromQuery[dt.date] = FIRST_DAY,
    limit: Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE)] = LONGEST_PAGE,
) -> SignedHeads:
    """List the signed heads of the attendance ledger from a day on: keep them, and nobody can rewrite the past."""
    return SignedHeads(
        algorithm="Ed25519",
        public_key=heads.public_key().hex(),
        prefix=heads.PREFIX.decode(),
        heads=[
            SignedHead(head.day, head.position, head.digest.hex(), head.kid, head.signature.hex(), head.signed_at)
            for head in await heads.listed(since=since, limit=limit)
        ],
    )


HANDLERS: list[Any] = [show_heads]
