"""The JSON API of phones beside their scans: packs, and signs of life."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from app.attendance.packs import build, contact
from app.attendance.packs.contact import ContactIn, ContactOut
from app.core.web.request import Request

LONGEST = 16
"""Digits of a number."""
Number = Annotated[int, QueryParameter(ge=0, le=2**53 - 1)]


@get("/api/v1/gates/{gate:uuid}/pack", tags=["gates"], media_type="application/octet-stream")
async def gate_pack(request: Request, gate: FromPath[UUID], since: Number = 0) -> Response[bytes]:
    """Return all that a phone needs to judge tickets at this gate alone, signed; its format stands in `docs/adr/0031`.

    With `since`, the number of the pack it has, only what has changed, or 304 when nothing has.
    """
    known, principal = _known(request), request.scope["user"]
    built = await build.pack(gate=gate, since=since or None, known=known, principal=principal, now=request.now)
    headers = {"etag": f'"{built.number}"', "cache-control": "no-store"}
    media_type = "application/octet-stream"
    if built.content is None:
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers, media_type=media_type)
    return Response(built.content, headers=headers, media_type=media_type)


def _known(request: Request) -> int | None:
    """Return the number of the pack that the asker has, by its entity tag."""
    tag = request.headers.get("if-none-match", "").strip().strip('"')
    return int(tag) if tag.isascii() and tag.isdigit() and len(tag) <= LONGEST else None


@post("/api/v1/gates/{gate:uuid}/contact", status_code=200, tags=["gates"])
async def keep_contact(request: Request, gate: FromPath[UUID], data: JSONBody[ContactIn]) -> ContactOut:
    """Tell every three seconds that a phone is at work at this gate, and hear what the others there have done.

    A `pack_number` above its own means that there is a newer pack. `moves` are what the other phones of the event let
    in and out since the `moves_cursor` of the answer before (null: of the last twenty hours). A gate that was deleted
    answers as well.
    """
    return await contact.keep(gate=gate, said=data, principal=request.scope["user"], now=request.now)


HANDLERS: list[Any] = [gate_pack, keep_contact]
