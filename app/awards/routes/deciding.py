"""The ranking of a round as JSON."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from app.awards.deciding.lines import Ranking
from app.awards.deciding.scores import ranking
from app.awards.deciding.seeing import seen
from app.core.web.pages import UNKEPT
from app.core.web.request import Request


@get("/api/v1/awards/{award:str}/rounds/{round_id:uuid}/ranking", tags=["Awards"])
async def show_ranking(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Ranking]:
    """Return raw and calibrated scores, intervals, chances of the best places, and what would change the order.

    For the secretary once the round has opened; for officers and for the panel's chair once it is over.
    """
    found = await seen(award=award, round_id=round_id, principal=request.scope["user"], now=request.now)
    return Response(await ranking(found.round, now=request.now), headers=UNKEPT)


HANDLERS: list[Any] = [show_ranking]
