"""Pages of the gate."""

from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.attendance import queries
from app.attendance.door import residence
from app.attendance.judging.reasons import WORDS, reason_text, scanner_words
from app.attendance.pages.screen_words import SCREEN
from app.attendance.scanning import scans
from app.attendance.schemas import Receipt, TypedCode
from app.core.errors import FieldError, Invalid
from app.core.validation import check
from app.core.web.pages import page
from app.core.web.request import Request
from app.ticketing.pages.form_view import residence_options

SIGNS = {"admitted": "✓", "refused": "×", "warning": "!"}


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
    shown = await queries.gate_page(gate, request.scope["user"])
    return page(
        request,
        "attendance/gate.html",
        status=status,
        shown=shown,
        walk_in_types=await queries.walk_in_types(shown.gate.event, now=request.now),
        residences=residence_options(""),
        frequent=await residence.frequent(gate, now=request.now),
        receipt=receipt,
        kind=_kind(receipt),
        sign=SIGNS.get(_kind(receipt), ""),
        words=WORDS,
        messages={**scanner_words(), **{key: str(words) for key, words in SCREEN.items()}},
        reason_text=reason_text,
        errors=errors or [],
        typed={"direction": "entry", "code": "", **(typed or {})},
    )


def _kind(receipt: Receipt | None) -> str:
    if receipt is None:
        return ""
    return "warning" if receipt.status == "quarantined" else receipt.verdict


HANDLERS: list[Any] = [choose_gate, gate_page, type_code]
