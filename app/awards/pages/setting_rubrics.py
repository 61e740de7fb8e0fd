"""Rubrics, as those who run an award write them: a page for the whole, one for each criterion."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, PathParameter

from app.awards import reach
from app.awards.pages.frame import address, award_frame
from app.awards.pages.setting import HTML, ONE, POSTED
from app.awards.reach import AwardRef
from app.awards.rubric import LEVELS, MOST_CRITERIA
from app.awards.setting import readiness, rubrics
from app.awards.setting.edits import CriterionEdit, NewRubric
from app.awards.setting.rubrics import Kept
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.validation import check
from app.core.web.console import change_rows, done
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.pages.frame import REFUSED, Form, form_page, sent, who

RUBRICS = f"{ONE}/rubrics"
RUBRIC = f"{RUBRICS}/{{rubric:uuid}}"
Place = Annotated[int, PathParameter(ge=0, lt=MOST_CRITERIA)]


@get(RUBRICS, **HTML)
async def show_rubrics(request: Request, award: FromPath[str]) -> Response[str]:
    """List the rubrics of an award."""
    found = await reach.award(award, who(request))
    return await _list_page(request, found, Form({"template": "true"}))


async def _list_page(request: Request, found: AwardRef, form: Form) -> Response[str]:
    kept = await rubrics.rubrics_of(found.id)
    rows = [(one, len(one.wrong(found.languages))) for one in kept]
    return form_page(request, "awards/setting/rubrics.html", form, rows=rows, **award_frame(found, ("", _("Rubrics"))))


@post(RUBRICS, **POSTED)
async def add_rubric(request: Request, award: FromPath[str]) -> Response[Any]:
    """Add a rubric."""
    found, form = await reach.award(award, who(request)), await sent(request)
    try:
        wish = check(form.typed, NewRubric)
        made = await rubrics.add(principal=who(request), award=found, wish=wish, now=request.now)
    except REFUSED as error:
        return await _list_page(request, found, form.refused(error))
    return done(address(found, "rubrics", made), "added")


@get(RUBRIC, **HTML)
async def show_rubric(request: Request, award: FromPath[str], rubric: FromPath[UUID]) -> Response[str]:
    """Show a version of a rubric with what is still missing in it."""
    found = await reach.award(award, who(request))
    kept = await rubrics.one_rubric(award=found, rubric_id=rubric)
    lacks = dict.fromkeys(map(readiness.said, kept.wrong(found.languages)))
    crumbs = (address(found, "rubrics"), _("Rubrics")), ("", kept.body.name)
    return page(
        request,
        "awards/setting/rubric.html",
        kept=kept,
        lacks=list(lacks),
        weights=sum(one.weight for one in kept.body.criteria),
        plain=rubrics.plain_number,
        **award_frame(found, *crumbs),
    )


@get(f"{RUBRIC}/criteria/{{place:str}}", **HTML)
async def show_criterion(request: Request, award: FromPath[str], rubric: FromPath[UUID], place: Place) -> Response[str]:
    """Show the form of a criterion; the place after the last is that of a new one."""
    found = await reach.award(award, who(request))
    kept = await rubrics.one_rubric(award=found, rubric_id=rubric)
    if place > len(kept.body.criteria):
        raise NotFound
    one = kept.body.criteria[place] if place < len(kept.body.criteria) else None
    return _criterion_page(request, found, kept, place, Form(rubrics.edit_of(one)))


def _criterion_page(request: Request, found: AwardRef, kept: Kept, place: int, form: Form) -> Response[str]:
    fresh = place >= len(kept.body.criteria)
    title = _("New criterion") if fresh else text(kept.body.criteria[place].title) or _("Criterion")
    crumbs = (
        (address(found, "rubrics"), _("Rubrics")),
        (address(found, "rubrics", kept.id), kept.body.name),
        ("", title),
    )
    return form_page(
        request,
        "awards/setting/criterion.html",
        form,
        title=title,
        fresh=fresh,
        back=address(found, "rubrics", kept.id),
        target=address(found, "rubrics", kept.id, "criteria", place),
        levels=LEVELS,
        **award_frame(found, *crumbs),
    )


@post(f"{RUBRIC}/criteria/{{place:str}}", **POSTED)
async def save_criterion(request: Request, award: FromPath[str], rubric: FromPath[UUID], place: Place) -> Response[Any]:
    """Save a criterion, which makes a new version of the rubric."""
    found, form = await reach.award(award, who(request)), await sent(request)
    kept = await rubrics.one_rubric(award=found, rubric_id=rubric)
    if change_rows(form.typed):
        return _criterion_page(request, found, kept, place, form)
    try:
        wish = check(form.typed, CriterionEdit)
        made = await rubrics.change_criterion(
            principal=who(request), award=found, rubric_id=rubric, place=place, wish=wish, now=request.now
        )
    except REFUSED as error:
        return _criterion_page(request, found, kept, place, form.refused(error))
    return done(address(found, "rubrics", made), "saved")


@post(f"{RUBRIC}/criteria/{{place:str}}/remove", **POSTED)
async def drop_criterion(request: Request, award: FromPath[str], rubric: FromPath[UUID], place: Place) -> Response[Any]:
    """Take a criterion out, which makes a new version of the rubric."""
    found = await reach.award(award, who(request))
    made = await rubrics.drop_criterion(
        principal=who(request), award=found, rubric_id=rubric, place=place, now=request.now
    )
    return done(address(found, "rubrics", made), "removed")


HANDLERS: list[Any] = [
    show_rubrics,
    add_rubric,
    show_rubric,
    show_criterion,
    save_criterion,
    drop_criterion,
]
