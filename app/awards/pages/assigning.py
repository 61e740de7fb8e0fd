"""The secretary's pages of who judges what: work it out, look at the proposal, change by hand, lists."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from app.awards.assigning import changes, lists, solving, view
from app.awards.assigning.asked import Keep
from app.awards.assigning.changes import PanelWish
from app.awards.assigning.errors import PromisesBroken
from app.awards.assigning.ground import OPEN, Ground, ground, reached
from app.awards.pages.frame import round_address, round_frame
from app.awards.reach import RoundRef
from app.core import spreadsheet
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.sheets import Unreadable
from app.core.validation import Line, check
from app.core.web.console import done, listed
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.events.pages.frame import Form, chosen_file, form_page, sent, who

ROUND = "/awards/{award:str}/rounds/{round_id:uuid}/assignments"
HTML: dict[str, Any] = {"include_in_schema": False}
DONE = {
    "asked": gettext_lazy("It is being worked out."),
    "taken": gettext_lazy("The proposal stands now."),
    "discarded": gettext_lazy("The proposal is discarded. What stood before still stands."),
    "changed": gettext_lazy("The judges of this entry are changed."),
    "brought": gettext_lazy("The list stands now."),
}
SOURCES = {
    "solved": gettext_lazy("worked out"),
    "manual": gettext_lazy("by hand"),
    "file": gettext_lazy("from a list"),
}


POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": 303}


class Asking(Struct, frozen=True, forbid_unknown_fields=True):
    """The form that asks for a proposal."""

    keep: Keep = "begun"
    leaving: UUID | None = None


class Bringing(Struct, frozen=True, forbid_unknown_fields=True):
    """The form that brings a list."""

    reason: Line = ""


def _base(found: RoundRef) -> str:
    return round_address(found, "assignments")


@get(ROUND, **HTML)
async def show_assignments(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show who judges what, the loads, what does not hold, and the proposal that waits."""
    known = await _known(request, award, round_id)
    run = await solving.latest(known.round.id)
    waiting = run if run and run.state in solving.OPEN else None
    return _page(request, known, "round", Form(), entries=view.entry_lines(known), judges=view.judge_lines(known),
                 points=view.open_points(known), run=waiting, sources=SOURCES)  # fmt: skip


async def _known(request: Request, award: str, round_id: UUID) -> Ground:
    return await ground(await reached(award=award, round_id=round_id, principal=who(request)))


def _page(
    request: Request, known: Ground, template: str, form: Form, *, below: str = "", **values: Any
) -> Response[str]:
    found, title = known.round, _("Who judges what")
    crumbs = [(_base(found), title), ("", below)] if below else [("", title)]
    frame = round_frame(found, *crumbs)
    answer = form_page(
        request,
        f"awards/assigning/{template}.html",
        form,
        own=_base(found),
        changeable=found.state in OPEN,
        **frame | {"done_words": {**frame["done_words"], **DONE}},
        **values,
    )
    answer.headers.update(UNKEPT)
    return answer


@post(f"{ROUND}/solve", **POSTED)
async def solve(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Ask for a proposal, or for one without a judge who leaves."""
    asking = check((await sent(request)).typed, Asking)
    found = await reached(award=award, round_id=round_id, principal=who(request))
    run = await solving.ask(
        found=found, keep=asking.keep, leaving=asking.leaving, principal=who(request), now=request.now
    )
    return done(f"{_base(found)}/runs/{run}", "asked")


@get(f"{ROUND}/runs/{{run:uuid}}", **HTML)
async def show_run(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], run: FromPath[UUID]
) -> Response[str]:
    """Show a proposal with its certificate, or why there is none, or how long it may still take."""
    known = await _known(request, award, round_id)
    found = await solving.one(found=known.round, run=run)
    spent = min(int((request.now - found.asked_at).total_seconds()), int(solving.SECONDS))
    lines = view.proposed(found, known) if found.state == "solved" else []
    return _page(request, known, "run", Form(), below=_("Proposal"), run=found, spent=spent,
                 most=int(solving.SECONDS), said=view.said(found, known), lines=lines)  # fmt: skip


@post(f"{ROUND}/runs/{{run:uuid}}/take", **POSTED)
async def take_run(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], run: FromPath[UUID]
) -> Response[bytes]:
    """Let a proposal stand."""
    found = await reached(award=award, round_id=round_id, principal=who(request))
    await solving.take(found=found, run=run, principal=who(request), now=request.now)
    return done(_base(found), "taken")


@post(f"{ROUND}/runs/{{run:uuid}}/discard", **POSTED)
async def discard_run(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], run: FromPath[UUID]
) -> Response[bytes]:
    """Let a proposal go."""
    found = await reached(award=award, round_id=round_id, principal=who(request))
    await solving.discard(found=found, run=run, principal=who(request), now=request.now)
    return done(_base(found), "discarded")


@get(f"{ROUND}/entries/{{entry:uuid}}", **HTML)
async def show_panel(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[str]:
    """Show the judges of an entry, to change them."""
    return _panel(request, await _known(request, award, round_id), entry, None)


def _panel(request: Request, known: Ground, entry: UUID, form: Form | None) -> Response[str]:
    line = next((one for one in view.entry_lines(known) if one.id == entry), None)
    if line is None:
        raise NotFound
    shown = form or Form({"judges": [str(one.judge) for one in line.judges]})
    below = _("Entry %(number)s", number=line.number)
    return _page(request, known, "panel", shown, below=below, entry=line, choices=view.choices(known, entry))


@post(f"{ROUND}/entries/{{entry:uuid}}", **POSTED)
async def change_panel(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[Any]:
    """Change the judges of an entry."""
    form = await sent(request)
    known = await _known(request, award, round_id)
    form.typed.update(listed(form.typed, "judges"))
    try:
        wish = check(form.typed, PanelWish)
        await changes.set_panel(found=known.round, entry=entry, wish=wish, principal=who(request), now=request.now)
    except (Invalid, PromisesBroken) as error:
        return _panel(request, known, entry, form.refused(Invalid(error.errors)))
    return done(_base(known.round), "changed")


@post(f"{ROUND}/export", include_in_schema=False, status_code=200)
async def export(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Give who judges what as a list."""
    found = await reached(award=award, round_id=round_id, principal=who(request))
    content = await lists.export(found=found, principal=who(request), now=request.now)
    headers = {**UNKEPT, "content-disposition": 'attachment; filename="assignments.csv"'}
    return Response(content, media_type=spreadsheet.CSV, headers=headers)


@get(f"{ROUND}/list", **HTML)
async def show_bring(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show the form that brings a list back."""
    return _page(request, await _known(request, award, round_id), "bring", Form(), below=_("Bring a list"))


@post(f"{ROUND}/list", **POSTED)
async def bring(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Let the judges be those of a list."""
    form = await sent(request)
    known = await _known(request, award, round_id)
    try:
        data = await chosen_file(form)
        reason = check(form.typed, Bringing).reason
        await lists.bring(found=known.round, data=data, reason=reason, principal=who(request), now=request.now)
    except Unreadable as error:
        wrong = Invalid([FieldError("file", "unreadable", error.detail)])
        return _page(request, known, "bring", form.refused(wrong), below=_("Bring a list"))
    except (Invalid, PromisesBroken) as error:
        return _page(request, known, "bring", form.refused(Invalid(error.errors)), below=_("Bring a list"))
    return done(_base(known.round), "brought")


HANDLERS: list[Any] = [
    show_assignments,
    solve,
    show_run,
    take_run,
    discard_run,
    show_panel,
    change_panel,
    export,
    show_bring,
    bring,
]
