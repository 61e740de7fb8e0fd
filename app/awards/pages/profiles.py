"""Judges of an award: the list of those who run it, and the profile that each judge fills in."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.awards import reach
from app.awards.pages.frame import address, award_frame
from app.awards.pages.setting import HTML, ONE, POSTED, TAGS
from app.awards.reach import AwardRef
from app.awards.setting import judges
from app.awards.setting.edits import LINED, ProfileEdit, by_line
from app.awards.setting.judges import Sitting
from app.awards.topics import TOPICS
from app.core.errors import Invalid
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Form, form_page, sent, who

JUDGES = f"{ONE}/judges"
JUDGE = f"{JUDGES}/{{judge:uuid}}"
OWN = "/judging/{award:str}/profile"


@get(JUDGES, **HTML)
async def show_judges(request: Request, award: FromPath[str]) -> Response[str]:
    """List the judges of an award."""
    found = await reach.award(award, who(request))
    return page(
        request,
        "awards/setting/judges.html",
        headers=UNKEPT,
        found=await judges.judges_of(found.id),
        waiting=len(await judges.waiting(found)),
        topics=TOPICS,
        **award_frame(found, ("", _("Judges"))),
    )


@post(JUDGES, **POSTED)
async def number_judges(request: Request, award: FromPath[str]) -> Response[Any]:
    """Give a number to everybody who may judge and has none yet."""
    found = await reach.award(award, who(request))
    await judges.number_waiting(principal=who(request), award=found, now=request.now)
    return done(address(found, "judges"), "added")


@get(JUDGE, **HTML)
async def show_judge(request: Request, award: FromPath[str], judge: FromPath[UUID]) -> Response[str]:
    """Show the profile of a judge to whoever runs the award."""
    found = await reach.award(award, who(request))
    one = await judges.one_judge(award=found, judge=judge)
    return _judge_page(request, found, one, _form(one))


def _form(one: Sitting) -> Form:
    plain = msgspec.to_builtins(one.edit)
    return Form({**plain, **{name: "\n".join(plain[name]) for name in LINED}})


def _judge_page(request: Request, found: AwardRef, one: Sitting, form: Form) -> Response[str]:
    title = f"{one.pseudonym} {one.label}"
    crumbs = (address(found, "judges"), _("Judges")), ("", title)
    return form_page(
        request,
        "awards/setting/judge.html",
        form,
        headers=UNKEPT,
        title=title,
        target=address(found, "judges", one.id),
        tags=TAGS,
        topics=[(key, str(words)) for key, words in TOPICS.items()],
        **award_frame(found, *crumbs),
    )


@post(JUDGE, **POSTED)
async def save_judge(request: Request, award: FromPath[str], judge: FromPath[UUID]) -> Response[Any]:
    """Save the profile of a judge for the one who runs the award."""
    found, form = await reach.award(award, who(request)), await sent(request)
    one = await judges.one_judge(award=found, judge=judge)
    try:
        wish = _wish(form)
        await judges.save_profile(award=found, judge=one.id, principal=who(request), wish=wish, now=request.now)
    except Invalid as error:
        return _judge_page(request, found, one, _again(form).refused(error))
    return done(address(found, "judges"), "saved")


def _wish(form: Form) -> ProfileEdit:
    return check(listed(by_line(form.typed, *LINED), "languages", "topics"), ProfileEdit)


def _again(form: Form) -> Form:
    return Form(listed(form.typed, "languages", "topics"))


@get(OWN, **HTML)
async def show_profile(request: Request, award: FromPath[str]) -> Response[str]:
    """Show a judge its own profile."""
    found = await reach.award(award, who(request))
    me = await reach.judge(found.id, who(request))
    return _own_page(request, found, _form(await judges.one_judge(award=found, judge=me.id)))


def _own_page(request: Request, found: AwardRef, form: Form) -> Response[str]:
    return form_page(
        request,
        "awards/setting/profile.html",
        form,
        headers=UNKEPT,
        award=found,
        crumbs=[("/judging", _("Judging")), ("", text(found.title))],
        target=f"/judging/{found.slug}/profile",
        tags=TAGS,
        topics=[(key, str(words)) for key, words in TOPICS.items()],
    )


@post(OWN, **POSTED)
async def save_profile(request: Request, award: FromPath[str]) -> Response[Any]:
    """Save a judge's own profile."""
    found, form = await reach.award(award, who(request)), await sent(request)
    me = await reach.judge(found.id, who(request))
    try:
        wish = _wish(form)
        await judges.save_profile(award=found, judge=me.id, principal=who(request), wish=wish, now=request.now)
    except Invalid as error:
        return _own_page(request, found, _again(form).refused(error))
    return done(f"/judging/{found.slug}/profile", "saved")


HANDLERS: list[Any] = [show_judges, number_judges, show_judge, save_judge, show_profile, save_profile]
