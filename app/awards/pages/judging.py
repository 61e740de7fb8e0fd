"""Pages of judges: their rounds, the queue, the sheet, pairs, the order; and for secretaries who has how much done."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from app.awards.deciding.seeing import leads
from app.awards.pages.frame import round_frame
from app.awards.pages.showing import PARTS
from app.awards.reach import Texts
from app.awards.scoring import orders, pairs, queue, saving, sheets
from app.awards.scoring.desk import Desk, desk, opened_round, phase_of, takes
from app.awards.scoring.errors import SheetOutdated
from app.awards.scoring.progress import at_work, whole
from app.awards.scoring.sheet import Sheet, differences
from app.awards.scoring.sheets import Own
from app.awards.scoring.submitting import submit_ready
from app.awards.showing.entry import entry_for, titles_for
from app.awards.showing.readers import Judge
from app.core.errors import FieldError, Invalid, NotFound, Outdated
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": 303}
DESK = "/judging/{award:str}/{round_id:uuid}"
DONE = {
    "submitted": gettext_lazy("Submitted. You can change it until the round ends."),
    "all": gettext_lazy("Everything that was complete is submitted."),
    "compared": gettext_lazy("Saved. Here is the next pair."),
}
UNABLE = "none"
"""What the radio button sends that stands for "I cannot judge this"."""
Page = Annotated[int, QueryParameter(ge=1, le=1000)]
Show = Annotated[str, QueryParameter(max_length=20)]


class Act(Struct, frozen=True):
    """What the buttons of a sheet's form send beside the sheet."""

    revision: Annotated[int, msgspec.Meta(ge=0)] = 0
    action: Literal["save", "submit"] = "save"


class Choice(Struct, frozen=True):
    """A pair and what was said of it; without `better` neither is."""

    first: UUID
    second: UUID
    better: UUID | None = None


class Placing(Struct, frozen=True):
    """An order on its way: `move` is up.ID, down.ID or top.ID."""

    entries: list[UUID]
    revision: Annotated[int, msgspec.Meta(ge=0)] = 0
    move: Annotated[str, msgspec.Meta(pattern=r"^(?:(?:up|down|top)\.[0-9a-f-]{36})?$(?!\n)")] = ""
    action: Literal["save", "submit"] = "save"


@get("/judging", **HTML)
async def show_rounds(request: Request) -> Response[str]:
    """Show the rounds in which somebody has entries to judge."""
    found = await queue.sittings(request.scope["user"], request.now)
    return page(request, "awards/judging/rounds.html", headers=UNKEPT, sittings=found)


@get(DESK, **HTML)
async def show_queue(
    request: Request, *, award: FromPath[str], round_id: FromPath[UUID], show: Show = "", at: Page = 1
) -> Response[Any]:
    """Show a judge's entries in a round, with how far each has come."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    found = await queue.queue(sitting)
    which: queue.Filter = show if show in get_args(queue.Filter) else ""  # type: ignore[assignment]
    lines = found.shown(which)[(at - 1) * queue.PAGE :][: queue.PAGE]
    titles = await _titles(sitting, [line.entry for line in lines])
    values: dict[str, Any] = {
        "show": which,
        "at": at,
        "lines": lines,
        "titles": titles,
        "queue": found,
        "per": queue.PAGE,
        "leads": await leads(sitting.round, sitting.judge.id, request.now),
    }
    return page(request, "awards/judging/queue.html", headers=UNKEPT, **_around(request, sitting), **values)


def _around(request: Request, sitting: Desk) -> dict[str, Any]:
    """Return what every page of a desk says: the round, its window, how much is done."""
    return {
        "desk": sitting,
        "phase": phase_of(sitting.round, request.now),
        "open": takes(sitting.round, request.now),
        "parts": PARTS,
        "done_words": DONE,
    }


async def _titles(sitting: Desk, entries: Sequence[UUID]) -> dict[UUID, Texts]:
    """Return the titles of those of the entries that the judge has declared for."""
    return await titles_for(Judge(sitting.judge.id), entries, sitting.round)


@post(f"{DESK}/submit", **POSTED)
async def submit_all(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Submit every sheet that is complete."""
    await submit_ready(award=award, round_id=round_id, principal=request.scope["user"], now=request.now)
    return done(f"/judging/{award}/{round_id}", "all")


