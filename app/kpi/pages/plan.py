"""The plan's table with actuals and later targets, entered with evidence."""

from typing import Any

from litestar import Response, get, post

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.pages.frame import Typed
from app.kpi.fiscal import fiscal_year_of
from app.kpi.freezing import entered
from app.kpi.freezing.entered import NewValue
from app.kpi.plan import load_plan

PLAN = "/office/kpi/plan"
KINDS = {
    "actual": gettext_lazy("Actual value"),
    "increment": gettext_lazy("Target: what the year is to add"),
    "level": gettext_lazy("Target: the level to be reached"),
}


@get(PLAN, include_in_schema=False)
async def show_plan(request: Request) -> Response[str]:
    """Show the plan's table, what was entered, and the form."""
    return await _shown(request, {"fiscal_year": fiscal_year_of(request.now) - 1, "kind": "actual"})


@post(PLAN, include_in_schema=False, status_code=303)
async def enter_value(request: Request) -> Response[Any]:
    """Enter a value with its evidence."""
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        wish = check(form, NewValue)
        await entered.enter(wish=wish, operator=request.scope["user"].actor, now=request.now)
    except Invalid as error:
        return await _shown(request, form, error.errors)
    return done(PLAN, "added")


async def _shown(request: Request, form: dict[str, Any], errors: list[FieldError] | None = None) -> Response[str]:
    rows = await entered.table()
    return page(
        request,
        "kpi/plan.html",
        status=422 if errors else 200,
        plan=load_plan(),
        rows=rows,
        years=list(rows[0].cells),
        history=await entered.all_entered(),
        kinds=KINDS,
        form=Typed(form),
        errors=errors or [],
    )


HANDLERS: list[Any] = [show_plan, enter_value]
