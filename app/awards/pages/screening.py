"""Screening at the console: the entries of a round with what was decided, and one decision after the other."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.awards.entering import entries, listed, members, screening, versions
from app.awards.entering.screening import ScreeningEdit
from app.awards.pages.entry import shown
from app.awards.pages.frame import round_address, round_frame
from app.awards.reach import RoundRef
from app.core.errors import DomainError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed, who

HTML: dict[str, Any] = {"include_in_schema": False}
OUTCOMES = {
    "passed": (gettext_lazy("Goes on"), "success"),
    "questions": (gettext_lazy("Questions"), "warning"),
    "failed": (gettext_lazy("Does not go on"), "error"),
}
"""Word and colour of each decision."""


@get("/awards/{award:str}/rounds/{round_id:uuid}/screening", **HTML)
async def show_screening(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show the entries of a screening, those without a decision first."""
    found = await screening.screened_round(round_id, award, who(request))
    every = [line for line in await listed.lines(found.award) if line.category_title == found.category_title]
    decided = await screening.decisions(round_id=round_id)
    standing = {line.id: next((d for d in decided.get(line.id, ()) if d.stands), None) for line in every}
    handed_in = [line for line in every if line.version is not None and line.state != "withdrawn"]
    return page(
        request,
        "awards/entering/screening.html",
        headers=UNKEPT,
        **round_frame(found, ("", _("Screening"))),
        lines=sorted(handed_in, key=lambda line: (standing[line.id] is not None, line.number)),
        standing=standing,
        outcomes=OUTCOMES,
    )


@get("/awards/{award:str}/rounds/{round_id:uuid}/screening/{entry:uuid}", **HTML)
async def show_one(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[str]:
    """Show an entry whole, with the form of the decision."""
    found = await screening.screened_round(round_id, award, who(request))
    return await _one(request, found, entry, {})


@post("/awards/{award:str}/rounds/{round_id:uuid}/screening/{entry:uuid}", include_in_schema=False, status_code=200)
async def screen(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[Any]:
    """Decide about an entry."""
    found = await screening.screened_round(round_id, award, who(request))
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        await screening.decide(
            round_id=round_id,
            award=award,
            entry=entry,
            wish=check(form, ScreeningEdit),
            principal=who(request),
            now=request.now,
        )
    except NotFound:
        raise
    except DomainError as error:
        return await _one(request, found, entry, form, error)
    return done(round_address(found, "screening"), "screened")


async def _one(
    request: Request, found: RoundRef, entry: UUID, form: dict[str, Any], error: DomainError | None = None
) -> Response[str]:
    one = await entries.own(entry, found.award.slug, who(request))
    if one.category.id != found.category or one.pinned is None:
        raise NotFound
    decided = (await screening.decisions(round_id=found.id, entry=entry)).get(entry, [])
    return page(
        request,
        "awards/entering/screen.html",
        status=error.status if error else HTTPStatus.OK,
        headers=UNKEPT,
        **round_frame(
            found,
            (round_address(found, "screening"), _("Screening")),
            ("", _("Entry %(number)s", number=one.number)),
        ),
        entry=one,
        form=Typed(form),
        last=decided[0].id if decided else 0,
        decided=decided,
        outcomes=OUTCOMES,
        members=await members.of(entry),
        errors=error.errors if isinstance(error, Invalid) else [],
        refusal=error.detail if error and not isinstance(error, Invalid) else "",
        **shown(await versions.body_of(one.pinned)),
    )


HANDLERS: list[Any] = [show_screening, show_one, screen]
