"""Awards and their categories, as those who run them set them up."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.awards import reach
from app.awards.pages.frame import KINDS, STATES, address, award_frame, phase_words
from app.awards.reach import AwardRef
from app.awards.setting import awards, categories, overview
from app.awards.setting.categories import Category
from app.awards.setting.edits import AwardEdit, CategoryEdit, NewAward, by_clocks
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES, NAMES, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed, typed_moment
from app.core.web.pages import page
from app.core.web.request import Request
from app.events import queries
from app.events.errors import StillNeeded, WrongState
from app.events.pages.frame import REFUSED, Form, filled, form_page, sent, who

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
AWARDS = "/awards"
ONE = f"{AWARDS}/{{award:str}}"
CATEGORIES = f"{ONE}/categories"
MOMENTS = ("opens_at", "closes_at")
TAGS = [(tag, NAMES[tag]) for tag in LANGUAGES]
ZONES = ("Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Bangkok", "Europe/Berlin", "America/New_York", "UTC")
"""Zones that a form proposes; any other may be typed."""


@get(AWARDS, **HTML)
async def show_awards(request: Request) -> Response[str]:
    """List the awards that somebody runs."""
    found = await awards.listed(who(request))
    return page(request, "awards/setting/awards.html", found=found, may_add=who(request).scope.awards is None)


@get(f"{AWARDS}/new", **HTML)
async def new_award(request: Request) -> Response[str]:
    """Show the form of a new award."""
    return await _new_page(request, Form({"languages": ["ja", "en"]}))


async def _new_page(request: Request, form: Form) -> Response[str]:
    found = await awards.listed(who(request))
    return form_page(
        request,
        "awards/setting/new_award.html",
        form,
        crumbs=[(AWARDS, _("Awards")), ("", _("New award"))],
        conventions=[(str(c.id), text(c.title)) for c in await queries.conventions()],
        models=[(str(one.id), text(one.title)) for one in found],
        tags=TAGS,
    )


@post(f"{AWARDS}/new", **POSTED)
async def create_award(request: Request) -> Response[Any]:
    """Make an award, perhaps with the set-up of another one."""
    form = await sent(request)
    try:
        wish = check(listed(form.typed, "languages"), NewAward)
        made = await awards.create(principal=who(request), wish=wish, now=request.now)
    except REFUSED as error:
        return await _new_page(request, form.refused(error, slug=_slug_words()))
    return done(f"{AWARDS}/{made}", "added")


def _slug_words() -> str:
    return _("Use small letters, digits and hyphens, and end with the year, such as green-innovation-2026.")


@get(ONE, **HTML)
async def show_award(request: Request, award: FromPath[str]) -> Response[str]:
    """Show an award: its categories and rounds, and what each still lacks."""
    found = await reach.award(award, who(request))
    return await _award_page(request, found)


async def _award_page(request: Request, found: AwardRef, refusal: str = "", status: int = 200) -> Response[str]:
    parts = await overview.parts_of(found, now=request.now)
    return page(
        request,
        "awards/setting/award.html",
        status=status,
        refusal=refusal,
        parts=[(one, phase_words(one.category, request.now)) for one in parts],
        states=STATES,
        kinds=KINDS,
        **award_frame(found),
    )


@get(f"{ONE}/settings", **HTML)
async def show_settings(request: Request, award: FromPath[str]) -> Response[str]:
    """Show the form of an award."""
    found = await reach.award(award, who(request))
    held = await awards.stored(found)
    return _settings_page(request, found, filled(held.edit, held.revision))


def _settings_page(request: Request, found: AwardRef, form: Form) -> Response[str]:
    frame = award_frame(found, ("", _("Texts and languages")))
    return form_page(request, "awards/setting/settings.html", form, tags=TAGS, **frame)


@post(f"{ONE}/settings", **POSTED)
async def save_settings(request: Request, award: FromPath[str]) -> Response[Any]:
    """Save an award."""
    found, form = await reach.award(award, who(request)), await sent(request)
    try:
        wish = check(listed(form.typed, "languages"), AwardEdit)
        await awards.change(principal=who(request), award=found, seen=form.seen, wish=wish, now=request.now)
    except REFUSED as error:
        return _settings_page(request, found, form.refused(error))
    return done(address(found), "saved")


@post(f"{ONE}/publish", **POSTED)
async def publish_award(request: Request, award: FromPath[str]) -> Response[Any]:
    """Show an award to everybody."""
    found = await reach.award(award, who(request))
    try:
        await awards.publish(principal=who(request), award=found, now=request.now)
    except WrongState as error:
        return await _refused(request, found, error)
    return done(address(found), "published")


@post(f"{ONE}/unpublish", **POSTED)
async def unpublish_award(request: Request, award: FromPath[str]) -> Response[Any]:
    """Hide an award again."""
    found = await reach.award(award, who(request))
    try:
        await awards.unpublish(principal=who(request), award=found, now=request.now)
    except (StillNeeded, WrongState) as error:
        return await _refused(request, found, error)
    return done(address(found), "unpublished")


async def _refused(request: Request, found: AwardRef, error: DomainError) -> Response[str]:
    return await _award_page(request, found, error.detail, int(error.status))


@get(f"{CATEGORIES}/new", **HTML)
async def new_category(request: Request, award: FromPath[str]) -> Response[str]:
    """Show the form of a new category."""
    found = await reach.award(award, who(request))
    form = Form({"zone": found.zone, "grace": 0, "least_members": 1, "evidence": "true"})
    return _category_page(request, found, None, form)


def _category_page(request: Request, found: AwardRef, category: Category | None, form: Form) -> Response[str]:
    title = text(category.title) if category else _("New category")
    target = address(found, "categories", category.id if category else "new")
    frame = award_frame(found, ("", title))
    return form_page(request, "awards/setting/category.html", form, title=title, target=target, zones=ZONES, **frame)


def _category_form(category: Category) -> Form:
    form = filled(category.edit, category.revision)
    shown = {name: typed_moment(getattr(category, name), category.zone) for name in MOMENTS}
    return Form({**form.typed, **shown, "evidence": "true" if category.evidence else ""}, form.seen)


@post(f"{CATEGORIES}/new", **POSTED)
async def add_category(request: Request, award: FromPath[str]) -> Response[Any]:
    """Add a category."""
    found, form = await reach.award(award, who(request)), await sent(request)
    try:
        wish = check(by_clocks(form.typed, *MOMENTS), CategoryEdit)
        await categories.add(principal=who(request), award=found, wish=wish, now=request.now)
    except REFUSED as error:
        return _category_page(request, found, None, form.refused(error))
    return done(address(found), "added")


@get(f"{CATEGORIES}/{{category:uuid}}", **HTML)
async def show_category(request: Request, award: FromPath[str], category: FromPath[UUID]) -> Response[str]:
    """Show the form of a category."""
    found = await reach.award(award, who(request))
    held = await categories.one_category(found, category)
    return _category_page(request, found, held, _category_form(held))


@post(f"{CATEGORIES}/{{category:uuid}}", **POSTED)
async def save_category(request: Request, award: FromPath[str], category: FromPath[UUID]) -> Response[Any]:
    """Save a category."""
    found, form = await reach.award(award, who(request)), await sent(request)
    held = await categories.one_category(found, category)
    try:
        wish = check(by_clocks(form.typed, *MOMENTS), CategoryEdit)
        await categories.change(
            principal=who(request), award=found, category=category, seen=form.seen, wish=wish, now=request.now
        )
    except REFUSED as error:
        return _category_page(request, found, held, form.refused(error))
    return done(address(found), "saved")


HANDLERS: list[Any] = [
    show_awards,
    new_award,
    create_award,
    show_award,
    show_settings,
    save_settings,
    publish_award,
    unpublish_award,
    new_category,
    add_category,
    show_category,
    save_category,
]
