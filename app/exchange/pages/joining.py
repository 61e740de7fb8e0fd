"""What several cities tell of one event, side by side: an officer decides what is one, and whose value counts."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from app.core.errors import DomainError, Outdated
from app.core.i18n import day, gettext_lazy
from app.core.i18n import gettext as _
from app.core.i18n import moment as in_words
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.errors import WrongState
from app.events.pages.frame import sent, who
from app.events.shown import Said
from app.exchange.joining import deciding, history, view, waiting
from app.exchange.joining.schemas import ExchangeCardOut, TellingOut
from app.exchange.pages.frame import HTML, OFFICE, OWN, POSTED, marked
from app.exchange.words import differing, said

CARDS = f"{OFFICE}/cards"
ONE = f"{CARDS}/{{card:str}}"
SHOWN = 30
REFUSED = (WrongState, Outdated)
DONE = {
    "chosen": gettext_lazy("This value counts now, until one of them changes."),
    "joined": gettext_lazy("They are one event now."),
    "apart": gettext_lazy("They are two events, and will not be proposed again."),
    "undone": gettext_lazy("That is taken back. Whether they are one event waits again."),
}
STATUSES = {
    "confirmed": gettext_lazy("Takes place"),
    "tentative": gettext_lazy("Not certain yet"),
    "cancelled": gettext_lazy("Canceled"),
}
STATES = {
    "missing": gettext_lazy("No longer in its calendar"),
    "withdrawn": gettext_lazy("Taken out"),
    "deleted": gettext_lazy("Deleted"),
}
GROUPS = {"title": "title", "start": "time", "end": "time", "place": "place", "status": "status"}
"""The rows that are compared, and what is chosen with each."""


class ChoiceForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose value of a field counts; of `owner` whose event it is."""

    field: Literal["title", "time", "place", "status", "owner"]
    told_by: UUID


class SplitForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Which telling is another event."""

    record: UUID


class DecisionForm(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether two are one; `undo` takes back that they are different."""

    decision: Literal["same", "different", "undo"]


class Cell(Struct, frozen=True):
    """What one source says of a field; `counts` when it is believed."""

    told: TellingOut
    words: Said | None
    counts: bool


class Row(Struct, frozen=True):
    """A field side by side: its name, whether it differs, what is chosen with it, and whether here: once for a time."""

    name: str
    differs: bool
    chosen_here: bool
    group: str
    cells: list[Cell]


@get([CARDS, f"{OWN}/cards"], **HTML)
async def show_cards(request: Request, cursor: FromQuery[str | None] = None) -> Response[str]:
    """List what waits: fields that differ between cities, and events that may be one."""
    reader = await view.reader(who(request), request.now)
    found = await waiting.conflicts(reader, cursor=cursor, limit=SHOWN, now=request.now)
    home = _home(request)
    return page(
        request,
        "exchange/joining/cards.html",
        headers=UNKEPT,
        found=found.conflicts,
        decided=await history.lately(reader) if cursor is None else [],
        later=f"{home}?{urlencode({'cursor': found.next})}" if found.next else "",
        home=home,
        field_name=differing,
        when=when,
        titled=titled,
        said=said,
        in_words=in_words,
        crumbs=_crumbs(request),
        done_words=DONE,
    )


def _home(request: Request) -> str:
    return f"{OWN}/cards" if who(request).role == "partner" else CARDS


def _crumbs(request: Request, *below: tuple[str, str | Said]) -> list[tuple[str, str | Said]]:
    first = (OWN, _("Calendars")) if who(request).role == "partner" else (OFFICE, _("Partner cities"))
    return [first, (_home(request), _("Differences between cities")), *below]


@get([ONE, f"{OWN}/cards/{{card:str}}"], **HTML)
async def show_exchange_card(request: Request, card: FromPath[UUID]) -> Response[str]:
    """Show a card side by side, and what may be the same event."""
    return await _card_page(request, card)


