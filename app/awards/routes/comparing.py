"""The JSON API of rounds of pairs and of ranks: what a judge says of two entries, and in which order it puts all."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.awards.routes.scoring import ROUND, Seen, revision
from app.awards.scoring import orders, pairs
from app.awards.scoring.desk import Desk, desk
from app.awards.scoring.orders import Order
from app.awards.scoring.pairs import Comparing, Pair, ordered
from app.core.errors import NotFound
from app.core.web.pages import UNKEPT
from app.core.web.request import Request


class PairOut(Struct, frozen=True):
    """Two entries, and which is better; with `compared` and no `better` neither is."""

    first: UUID
    second: UUID
    compared: bool
    better: UUID | None


class PairsOut(Struct, frozen=True):
    """A judge's pairs in the order in which they are best compared."""

    done: int
    all: int
    pairs: list[PairOut]


class BetterIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of two entries is better; null when neither is."""

    better: UUID | None


class OrderIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All entries of a judge, the best first; with `submit` the order counts from now on."""

    entries: Annotated[list[UUID], Meta(max_length=2000)]
    submit: bool = False


class OrderOut(Struct, frozen=True, kw_only=True):
    """A judge's order as it is stored; entries assigned since stand at its end."""

    entries: list[UUID]
    revision: int
    saved_at: dt.datetime | None
    submitted_at: dt.datetime | None


async def _desk(request: Request, award: str, round_id: UUID, method: str) -> Desk:
    """Return the desk of a judge in a round of this method. Raises `NotFound`."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    if sitting.round.method != method:
        raise NotFound
    return sitting


@get(f"{ROUND}/pairs", tags=["awards"])
async def list_pairs(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[PairsOut]:
    """List your pairs, with what you have said of them."""
    found = await pairs.comparing(await _desk(request, award, round_id, "pairs"))
    out = PairsOut(found.done, len(found.pairs), [_pair(found, one) for one in found.pairs])
    return Response(out, headers=UNKEPT)


def _pair(found: Comparing, pair: Pair) -> PairOut:
    kept = ordered(*pair)
    return PairOut(*pair, kept in found.said, found.said.get(kept))


@put(f"{ROUND}/pairs/{{first:uuid}}/{{second:uuid}}", tags=["awards"])
async def put_pair(
    request: Request,
    *,
    award: FromPath[str],
    round_id: FromPath[UUID],
    first: FromPath[UUID],
    second: FromPath[UUID],
    data: JSONBody[BetterIn],
) -> Response[PairOut]:
    """Say which of two of your entries is better, in place of what you said before. Their order does not matter."""
    sitting = await _desk(request, award, round_id, "pairs")
    await pairs.compare(sitting=sitting, pair=(first, second), better=data.better, now=request.now)
    return Response(PairOut(first, second, True, data.better), headers=UNKEPT)  # noqa: FBT003  # it is compared now


@get(f"{ROUND}/order", tags=["awards"])
async def get_order(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[OrderOut]:
    """Show your order of the entries; its ETag is the revision that a change is made from."""
    return _answer(await orders.order(await _desk(request, award, round_id, "ranks")))


@put(f"{ROUND}/order", tags=["awards"])
async def put_order(
    request: Request,
    *,
    award: FromPath[str],
    round_id: FromPath[UUID],
    data: JSONBody[OrderIn],
    if_match: Seen = "",
) -> Response[OrderOut]:
    """Keep your order, made from the revision in If-Match ("0" for a new one). The same again changes nothing.

    It names each of your entries once. One made from an older revision is refused with 409.
    """
    sitting, seen = await _desk(request, award, round_id, "ranks"), revision(if_match)
    await orders.keep(
        sitting=sitting,
        entries=data.entries,
        seen=seen,
        submit=data.submit,
        principal=request.scope["user"],
        now=request.now,
    )
    return _answer(await orders.order(sitting))


def _answer(found: Order) -> Response[OrderOut]:
    out = OrderOut(
        entries=list(found.entries),
        revision=found.revision,
        saved_at=found.saved_at,
        submitted_at=found.submitted_at,
    )
    return Response(out, headers={**UNKEPT, "etag": f'"{found.revision}"'})


HANDLERS: list[Any] = [list_pairs, put_pair, get_order, put_order]
