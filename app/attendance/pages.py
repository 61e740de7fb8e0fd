"""Pages of the gate and of the online room."""

from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.attendance import presence, queries, scans
from app.attendance.reasons import WORDS, reason_text, scanner_words
from app.attendance.routes import BEAT_SECONDS
from app.attendance.schemas import Receipt, TypedCode
from app.core.errors import FieldError, Invalid
from app.core.validation import check
from app.core.web.pages import page, see_other
from app.core.web.request import Request

SIGNS = {"admitted": "✓", "refused": "×", "warning": "!"}
MOST_WAIT = 60
"""Seconds after which a waiting room looks again."""


@get("/gate", include_in_schema=False)
async def choose_gate(request: Request) -> Response[str]:
    """Show the gates of this account."""
    lines = await queries.gates_of(request.scope["user"], now=request.now)
    events = [list(gates) for _event, gates in groupby(lines, key=lambda line: line.event_id)]
    return page(request, "attendance/gates.html", events=events)


@get("/gate/{gate:uuid}", include_in_schema=False)
async def gate_page(request: Request, gate: FromPath[UUID]) -> Response[str]:
    """Show the scanner of a gate; it takes typed codes even without scripts."""
    return await _gate_page(request, gate)


@post("/gate/{gate:uuid}", include_in_schema=False, status_code=200)
async def type_code(request: Request, gate: FromPath[UUID]) -> Response[str]:
    """Take a typed code and show the verdict."""
    await queries.gate_page(gate, request.scope["user"])
    # Not by `read_form`: it strips, and a blank may be the last letter of a code.
    form = await request.form()
    raw = {name: str(form[name]) for name in ("code", "direction", "form") if form.get(name)}
    try:
        typed = check(raw, TypedCode)
    except Invalid as error:
        return await _gate_page(request, gate, errors=error.errors, typed=raw, status=422)
    receipt = await scans.record_typed(
        gate=gate,
        code=typed.code.strip("\r\n\t"),
        direction=typed.direction,
        form=typed.form,
        principal=request.scope["user"],
        now=request.now,
    )
    return await _gate_page(request, gate, receipt=receipt, typed={"direction": typed.direction})


async def _gate_page(
    request: Request,
    gate: UUID,
    *,
    receipt: Receipt | None = None,
    errors: list[FieldError] | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    return page(
        request,
        "attendance/gate.html",
        status=status,
        shown=await queries.gate_page(gate, request.scope["user"]),
        receipt=receipt,
        kind=_kind(receipt),
        sign=SIGNS.get(_kind(receipt), ""),
        words=WORDS,
        messages=scanner_words(),
        reason_text=reason_text,
        errors=errors or [],
        typed={"direction": "entry", "code": "", **(typed or {})},
    )


def _kind(receipt: Receipt | None) -> str:
    if receipt is None:
        return ""
    return "warning" if receipt.status == "quarantined" else receipt.verdict


@get("/join/{token:str}", include_in_schema=False)
async def show_door(request: Request, token: FromPath[str]) -> Response[str]:
    """Show what a join link opens, with a button; looking counts nothing, mail scanners look too."""
    room = await presence.room(token)
    return page(request, "attendance/join.html", room=room, token=token, over=request.now >= room.ends_at)


@post("/join/{token:str}", include_in_schema=False)
async def enter(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Go in; time is measured from the first beat of the room's page."""
    await presence.enter(token=token, now=request.now)
    return see_other(f"/room/{token}")


@get("/room/{token:str}", include_in_schema=False)
async def room(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the room: waiting before the session starts, measuring presence while it runs."""
    found = await presence.room(token)
    left = (found.starts_at - request.now).total_seconds()
    return page(
        request,
        "attendance/room.html",
        room=found,
        token=token,
        beat_seconds=BEAT_SECONDS,
        waiting=left > 0,
        over=request.now >= found.ends_at,
        look_again=max(1, min(MOST_WAIT, int(left) + 1)),
    )


HANDLERS: list[Any] = [choose_gate, gate_page, type_code, show_door, enter, room]
