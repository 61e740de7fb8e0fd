"""Rounds and panels, as those who run an award set them up, open and close them."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.awards import reach
from app.awards.pages import frame
from app.awards.pages.frame import address, award_frame, options, round_address, round_frame
from app.awards.pages.setting import CATEGORIES, HTML, ONE, POSTED, ZONES
from app.awards.reach import AwardRef, RoundRef
from app.awards.setting import judges, panels, readiness, rounds, rubrics
from app.awards.setting.categories import one_category
from app.awards.setting.edits import LaterEnd, PanelEdit, RoundEdit, by_clocks
from app.core.errors import DomainError, Invalid
from app.core.i18n import NAMES, moment, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed, typed_moment
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.errors import StillNeeded, WrongState
from app.events.pages.frame import REFUSED, Form, filled, form_page, sent, who

ROUND = f"{ONE}/rounds/{{round_id:uuid}}"
MOMENTS = ("opens_at", "closes_at", "vote_opens_at", "vote_closes_at")
FLAGS = ("blind", "unlinked")
PLACES = {
    "award": lambda found: address(found.award),
    "category": lambda found: address(found.award, "categories", found.category),
    "panel": lambda found: round_address(found, "panel"),
    "rubric": lambda found: address(found.award, "rubrics", found.rubric),
    "settings": lambda found: round_address(found, "settings"),
    "before": lambda found: address(found.award),
}
"""Where one does something about what is missing."""
FRESH = {"kind": "document", "method": "scores", "each": 3, "least": 0, "most": 40, "carry_count": 10, "best": 3}
RULES = {"peers": "own", "carry": "best", "missing_rule": "unjudged-v1", "tie_rule": "highest-points-v1"}


async def _award(request: Request, award: str) -> AwardRef:
    return await reach.award(award, who(request))


async def _round(request: Request, award: str, round_id: UUID) -> RoundRef:
    return await rounds.round_in(award=await _award(request, award), round_id=round_id)


@get(f"{CATEGORIES}/{{category:uuid}}/rounds/new", **HTML)
async def new_round(request: Request, award: FromPath[str], category: FromPath[UUID]) -> Response[str]:
    """Show the form of a new round."""
    found = await _award(request, award)
    held = await one_category(found, category)
    offered = await rubrics.choices(found.id)
    first = {"rubric": offered[0][0]} if offered else {}
    form = Form({**FRESH, **RULES, **first, "zone": held.zone, "grace": 0, "reminders": "72, 24"})
    return await _new_page(request, found, category, form)


async def _new_page(request: Request, found: AwardRef, category: UUID, form: Form) -> Response[str]:
    title = _("New round")
    target = address(found, "categories", category, "rounds", "new")
    around = {**award_frame(found, ("", title)), "title": title, "target": target, "back": address(found)}
    return await _form_page(request, found, form, **around)


async def _form_page(request: Request, found: AwardRef, form: Form, **values: Any) -> Response[str]:
    return form_page(
        request,
        "awards/setting/round_form.html",
        form,
        rubrics=await rubrics.choices(found.id),
        kinds=options(frame.KINDS),
        methods=options(frame.METHODS),
        peers=options(frame.PEERS),
        carries=options(frame.CARRY),
        missing_rules=options(frame.MISSING),
        tie_rules=options(frame.TIES),
        zones=ZONES,
        **values,
    )


@post(f"{CATEGORIES}/{{category:uuid}}/rounds/new", **POSTED)
async def add_round(request: Request, award: FromPath[str], category: FromPath[UUID]) -> Response[Any]:
    """Add a round to a category."""
    found, form = await _award(request, award), await sent(request)
    try:
        wish = check(by_clocks(form.typed, *MOMENTS), RoundEdit)
        made = await rounds.add(principal=who(request), award=found, category=category, wish=wish, now=request.now)
    except REFUSED as error:
        return await _new_page(request, found, category, form.refused(error))
    return done(address(found, "rounds", made), "added")


@get(ROUND, **HTML)
async def show_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show a round: its rules, its panel, and what is missing before it can open."""
    return await _round_page(request, await _round(request, award, round_id))


async def _round_page(request: Request, found: RoundRef, refusal: str = "", status: int = 200) -> Response[str]:
    lacks = await readiness.missing(found, now=request.now) if found.state == "draft" else []
    held = await rounds.stored(found)
    return page(
        request,
        "awards/setting/round.html",
        status=status,
        refusal=refusal,
        lacks=[(one.words, PLACES[one.about](found)) for one in lacks],
        seats=await rounds.panel(found.id),
        held=held.edit,
        may_close=await rounds.may_close(found, now=request.now),
        words=frame,
        **round_frame(found),
    )


