"""The JSON API of counting walk-ups."""

from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath, JSONBody

from app.attendance.counting import taps
from app.attendance.counting.taps import TapsIn, TapsOut
from app.core.web.request import Request


@post("/api/v1/events/{event:uuid}/walk-ups", status_code=200, tags=["gates"])
async def upload_taps(request: Request, event: FromPath[UUID], data: JSONBody[TapsIn]) -> TapsOut:
    """Upload 1 to 1,000 taps of a booth's device; every tap is answered by a receipt and may then leave the device.

    Walk-ups are a line of their own: people who pass an open festival and say where they live, without a ticket.
    """
    receipts = await taps.record(event=event, taps=data.taps, principal=request.scope["user"], now=request.now)
    return TapsOut(receipts=receipts, server_time=request.now)


HANDLERS: list[Any] = [upload_taps]
