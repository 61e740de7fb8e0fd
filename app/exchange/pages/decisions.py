"""What officers decide about events of partners that vanished, or whose titles say that they are canceled."""

from typing import Any, Literal

from litestar import Response, post
from litestar.params import FromPath
from msgspec import Struct

from app.core.errors import NotFound
from app.core.validation import check
from app.core.web.console import done
from app.core.web.request import Request
from app.events.errors import WrongState
from app.events.pages.frame import sent, who
from app.exchange.agreeing import reach, reports
from app.exchange.merging import deciding
from app.exchange.pages.frame import POSTED
from app.exchange.pages.sources import SOURCE, both, source_address, source_page


class Gone(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of events that are no longer in their feed."""

    decision: Literal["keep", "withdraw"]


class CalledOff(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an event is canceled whose title says so."""

    decision: Literal["cancel", "uphold"]


@post(f"{SOURCE}/held/{{vanishing:str}}", **POSTED)
async def decide_held(
    request: Request, partner: FromPath[str], source: FromPath[str], vanishing: FromPath[str]
) -> Response[Any]:
    """Keep or withdraw all that vanished at once."""
    city, found = await both(request, partner, source)
    key, wish = reach.needed(vanishing), check((await sent(request)).typed, Gone)
    if not await reports.is_of(found, vanishing=key):
        raise NotFound
    try:
        await deciding.decide_vanishing(vanishing=key, decision=wish.decision, by=who(request), now=request.now)
    except WrongState as error:
        return await source_page(request, city, found, refusal=error)
    return done(source_address(request, found), "decided")


@post(f"{SOURCE}/missing/{{event:str}}", **POSTED)
async def decide_missing(
    request: Request, partner: FromPath[str], source: FromPath[str], event: FromPath[str]
) -> Response[Any]:
    """Keep or withdraw an event that is missing."""
    city, found = await both(request, partner, source)
    key, wish = reach.needed(event), check((await sent(request)).typed, Gone)
    if not await reports.is_of(found, event=key):
        raise NotFound
    try:
        await deciding.decide_missing(event=key, decision=wish.decision, by=who(request), now=request.now)
    except WrongState as error:
        return await source_page(request, city, found, refusal=error)
    return done(source_address(request, found), "decided")


@post(f"{SOURCE}/canceled/{{event:str}}", **POSTED)
async def decide_canceled(
    request: Request, partner: FromPath[str], source: FromPath[str], event: FromPath[str]
) -> Response[Any]:
    """Let an event be canceled whose title says so, or not."""
    city, found = await both(request, partner, source)
    key, accept = reach.needed(event), check((await sent(request)).typed, CalledOff).decision == "cancel"
    if not await reports.is_of(found, event=key):
        raise NotFound
    try:
        await deciding.decide_status(event=key, accept=accept, by=who(request), now=request.now)
    except WrongState as error:
        return await source_page(request, city, found, refusal=error)
    return done(source_address(request, found), "decided")


HANDLERS: list[Any] = [decide_held, decide_missing, decide_canceled]
