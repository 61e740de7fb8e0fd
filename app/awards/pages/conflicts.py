"""Pages of conflicts: the secretary's list and decision, the judge's declaration."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.awards import reach
from app.awards.conflicts import deciding, declaring, detecting, queries
from app.awards.conflicts.errors import ConflictDecided, ListChanged
from app.awards.conflicts.schemas import AdditionIn, ConflictDecisionIn, DeclarationIn, SteppingBack
from app.awards.conflicts.words import DECISIONS, SOURCES, STATES, TIES
from app.awards.entering import field
from app.awards.pages.frame import round_address, round_frame
from app.awards.reach import AwardRef, JudgeRef, RoundRef
from app.awards.setting.panels import panel
from app.awards.setting.rounds import round_in
from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed
from app.people.residence import country_name

ROUND = "/awards/{award:str}/rounds/{round_id:uuid}/conflicts"
DECLARE = "/judging/{award:str}/declare"
STEP_BACK = "/judging/{award:str}/{round_id:uuid}/{entry:uuid}/tie"
HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": 303}
DONE = {
    "decided": gettext_lazy("Decided."),
    "recused": gettext_lazy("Written down. The judge is out, for ever."),
    "looking": gettext_lazy("Names are being compared. What is found appears here."),
    "declared": gettext_lazy("Thank you. Your declaration is kept."),
    "stepped": gettext_lazy("Thank you. The entry is closed to you until the office has decided."),
}


@get(ROUND, **HTML)
async def show_conflicts(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show the conflicts of a round, what waits first, without the names behind them."""
    return await _list(request, await _round(request, award, round_id))


async def _round(request: Request, award: str, round_id: UUID) -> RoundRef:
    return await round_in(award=await reach.award(award, request.scope["user"]), round_id=round_id)


async def _list(request: Request, found: RoundRef, error: Invalid | None = None, **typed: Any) -> Response[str]:
    shown = await queries.conflicts(found)
    seats, entries = await panel(found.id), await field.in_round(found)
    return page(
        request,
        "awards/conflicts/list.html",
        status=422 if error else 200,
        headers=UNKEPT,
        shown=shown,
        judges=[(seat.judge, f"{seat.pseudonym} {seat.label}") for seat in seats],
        entries=[(one.id, f"{one.number} {text(one.title)}") for one in entries],
        errors=error.errors if error else [],
        typed=Typed(typed),
        **_words(found),
    )


def _words(found: RoundRef, *below: str) -> dict[str, Any]:
    crumb = (round_address(found, "conflicts"), _("Conflicts"))
    frame = round_frame(found, crumb, *[("", words) for words in below])
    ways = [(tie, str(words)) for tie, words in TIES.items()]
    return {**frame, "ties": TIES, "tie_options": ways, "sources": SOURCES, "states": STATES,
            "done_words": {**frame["done_words"], **DONE}, "here": crumb[0]}  # fmt: skip


@post(ROUND, **POSTED)
async def add_conflict(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Write down a tie that the secretary knows of."""
    found, typed = await _round(request, award, round_id), await _sent(request)
    try:
        wish = check(typed, AdditionIn)
        await deciding.add(found=found, wish=wish, principal=request.scope["user"], now=request.now)
    except (Invalid, ConflictDecided) as error:
        return await _list(request, found, _as_invalid(error, "judge"), **typed)
    return done(round_address(found, "conflicts"), "recused")


async def _sent(request: Request) -> dict[str, Any]:
    form = await read_form(request)
    return {name: value for name, value in form.items() if name != "csrf"}


def _as_invalid(error: DomainError, name: str) -> Invalid:
    return error if isinstance(error, Invalid) else Invalid([FieldError(name, "decided", error.detail)])


@post(f"{ROUND}/detect", **POSTED)
async def detect_conflicts(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Have the names of all judges and parties compared anew."""
    found = await _round(request, award, round_id)
    await detecting.look_again(award=found.award.id, now=request.now)
    return done(round_address(found, "conflicts"), "looking")


@get(f"{ROUND}/{{conflict:uuid}}", **HTML)
async def show_conflict(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], conflict: FromPath[UUID]
) -> Response[str]:
    """Show a conflict with the names behind it; that they were read is kept."""
    return await _one(request, await _round(request, award, round_id), conflict)


async def _one(
    request: Request, found: RoundRef, conflict: UUID, error: Invalid | None = None, **typed: Any
) -> Response[str]:
    shown = await deciding.opened(found=found, conflict=conflict, principal=request.scope["user"], now=request.now)
    return page(
        request,
        "awards/conflicts/one.html",
        status=422 if error else 200,
        headers=UNKEPT,
        conflict=shown.conflict,
        evidence=shown.evidence,
        decisions=[(name, words, means) for name, (words, means) in DECISIONS.items()],
        errors=error.errors if error else [],
        typed=Typed(typed),
        **_words(found, _("Entry %(number)s", number=shown.conflict.number)),
    )