@get(f"{ROUND}/settings", **HTML)
async def show_round_settings(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show the form of a round that has not opened."""
    found = await _round(request, award, round_id)
    held = await rounds.stored(found)
    form = filled(held.edit, held.revision)
    shown = {name: typed_moment(getattr(held.edit, name), found.zone) for name in MOMENTS}
    flags = {name: "true" if getattr(held.edit, name) else "" for name in FLAGS}
    return await _settings_page(request, found, Form({**form.typed, **shown, **flags}, form.seen))


async def _settings_page(request: Request, found: RoundRef, form: Form) -> Response[str]:
    around = {**award_frame(found.award, (round_address(found), text(found.title)), ("", _("Settings")))}
    target = round_address(found, "settings")
    shown = {"title": text(found.title), "target": target, "back": round_address(found)}
    return await _form_page(request, found.award, form, **around, **shown)


@post(f"{ROUND}/settings", **POSTED)
async def save_round_settings(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Save a round that has not opened."""
    found, form = await _round(request, award, round_id), await sent(request)
    try:
        wish = check(by_clocks(form.typed, *MOMENTS), RoundEdit)
        await rounds.change(principal=who(request), found=found, seen=form.seen, wish=wish, now=request.now)
    except REFUSED as error:
        return await _settings_page(request, found, form.refused(error))
    except WrongState as error:
        return await _refused(request, found, error)
    return done(round_address(found), "saved")


async def _refused(request: Request, found: RoundRef, error: DomainError) -> Response[str]:
    """Say on the round's own page why something is not done to it."""
    again = await reach.any_round(found.id)
    return await _round_page(request, again, error.detail, int(error.status))


@get(f"{ROUND}/remove", **HTML)
async def ask_remove_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Ask whether the draft of a round is to be removed."""
    found = await _round(request, award, round_id)
    return page(
        request,
        "core/confirm.html",
        question=_("Remove “%(title)s”?", title=text(found.title)),
        words=_("A round can be removed while nobody sits on its panel and it has not opened."),
        action=round_address(found, "remove"),
        button=_("Remove the round"),
        back=round_address(found),
        danger=True,
    )


@post(f"{ROUND}/remove", **POSTED)
async def remove_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Remove the draft of a round."""
    found = await _round(request, award, round_id)
    try:
        await rounds.remove(principal=who(request), found=found, now=request.now)
    except (StillNeeded, WrongState) as error:
        return await _refused(request, found, error)
    return done(address(found.award), "removed")


@get(f"{ROUND}/panel", **HTML)
async def show_panel(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Show who sits in a round, to choose from the judges of the award."""
    found = await _round(request, award, round_id)
    seats = await rounds.panel(found.id)
    chair = next((str(one.judge) for one in seats if one.chair), "")
    return await _panel_page(request, found, Form({"judges": [str(one.judge) for one in seats], "chair": chair}))


async def _panel_page(request: Request, found: RoundRef, form: Form) -> Response[str]:
    known = await judges.judges_of(found.award.id)
    around = round_frame(found, ("", _("Panel")))
    spoken = {one.id: ", ".join(NAMES.get(tag, tag) for tag in one.languages) for one in known}
    offered = [(str(one.id), f"{one.pseudonym} {one.label}", spoken[one.id]) for one in known]
    return form_page(request, "awards/setting/panel.html", form, offered=offered, fixed=panels.FIXED, **around)


@post(f"{ROUND}/panel", **POSTED)
async def save_panel(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Let these judges sit in a round."""
    found, form = await _round(request, award, round_id), await sent(request)
    typed = listed(form.typed, "judges")
    try:
        wish = check({name: typed[name] for name in ("judges", "chair") if name in typed}, PanelEdit)
        await panels.set_panel(principal=who(request), found=found, wish=wish, now=request.now)
    except Invalid as error:
        return await _panel_page(request, found, Form(typed).refused(error))
    except WrongState as error:
        return await _refused(request, found, error)
    return done(round_address(found, "panel"), "saved")


@get(f"{ROUND}/open", **HTML)
async def ask_open_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Ask before opening a round."""
    found = await _round(request, award, round_id)
    return page(
        request,
        "core/confirm.html",
        question=_("Open “%(title)s”?", title=text(found.title)),
        words=_("Its rules, its rubric and the entries as they stand are pinned. Nobody can change them afterwards."),
        action=round_address(found, "open"),
        button=_("Open the round"),
        back=round_address(found),
        danger=False,
    )


@post(f"{ROUND}/open", **POSTED)
async def open_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Open a round."""
    found = await _round(request, award, round_id)
    try:
        await rounds.open_round(principal=who(request), found=found, now=request.now)
    except Invalid:
        return await _round_page(request, found, _("Something is still missing."), 422)
    except WrongState as error:
        return await _refused(request, found, error)
    return done(round_address(found), "opened")


@post(f"{ROUND}/close", **POSTED)
async def close_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Close a round."""
    found = await _round(request, award, round_id)
    try:
        await rounds.close_round(principal=who(request), found=found, now=request.now)
    except WrongState as error:
        return await _refused(request, found, error)
    return done(round_address(found), "closed")


@get(f"{ROUND}/later", **HTML)
async def ask_later(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[str]:
    """Ask until when an open round is to last, and why."""
    found = await _round(request, award, round_id)
    return _later_page(request, found, Form({"closes_at": typed_moment(found.closes_at, found.zone)}))


def _later_page(request: Request, found: RoundRef, form: Form) -> Response[str]:
    ends = moment(found.closes_at, found.zone)
    return form_page(request, "awards/setting/later.html", form, ends=ends, **round_frame(found, ("", _("Later end"))))


@post(f"{ROUND}/later", **POSTED)
async def extend_round(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Any]:
    """Let an open round end later."""
    found, form = await _round(request, award, round_id), await sent(request)
    try:
        typed = by_clocks({**form.typed, "zone": found.zone}, "closes_at")
        wish = check({name: typed[name] for name in ("closes_at", "reason") if name in typed}, LaterEnd)
        await rounds.extend(principal=who(request), found=found, wish=wish, now=request.now)
    except Invalid as error:
        return _later_page(request, found, form.refused(error))
    except WrongState as error:
        return await _refused(request, found, error)
    return done(round_address(found), "extended")


HANDLERS: list[Any] = [
    new_round,
    add_round,
    show_round,
    show_round_settings,
    save_round_settings,
    ask_remove_round,
    remove_round,
    show_panel,
    save_panel,
    ask_open_round,
    open_round,
    close_round,
    ask_later,
    extend_round,
]
