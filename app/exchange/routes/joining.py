"""The JSON API of cards: what several cities tell of one event, where they differ, what may be the same."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec.structs import replace

from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.exchange.joining import deciding, history, view, waiting
from app.exchange.joining.schemas import (
    ChoiceIn,
    ExchangeCardOut,
    ExchangeCards,
    ExchangeConflicts,
    LikenessDecisionIn,
    SplitIn,
    SplitOut,
)
from app.exchange.routes.paging import USUAL, After, Limit, further

CARDS = "/api/v1/cards"
CONFLICTS = "/api/v1/conflicts"


@get(CARDS, tags=["exchange"])
async def list_cards(request: Request, cursor: After = None, limit: Limit = USUAL) -> Response[ExchangeCards]:
    """List cards with everybody who tells of them; for a partner those with something of its own."""
    who = await view.reader(request.scope["user"], request.now)
    found = await waiting.all_cards(who, cursor=cursor, limit=limit, now=request.now)
    return Response(found, headers={**UNKEPT, **further(request, found.next)})


@get(f"{CARDS}/{{card:str}}", tags=["exchange"])
async def show_card(request: Request, card: FromPath[UUID]) -> Response[ExchangeCardOut]:
    """Show a card: who tells what of it, whose value counts, what may be the same event, and what was decided."""
    who = await view.reader(request.scope["user"], request.now)
    found = await view.card_of(card, who, now=request.now)
    return Response(replace(found, decided=await history.of_card(card, who)), headers=UNKEPT)


@get(CONFLICTS, tags=["exchange"])
async def list_exchange_conflicts(
    request: Request, cursor: FromQuery[str | None] = None, limit: Limit = USUAL
) -> Response[ExchangeConflicts]:
    """List what waits: fields that cities tell differently, then events that may be one."""
    who = await view.reader(request.scope["user"], request.now)
    found = await waiting.conflicts(who, cursor=cursor, limit=limit, now=request.now)
    return Response(found, headers={**UNKEPT, **further(request, found.next)})


@post(f"{CONFLICTS}/{{likeness:str}}/decision", tags=["exchange"], status_code=204)
async def decide_likeness(request: Request, likeness: FromPath[UUID], data: JSONBody[LikenessDecisionIn]) -> None:
    """Decide whether two cards are one event; 409 when somebody else has."""
    who = request.scope["user"]
    await deciding.decide(likeness=likeness, decision=data.decision, by=who, now=request.now)


@post(f"{CONFLICTS}/{{likeness:str}}/undo", tags=["exchange"], status_code=204)
async def undo_likeness(request: Request, likeness: FromPath[UUID]) -> None:
    """Take back that two events are different; what was joined is split instead."""
    await deciding.undo(likeness=likeness, by=request.scope["user"], now=request.now)


@post(f"{CARDS}/{{card:str}}/choices", tags=["exchange"], status_code=200)
async def choose_value(request: Request, card: FromPath[UUID], data: JSONBody[ChoiceIn]) -> Response[ExchangeCardOut]:
    """Choose whose value of a field counts, until one of the values changes."""
    by = request.scope["user"]
    await deciding.choose(card=card, field=data.field, record=data.told_by, seen=data.revision, by=by, now=request.now)
    return Response(await view.card_of(card, await view.reader(by, request.now), now=request.now), headers=UNKEPT)


@post(f"{CARDS}/{{card:str}}/split", tags=["exchange"], status_code=200)
async def split_card(request: Request, card: FromPath[UUID], data: JSONBody[SplitIn]) -> Response[SplitOut]:
    """Say that what one source tells is another event; nothing joins the two again by itself."""
    by = request.scope["user"]
    made = await deciding.split(card=card, record=data.record, seen=data.revision, by=by, now=request.now)
    return Response(SplitOut(made), headers=UNKEPT)


HANDLERS: list[Any] = [
    list_cards,
    show_card,
    list_exchange_conflicts,
    decide_likeness,
    undo_likeness,
    choose_value,
    split_card,
]