@post(f"{ROUND}/{{conflict:uuid}}", **POSTED)
async def decide_conflict(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], conflict: FromPath[UUID]
) -> Response[Any]:
    """Decide about a conflict."""
    found, typed = await _round(request, award, round_id), await _sent(request)
    try:
        wish, who = check(typed, ConflictDecisionIn), request.scope["user"]
        await deciding.decide(found=found, conflict=conflict, wish=wish, principal=who, now=request.now)
    except (Invalid, ConflictDecided) as error:
        return await _one(request, found, conflict, _as_invalid(error, "decision"), **typed)
    return done(round_address(found, "conflicts"), "decided")


@get(DECLARE, **HTML)
async def show_declaration(request: Request, award: FromPath[str]) -> Response[str]:
    """Show a judge those to whom it may have a tie."""
    found, judge = await declaring.at_desk(award=award, principal=request.scope["user"])
    return await _declaration(request, found, judge)


async def _declaration(
    request: Request, found: AwardRef, judge: JudgeRef, error: Invalid | None = None, **typed: Any
) -> Response[str]:
    asked = await declaring.asked(judge=judge, now=request.now)
    return page(
        request,
        "awards/conflicts/declare.html",
        status=422 if error else 200,
        headers=UNKEPT,
        award=found,
        asked=asked,
        tie_options=[(tie, str(words)) for tie, words in TIES.items()],
        country=country_name,
        errors=error.errors if error else [],
        typed=Typed(typed),
        done_words=DONE,
    )


@post(DECLARE, **POSTED)
async def declare(request: Request, award: FromPath[str]) -> Response[Any]:
    """Take a judge's declaration."""
    found, judge = await declaring.at_desk(award=award, principal=request.scope["user"])
    typed = listed(await _sent(request), "tied")
    try:
        wish = check({name: value for name, value in typed.items() if name != "sure"}, DeclarationIn)
        _require_sure(typed)
        await declaring.declare(judge=judge, wish=wish, principal=request.scope["user"], now=request.now)
    except (Invalid, ListChanged) as error:
        return await _declaration(request, found, judge, _as_invalid(error, "list"), **typed)
    return done(f"/judging/{found.slug}/declare", "declared")


def _require_sure(typed: dict[str, Any]) -> None:
    if not typed.get("sure"):
        raise Invalid([FieldError("sure", "required", _("Please say that you have looked through the whole list."))])


@get(STEP_BACK, **HTML)
async def ask_step_back(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[str]:
    """Ask a judge what ties it to an entry of its own."""
    await _own(request, award, round_id, entry)
    return _step_back(request, f"/judging/{award}/{round_id}/{entry}")


async def _own(request: Request, award: str, round_id: UUID, entry: UUID) -> JudgeRef:
    found, judge = await declaring.at_desk(award=award, principal=request.scope["user"])
    await round_in(award=found, round_id=round_id)
    await declaring.require_own(judge, entry)
    return judge


def _step_back(request: Request, back: str, error: Invalid | None = None, **typed: Any) -> Response[str]:
    return page(
        request,
        "awards/conflicts/step_back.html",
        status=422 if error else 200,
        headers=UNKEPT,
        question=_("Do you have a tie to this entry?"),
        words=_("The entry is closed to you at once, and the office decides. What you have saved stays as it is."),
        action=f"{back}/tie",
        back=back,
        button=_("I have a tie"),
        danger=True,
        tie_options=[(tie, str(words)) for tie, words in TIES.items()],
        errors=error.errors if error else [],
        typed=Typed(typed),
    )


@post(STEP_BACK, **POSTED)
async def step_back(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[Any]:
    """Take a tie that a judge sees only now."""
    judge, typed = await _own(request, award, round_id, entry), await _sent(request)
    try:
        wish = check(typed, SteppingBack)
        await declaring.step_back(judge=judge, entry=entry, wish=wish, principal=request.scope["user"], now=request.now)
    except Invalid as error:
        return _step_back(request, f"/judging/{award}/{round_id}/{entry}", error, **typed)
    return done(f"/judging/{award}/declare", "stepped")


HANDLERS: list[Any] = [
    show_conflicts,
    add_conflict,
    detect_conflicts,
    show_conflict,
    decide_conflict,
    show_declaration,
    declare,
    ask_step_back,
    step_back,
]
