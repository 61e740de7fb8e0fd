"""The JSON API of scans and of a gate's figures."""

import datetime as dt
from typing import Any
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from litestar.types import HTTPScope

from app.attendance.board import status
from app.attendance.packs import build
from app.attendance.scanning import scans
from app.attendance.schemas import GateStatus, Receipt, ScansIn, ScansOut
from app.core.web.request import Request
from app.core.web.short import ShortWay
from app.people.guard import bearer_of

UPLOAD = "POST /api/v1/scans"
_uploads = msgspec.json.Decoder(ScansIn)


@post("/api/v1/scans", status_code=200, tags=["gates"])
async def upload_scans(request: Request, data: JSONBody[ScansIn]) -> ScansOut:
    """Upload 1 to 1,000 scans of the device behind the token; one scan on line is a list of one.

    Every scan is answered by a receipt and may then leave the device. Sending a scan again changes nothing and gives
    the first answer again.
    """
    receipts = await scans.record(
        scans=data.scans, principal=request.scope["user"], now=request.now, sent_at=data.sent_at
    )
    return _answer(data, receipts, request.now)


async def upload_in_short(scope: HTTPScope, body: bytes, now: dt.datetime) -> bytes | None:
    """Answer an upload of a device as `upload_scans` does, None when something about it is not in order."""
    principal = await bearer_of(scope, UPLOAD, now)
    if principal is None or principal.device is None:
        return None
    try:
        data = _uploads.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    receipts = await scans.record(scans=data.scans, principal=principal, now=now, sent_at=data.sent_at)
    return msgspec.json.encode(_answer(data, receipts, now))


def _answer(data: ScansIn, receipts: list[Receipt], now: dt.datetime) -> ScansOut:
    """Return the receipts, and the number of the newest pack of the gate where the phone stands now."""
    return ScansOut(receipts=receipts, server_time=now, pack_number=build.newest(data.scans[-1].place))


@get("/api/v1/gates/{gate:uuid}/status", tags=["gates"])
async def gate_status(request: Request, gate: FromPath[UUID]) -> GateStatus:
    """Return today's figures of a gate: people inside its venue, entries, refusals by reason, devices."""
    return await status.gate_status(gate, request.scope["user"], now=request.now)


HANDLERS: list[Any] = [upload_scans, gate_status]
SHORT_WAYS: dict[str, ShortWay] = {UPLOAD: upload_in_short}
