"""The office's pages of a frozen year: freeze it, restate it, count it again, take its body along."""

import datetime as dt
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import PathParameter
from msgspec import Struct

from app.core.errors import FieldError, Invalid
from app.core.i18n import day, gettext_lazy
from app.core.i18n import gettext as _
from app.core.validation import Paragraph, check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed
from app.kpi.errors import NothingToRestate, TooEarly
from app.kpi.freezing import freeze
from app.kpi.freezing.frozen import frozen_row
from app.kpi.freezing.view import year_view
from app.kpi.schemas import FIRST_YEAR, LAST_YEAR

YEARS = "/office/kpi/years"
Year = Annotated[int, PathParameter(ge=FIRST_YEAR, le=LAST_YEAR)]
HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
DONE = {
    "frozen": gettext_lazy("Frozen. This figure stands for ever."),
    "restated": gettext_lazy("The restated value is published beside the frozen one."),
    "closed": gettext_lazy("The audit is closed, and its result stands beside the number."),
}


class Act(Struct, frozen=True, forbid_unknown_fields=True):
    """A freeze or a restatement with its reason."""

    reason: Paragraph = ""
    csrf: str = ""


@get(f"{YEARS}/{{year:str}}", **HTML)
async def show_year(request: Request, year: Year) -> Response[str]:
    """Show what is frozen of a year, what was restated since and why, and its audit."""
    return await _shown(request, year)


async def _shown(request: Request, year: int, **found: Any) -> Response[str]:
    view = await year_view(fiscal_year=year, now=request.now)
    return page(request, "kpi/year.html", headers=UNKEPT, view=view, done_words=DONE, **{"recomputed": None, **found})


@get(f"{YEARS}/{{year:str}}/body.json", **HTML)
async def take_body(request: Request, year: Year) -> Response[bytes]:  # noqa: ARG001
    """Give the frozen body byte for byte: its SHA-256 is the published digest."""
    row = await frozen_row(year)
    name = f'attachment; filename="kpi2-{year}.json"'
    headers = {"content-disposition": name, **UNKEPT}
    return Response(row.body.encode(), media_type="application/json", headers=headers)


@post(f"{YEARS}/{{year:str}}/recompute", include_in_schema=False, status_code=200)
async def recompute(request: Request, year: Year) -> Response[str]:
    """Count the frozen year again from the ledger, and say whether the digest is the same."""
    return await _shown(request, year, recomputed=await freeze.recomputed(await frozen_row(year)))


@get(f"{YEARS}/{{year:str}}/freeze", **HTML)
async def ask_freeze(request: Request, year: Year) -> Response[str]:
    """Ask before freezing."""
    return _freeze_page(request, year, {})


@post(f"{YEARS}/{{year:str}}/freeze", **POSTED)
async def freeze_year(request: Request, year: Year) -> Response[Any]:
    """Freeze a year."""
    form = await read_form(request)
    try:
        act = check(form, Act)
        await freeze.freeze(fiscal_year=year, operator=_actor(request), reason=act.reason, now=request.now)
    except Invalid as error:
        return _freeze_page(request, year, form, error.errors)
    except TooEarly as error:
        return _freeze_page(request, year, form, [FieldError("reason", "required", error.detail)])
    return done(f"{YEARS}/{year}", "frozen")


def _freeze_page(
    request: Request, year: int, form: dict[str, Any], errors: list[FieldError] | None = None
) -> Response[str]:
    is_early = not freeze.is_due(year, request.now)
    return _act_page(
        request,
        year,
        form,
        errors,
        question=_("Freeze fiscal year %(year)s?", year=year),
        words=_("The figure is kept as the ledger gives it now, and published. Nobody can take that back."),
        consequences=_consequences(freeze.due(year)) if is_early else [],
        button=_("Freeze for good"),
        danger=True,
        act="freeze",
        hint=_("Stands beside the figure for ever."),
        needed=is_early,
    )


def _consequences(due: dt.date) -> list[str]:
    return [
        _("It is early: this year is to be frozen on %(day)s. Say why it has to be now.", day=day(due)),
        _("Evidence that comes later changes the restated value only, never the frozen one."),
    ]


@get(f"{YEARS}/{{year:str}}/restate", **HTML)
async def ask_restate(request: Request, year: Year) -> Response[str]:
    """Ask before publishing a restated value."""
    await frozen_row(year)
    return _restate_page(request, year, {})


@post(f"{YEARS}/{{year:str}}/restate", **POSTED)
async def restate_year(request: Request, year: Year) -> Response[Any]:
    """Publish what the ledger says now beside the frozen figure."""
    form = await read_form(request)
    try:
        act = check(form, Act)
        _require_reason(act)
        await freeze.restate(fiscal_year=year, operator=_actor(request), reason=act.reason, now=request.now)
    except Invalid as error:
        return _restate_page(request, year, form, error.errors)
    except NothingToRestate as error:
        return _restate_page(request, year, form, [FieldError("reason", "nothing", error.detail)])
    return done(f"{YEARS}/{year}", "restated")


def _require_reason(act: Act) -> None:
    if not act.reason:
        raise Invalid([FieldError("reason", "required", _("This is needed."))])


def _restate_page(
    request: Request, year: int, form: dict[str, Any], errors: list[FieldError] | None = None
) -> Response[str]:
    return _act_page(
        request,
        year,
        form,
        errors,
        question=_("Publish a restated value for fiscal year %(year)s?", year=year),
        words=_("The frozen figure stays as it is. What the ledger says now is published beside it, with your reason."),
        consequences=[],
        button=_("Publish the restated value"),
        danger=False,
        act="restate",
        hint=_("Everybody can read it: name no person."),
        needed=True,
    )


def _act_page(
    request: Request, year: int, form: dict[str, Any], errors: list[FieldError] | None, *, act: str, **values: Any
) -> Response[str]:
    return page(
        request,
        "kpi/act.html",
        status=422 if errors else 200,
        form=Typed(form),
        errors=errors or [],
        action=f"{YEARS}/{year}/{act}",
        back=f"{YEARS}/{year}",
        **values,
    )


def _actor(request: Request) -> str:
    actor: str = request.scope["user"].actor
    return actor


HANDLERS: list[Any] = [show_year, take_body, recompute, ask_freeze, freeze_year, ask_restate, restate_year]
