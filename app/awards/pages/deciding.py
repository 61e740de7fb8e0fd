"""Pages of a decision: what the votes of a round say, and the jury's minutes."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from app.awards.deciding import exports, minutes
from app.awards.deciding.deliberating import Deliberated, Setting, deliberate, setting
from app.awards.deciding.errors import NotClosed, PublicStillVotes, ReleaseStands
from app.awards.deciding.scores import ranking
from app.awards.deciding.seeing import Seen, seen
from app.awards.deciding.view import SORTS, view
from app.awards.entering import field
from app.awards.pages import minutes_form as forms
from app.awards.pages.frame import Crumb, round_address, round_frame
from app.awards.reach import Texts
from app.awards.scoring.sheets import is_over
from app.awards.setting.panels import panel
from app.core import spreadsheet
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": 303}
ROUND = "/awards/{award:str}/rounds/{round_id:uuid}"
MEDIA = {"csv": spreadsheet.CSV, "xlsx": spreadsheet.XLSX}
DONE = {"decided": gettext_lazy("The minutes are kept. What was decided last stands.")}


@get(f"{ROUND}/ranking", **HTML)
async def show_ranking(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], sort: FromQuery[str] = "place"
) -> Response[str]:
    """Show what the votes of a round say, how surely, and what would change the order."""
    return await _ranking_page(request, award, round_id, sort)


@get("/judging/{award:str}/{round_id:uuid}/ranking", **HTML)
async def show_chair(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], sort: FromQuery[str] = "place"
) -> Response[str]:
    """Show the same to the chair of the panel, entries by their numbers alone."""
    return await _ranking_page(request, award, round_id, sort)


async def _ranking_page(request: Request, award: str, round_id: UUID, sort: str) -> Response[str]:
    found = await _seen(request, award, round_id)
    made = await ranking(found.round, now=request.now)
    titles = await _titles(found)
    return page(
        request,
        "awards/deciding/ranking.html" if found.writes else "awards/deciding/chair.html",
        headers=UNKEPT,
        **_frame(found, ("", _("Ranking"))),
        view=view(made, titles, found.round, sort=sort),
        over=is_over(found.round, request.now),
        sorts=SORTS,
        sort=sort if sort in SORTS else "place",
        labels={seat.pseudonym: seat.label for seat in await panel(found.round.id)} if found.writes else {},
    )


async def _seen(request: Request, award: str, round_id: UUID) -> Seen:
    return await seen(award=award, round_id=round_id, principal=request.scope["user"], now=request.now)


async def _titles(found: Seen) -> dict[str, Texts]:
    """Return the titles of entries; a chair knows them by their numbers, whatever else it may have read."""
    if not found.writes:
        return {}
    return {str(one.id): one.title for one in await field.in_round(found.round)}


def _frame(found: Seen, *crumbs: Crumb) -> dict[str, Any]:
    """Return what surrounds a page; a chair's has the frame of judges."""
    shared = {"found": found, "round": found.round, "base": _base(found)}
    if not found.writes:
        return shared
    frame = round_frame(found.round, *crumbs)
    return {**frame, **shared, "base": frame["base"], "done_words": DONE}


def _base(found: Seen) -> str:
    return round_address(found.round) if found.writes else f"/judging/{found.round.award.slug}/{found.round.id}"


@post(f"{ROUND}/ranking/export", include_in_schema=False, status_code=200)
async def export_ranking(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[bytes]:
    """Give the ranking as a list; a POST, because it is written down who took it."""
    found = await _seen(request, award, round_id)
    kind: exports.Kind = "xlsx" if (await read_form(request)).get("kind") == "xlsx" else "csv"
    data = await exports.export(principal=request.scope["user"], found=found, kind=kind, now=request.now)
    name = f'attachment; filename="ranking-{found.round.award.slug}-{found.round.position}.{kind}"'
    return Response(data, media_type=MEDIA[kind], headers={**UNKEPT, "content-disposition": name})


@get(f"{ROUND}/deliberation", **HTML)
async def show_minutes(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show the minutes that stand, and those before them."""
    found = await _seen(request, award, round_id)
    return page(
        request,
        "awards/deciding/deliberation.html",
        headers=UNKEPT,
        **_frame(found, ("", _("Deliberation"))),
        written=await minutes.minutes_of(found.round),
        judges=await forms.judges(found.round),
        entries={one.id: one for one in await field.in_round(found.round)},
    )


@get(f"{ROUND}/deliberation/new", **HTML)
async def ask_minutes(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show the form of new minutes, filled with what stands, or with the order advised."""
    found = await _seen(request, award, round_id)
    held = await setting(found.round, now=request.now)
    typed = forms.filled(held, await minutes.decision(found.round))
    return await _form(request, found, held, typed, [])


@post(f"{ROUND}/deliberation/new", **POSTED)
async def write_minutes(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Append minutes."""
    found = await _seen(request, award, round_id)
    typed = forms.typed(await read_form(request), found.round)
    try:
        sent = check(forms.sent(typed, found.round), Deliberated)
        await deliberate(principal=request.scope["user"], found=found.round, sent=sent, now=request.now)
    except Invalid as error:
        errors = error.errors
    except (NotClosed, PublicStillVotes, ReleaseStands) as error:
        errors = [FieldError("minutes", "state", error.detail)]
    else:
        return done(round_address(found.round, "deliberation"), "decided")
    return await _form(request, found, await setting(found.round, now=request.now), typed, errors)


async def _form(
    request: Request, found: Seen, held: Setting, typed: dict[str, Any], errors: list[FieldError]
) -> Response[str]:
    competing = await field.in_round(found.round)
    return page(
        request,
        "awards/deciding/minutes_form.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        **_frame(
            found, (round_address(found.round, "deliberation"), _("Deliberation")), ("", _("Minutes of the jury"))
        ),
        form=typed,
        errors=errors,
        labels=forms.labels(errors, competing),
        rows=forms.rows(held, competing),
        seats=held.seats,
        passing=found.round.method == "pass_fail",
    )


HANDLERS: list[Any] = [
    show_ranking,
    show_chair,
    export_ranking,
    show_minutes,
    ask_minutes,
    write_minutes,
]
