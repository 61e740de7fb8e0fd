"""Pages on which leads look at odd scans and settle them."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery

from app.attendance import queries
from app.attendance.judging.reasons import reason_text
from app.attendance.scanning import settling
from app.attendance.scanning.settling import Settlement
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import who

DECISIONS = {
    "counted": gettext_lazy("It counts: the guest was there"),
    "dismissed": gettext_lazy("It does not count"),
    "seen": gettext_lazy("Seen, nothing to change"),
}
DONE = {"settled": gettext_lazy("Settled.")}


@get("/gate/odd", include_in_schema=False)
async def show_odd(request: Request, scan: FromQuery[int | None] = None) -> Response[str]:
    """Show the odd scans of this lead's gates, or one of them with a form."""
    if scan is not None:
        return await _one(request, scan)
    found = await settling.odd_scans(who(request))
    return page(request, "attendance/odd.html", headers=UNKEPT, scans=found, reason_text=reason_text, done_words=DONE)


@post("/gate/odd", include_in_schema=False, status_code=200)
async def settle_odd(request: Request) -> Response[Any]:
    """Settle one of them."""
    typed = await read_form(request)
    try:
        settlement = check(typed, Settlement)
        await settling.settle(settlement, principal=who(request), now=request.now)
    except Invalid as error:
        return await _one(request, _number(typed), errors=error.errors, typed=typed)
    return done("/gate/odd", "settled")


def _number(typed: dict[str, Any]) -> int:
    """Return the number of a scan from a form, 0, which no scan has, for anything else."""
    said = str(typed.get("scan", ""))
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0  # bigint


async def _one(
    request: Request, scan: int, *, errors: list[FieldError] | None = None, typed: dict[str, Any] | None = None
) -> Response[str]:
    principal = who(request)
    found = await settling.odd_scan(scan, principal)
    gates = await queries.gates_of(principal, now=request.now)
    return page(
        request,
        "attendance/odd_scan.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        scan=found,
        decisions=[(key, words) for key, words in DECISIONS.items() if key != "counted" or found.may_count],
        gates=[] if found.gate_name else [(str(gate.id), f"{text(gate.event)}: {text(gate.name)}") for gate in gates],
        reason_text=reason_text,
        errors=errors or [],
        typed={"decision": "", "reason": "", "gate": "", **(typed or {})},
    )


HANDLERS: list[Any] = [show_odd, settle_odd]