async def _card_page(request: Request, card: UUID, refusal: DomainError | None = None) -> Response[str]:
    reader = await view.reader(who(request), request.now)
    found = await view.card_of(card, reader, now=request.now)
    title = titled(found.tellings[0])
    return page(
        request,
        "exchange/joining/card.html",
        status=int(refusal.status) if refusal else 200,
        headers=UNKEPT,
        read_at=f"{_home(request)}/{card}",
        refusal=refusal.detail if refusal else "",
        card=found,
        base=f"{CARDS}/{card}",
        home=_home(request),
        may_decide=reader.partners is None,
        title=title,
        titled=titled,
        marked=marked,
        rows=rows_of(found.tellings, found),
        decided=await history.of_card(card, reader),
        compared=[(one, rows_of([one.one, one.other])) for one in found.proposals],
        owner=next((one for one in found.tellings if one.partner == found.owner and found.owner), None),
        said=said,
        states=STATES,
        in_words=in_words,
        crumbs=_crumbs(request, ("", title)),
        done_words=DONE,
    )


def rows_of(told: Sequence[TellingOut], card: ExchangeCardOut | None = None) -> list[Row]:
    """Return the compared fields of tellings side by side; on a card with what differs, and what counts."""
    differ = {one.field for one in card.differences} if card else set()
    believed = card.believed if card else {}
    return [
        Row(
            name=_name(field),
            differs=field in differ if card else len({_words(one, field) for one in told}) > 1,
            chosen_here=field in differ and not (field == "end" and "start" in differ),
            group=group,
            cells=[Cell(one, _marked(one, field), believed.get(group) == one.id) for one in told],
        )
        for field, group in GROUPS.items()
    ]


def _name(field: str) -> str:
    return _("Title") if field == "title" else differing(field)


def _marked(told: TellingOut, field: str) -> Said | None:
    """Return the words of a field, what its source wrote with its language; None when it says nothing."""
    words = _words(told, field)
    if field == "title":
        return titled(told)
    return (marked(words, told.language) if field == "place" else Said(words)) if words else None


def titled(told: TellingOut) -> Said:
    """Return a title with its language."""
    return marked(told.said.title, told.said.title_language or told.language)


def _words(told: TellingOut, field: str) -> str:
    match field:
        case "title":
            return told.said.title
        case "start":
            return _moment(told, told.starts_at, told.first_day)
        case "end":
            return _moment(told, told.ends_at, told.last_day) if told.ends_at > told.starts_at else ""
        case "place":
            return " · ".join(filter(None, (told.said.place, told.said.address)))
        case _:
            return str(STATUSES.get(told.said.status, told.said.status))


def _moment(told: TellingOut, moment: dt.datetime, whole: dt.date | None) -> str:
    if told.first_day is not None:
        return day(whole or told.first_day)
    return in_words(moment, told.zone)


def when(told: TellingOut) -> str:
    """Return when a telling begins, in words."""
    return _moment(told, told.starts_at, told.first_day)


@post(f"{ONE}/choice", **POSTED)
async def choose_on_page(request: Request, card: FromPath[UUID]) -> Response[Any]:
    """Choose whose value counts."""
    form, by = await sent(request), who(request)
    wish = check(form.typed, ChoiceForm)
    try:
        await deciding.choose(card=card, field=wish.field, record=wish.told_by, seen=form.seen, by=by, now=request.now)
    except REFUSED as error:
        return await _card_page(request, card, error)
    return done(f"{CARDS}/{card}", "chosen")


@post(f"{ONE}/split", **POSTED)
async def split_on_page(request: Request, card: FromPath[UUID]) -> Response[Any]:
    """Say that what a source tells is another event."""
    form, by = await sent(request), who(request)
    wish = check(form.typed, SplitForm)
    try:
        made = await deciding.split(card=card, record=wish.record, seen=form.seen, by=by, now=request.now)
    except REFUSED as error:
        return await _card_page(request, card, error)
    return done(f"{CARDS}/{made}", "apart")


@post(f"{ONE}/likenesses/{{likeness:str}}", **POSTED)
async def decide_on_page(request: Request, card: FromPath[UUID], likeness: FromPath[UUID]) -> Response[Any]:
    """Decide whether two are one event, or take back that they are two."""
    decision, by = check((await sent(request)).typed, DecisionForm).decision, who(request)
    try:
        if decision == "undo":
            await deciding.undo(likeness=likeness, by=by, now=request.now)
            return done(f"{CARDS}/{card}", "undone")
        made = await deciding.decide(likeness=likeness, decision=decision, by=by, now=request.now)
    except REFUSED as error:
        return await _card_page(request, card, error)
    return done(f"{CARDS}/{made}", "joined") if made else done(CARDS, "apart")


HANDLERS: list[Any] = [
    show_cards,
    show_exchange_card,
    choose_on_page,
    split_on_page,
    decide_on_page,
]