@get(f"{DESK}/{{entry:uuid}}", **HTML)
async def show_sheet(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[Any]:
    """Show an entry with the judge's sheet beside it; before the declaration, the way to declare."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    mine = await sheets.own(sitting, entry)
    if not mine.declared:
        return see_other(f"/judging/{award}/declare")
    return await _sheet_page(request, sitting, entry, mine, Typed(mine.saved.sheet, mine.saved.revision))


class Typed(Struct, frozen=True):
    """A sheet as the form shows it, made from a revision; `stored` is what another window has saved over it."""

    sheet: Sheet
    revision: int
    errors: list[FieldError] = []
    stored: Sheet | None = None

    @property
    def differing(self) -> list[str]:
        """The fields in which both windows differ."""
        return [] if self.stored is None else differences(self.sheet, self.stored)

    @property
    def status(self) -> int:
        """The status of the page: 422 for a form that came back, 409 when another window was faster."""
        return 409 if self.stored is not None else (422 if self.errors else 200)


async def _sheet_page(request: Request, sitting: Desk, entry: UUID, mine: Own, typed: Typed) -> Response[Any]:
    found = await queue.queue(sitting)
    before, after = found.beside(entry)
    return page(
        request,
        "awards/judging/sheet.html",
        status=typed.status,
        headers=UNKEPT,
        entry=await entry_for(Judge(sitting.judge.id), entry, sitting.round),
        entry_id=entry,
        mine=mine,
        typed=typed,
        queue=found,
        before=before,
        after=after,
        place=next((n for n, line in enumerate(found.lines, 1) if line.entry == entry), 0),
        peers=await sheets.of_peers(sitting, entry, mine, request.now),
        **_around(request, sitting),
    )


@post(f"{DESK}/{{entry:uuid}}", **POSTED)
async def keep_sheet(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[Any]:
    """Save a sheet, and with its button submit it."""
    form = await read_form(request)
    act = check({name: form[name] for name in Act.__struct_fields__ if name in form}, Act)
    sheet = _sheet_of(form)
    try:
        await saving.save(
            award=award,
            round_id=round_id,
            entry=entry,
            sheet=sheet,
            seen=act.revision,
            submit=act.action == "submit",
            principal=request.scope["user"],
            now=request.now,
        )
    except (Invalid, SheetOutdated) as error:
        sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
        return await _sheet_page(
            request, sitting, entry, await sheets.own(sitting, entry), _refused(sheet, act.revision, error)
        )
    return await _onwards(request, award, round_id, entry, act.action)


def _sheet_of(form: dict[str, Any]) -> Sheet:
    """Return the sheet that a form holds; a radio button named UNABLE stands for null."""
    typed = form.get("values")
    values = (
        {key: None if value == UNABLE else value for key, value in typed.items()} if isinstance(typed, dict) else {}
    )
    names = ("verdict", "to_applicant", "to_committee")
    said = {name: form[name] for name in names if name in form}
    return check({**said, "values": values, "abstained": "abstained" in form}, Sheet)


def _refused(sheet: Sheet, revision: int, error: Invalid | SheetOutdated) -> Typed:
    """Return the form as it comes back; an outdated one may be sent again as it stands."""
    if isinstance(error, SheetOutdated):
        return Typed(sheet, error.revision, stored=error.stored)
    return Typed(sheet, revision, errors=error.errors)


async def _onwards(request: Request, award: str, round_id: UUID, entry: UUID, action: str) -> Response[Any]:
    """Send the judge on: after a submission to the next entry that is open, else back to the queue."""
    here = f"/judging/{award}/{round_id}"
    if action == "save":
        return done(f"{here}/{entry}", "saved")
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    following = (await queue.queue(sitting)).next_open(entry)
    address = here if following is None else f"{here}/{following.entry}"
    return done(address, "submitted")


@get(f"{DESK}/pairs", **HTML)
async def show_pair(
    request: Request,
    *,
    award: FromPath[str],
    round_id: FromPath[UUID],
    n: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
) -> Response[Any]:
    """Show two entries to choose from: pair `n`, from 1, else the first that was not compared."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    if sitting.round.method != "pairs":
        raise NotFound
    found = await pairs.comparing(sitting)
    pair = found.pairs[n - 1] if 0 < n <= len(found.pairs) else found.next
    return page(
        request,
        "awards/judging/pairs.html",
        headers=UNKEPT,
        comparing=found,
        pair=pair,
        place=found.pairs.index(pair) + 1 if pair else 0,
        said=found.said.get(pairs.ordered(*pair), False) if pair else False,
        entries=[await entry_for(Judge(sitting.judge.id), one, sitting.round) for one in pair or ()],
        **_around(request, sitting),
    )


@post(f"{DESK}/pairs", **POSTED)
async def keep_pair(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Keep which of two entries is better."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    form = await read_form(request)
    asked = check({name: form[name] for name in Choice.__struct_fields__ if name in form}, Choice)
    await pairs.compare(sitting=sitting, pair=(asked.first, asked.second), better=asked.better, now=request.now)
    left = (await pairs.comparing(sitting)).next
    return done(f"{sitting.address}/pairs", "compared") if left else done(sitting.address, "saved")


@get(f"{DESK}/order", **HTML)
async def show_order(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Show a judge's order of the entries."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    return await _order_page(request, sitting, await orders.order(sitting))


async def _order_page(
    request: Request, sitting: Desk, found: orders.Order, errors: list[FieldError] | None = None
) -> Response[Any]:
    if sitting.round.method != "ranks":
        raise NotFound
    lines = {line.entry: line for line in (await queue.queue(sitting)).lines}
    return page(
        request,
        "awards/judging/order.html",
        status=409 if errors else 200,
        headers=UNKEPT,
        order=found,
        lines=lines,
        titles=await _titles(sitting, found.entries),
        errors=errors or [],
        **_around(request, sitting),
    )


@post(f"{DESK}/order", **POSTED)
async def keep_order(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Move an entry, or submit the order."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    form = listed(await read_form(request), "entries")
    asked = check({name: form[name] for name in Placing.__struct_fields__ if name in form}, Placing)
    entries, moved = _placed(asked)
    try:
        await orders.keep(
            sitting=sitting,
            entries=entries,
            seen=asked.revision,
            submit=asked.action == "submit",
            principal=request.scope["user"],
            now=request.now,
        )
    except (Invalid, Outdated):
        words = _("The order has changed in the meantime. Here it is as it stands now.")
        return await _order_page(
            request, sitting, await orders.order(sitting), [FieldError("entries", "outdated", words)]
        )
    if moved is not None:
        return see_other(f"{sitting.address}/order#entry-{moved}")
    return done(sitting.address, "submitted") if asked.action == "submit" else done(f"{sitting.address}/order", "saved")


def _placed(asked: Placing) -> tuple[list[UUID], UUID | None]:
    """Return the order with the move its button asks for, and the entry that moved."""
    verb, _dot, name = asked.move.partition(".")
    moved = UUID(name) if name else None
    if moved is None or moved not in asked.entries:
        return asked.entries, None
    by = {"up": -1, "down": 1, "top": -len(asked.entries)}[verb]
    return list(orders.moved(asked.entries, moved, by)), moved


@get("/awards/{award:str}/rounds/{round_id:uuid}/progress", **HTML)
async def show_progress(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Show who of a panel has how much done."""
    found = await opened_round(award=award, round_id=round_id, principal=request.scope["user"])
    judges = await at_work(found)
    return page(
        request,
        "awards/judging/progress.html",
        headers=UNKEPT,
        **round_frame(found, ("", _("Progress"))),
        judges=judges,
        whole=whole(judges),
        phase=phase_of(found, request.now),
    )


HANDLERS: list[Any] = [
    show_rounds,
    show_queue,
    submit_all,
    show_sheet,
    keep_sheet,
    show_pair,
    keep_pair,
    show_order,
    keep_order,
    show_progress,
]
