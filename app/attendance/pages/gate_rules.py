"""Console: what a gate asks of ticket types."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from app.attendance import gate_rules
from app.attendance.gate_rules import At, GateRuleEdit
from app.core.i18n import day, gettext_lazy, text
from app.core.i18n import gettext as _
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.pages.frame import REFUSED, Form, address, event_frame, filled, form_page, sent, who

ENTRY_RULES = {
    "daily": gettext_lazy("Once a day"),
    "once": gettext_lazy("Once"),
    "times": gettext_lazy("A number of times"),
    "after_exit": gettext_lazy("Again after leaving"),
    "free": gettext_lazy("As often as one likes"),
}
ADMITS = {"true": gettext_lazy("Yes"), "false": gettext_lazy("No, they use another gate")}
REENTRY = {"true": gettext_lazy("Yes, after leaving"), "false": gettext_lazy("No")}
NAMES = {"entry_rule": ENTRY_RULES, "admits": ADMITS, "reentry": REENTRY}


def rules_path(event: UUID, gate: UUID) -> str:
    """Return the address of the rules of a gate."""
    return address(event, "places", "gates", gate, "rules")


@get("/console/events/{event:uuid}/places/gates/{gate:uuid}/rules", include_in_schema=False)
async def show_rules(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[str]:
    """List the rules of a gate."""
    at = await gate_rules.at_gate(event=event, gate=gate, principal=who(request))
    return page(
        request,
        "attendance/console/gate_rules.html",
        **event_frame(at.own, "places", now=request.now, below=text(at.gate.name)),
        gate=at.gate,
        rules=await gate_rules.rules_of(gate),
        names=NAMES,
        address=rules_path(event, gate),
    )


@get("/console/events/{event:uuid}/places/gates/{gate:uuid}/rules/new", include_in_schema=False)
async def new_rule(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[str]:
    """Show the form of a new rule."""
    at = await gate_rules.at_gate(event=event, gate=gate, principal=who(request))
    return _form(request, at, Form())


@post("/console/events/{event:uuid}/places/gates/{gate:uuid}/rules/new", include_in_schema=False, status_code=200)
async def add_rule(request: Request, event: FromPath[UUID], gate: FromPath[UUID]) -> Response[Any]:
    """Add a rule."""
    at = await gate_rules.at_gate(event=event, gate=gate, principal=who(request))
    form = await _sent(request)
    try:
        wish = check(form.typed, GateRuleEdit)
        await gate_rules.add(event=event, gate=gate, wish=wish, principal=who(request), now=request.now)
    except REFUSED as error:
        return _form(request, at, form.refused(error))
    return done(rules_path(event, gate), "added")


@get("/console/events/{event:uuid}/places/gates/{gate:uuid}/rules/{rule:uuid}", include_in_schema=False)
async def show_rule(
    request: Request, event: FromPath[UUID], gate: FromPath[UUID], rule: FromPath[UUID]
) -> Response[str]:
    """Show the form of a rule."""
    at = await gate_rules.at_gate(event=event, gate=gate, principal=who(request))
    stored = await gate_rules.rule_of(gate=gate, rule=rule)
    return _form(request, at, filled(stored.edit, stored.revision), held=True)


@post(
    "/console/events/{event:uuid}/places/gates/{gate:uuid}/rules/{rule:uuid}", include_in_schema=False, status_code=200
)
async def save_rule(
    request: Request, event: FromPath[UUID], gate: FromPath[UUID], rule: FromPath[UUID]
) -> Response[Any]:
    """Save a rule."""
    at = await gate_rules.at_gate(event=event, gate=gate, principal=who(request))
    form = await _sent(request)
    try:
        await gate_rules.change(
            event=event,
            gate=gate,
            rule=rule,
            seen=form.seen,
            wish=check(form.typed, GateRuleEdit),
            principal=who(request),
            now=request.now,
        )
    except REFUSED as error:
        return _form(request, at, form.refused(error), held=True)
    return done(rules_path(event, gate), "saved")


@post(
    "/console/events/{event:uuid}/places/gates/{gate:uuid}/rules/{rule:uuid}/remove",
    include_in_schema=False,
    status_code=200,
)
async def remove_rule(
    request: Request, event: FromPath[UUID], gate: FromPath[UUID], rule: FromPath[UUID]
) -> Response[Any]:
    """Remove a rule."""
    await gate_rules.remove(event=event, gate=gate, rule=rule, principal=who(request), now=request.now)
    return done(rules_path(event, gate), "removed")


async def _sent(request: Request) -> Form:
    form = await sent(request)
    return Form(listed(form.typed, "days"), form.seen)


def _form(request: Request, at: At, form: Form, *, held: bool = False) -> Response[str]:
    """Show the form of a rule with what was typed."""
    below = (_("Rule of %(gate)s") if held else _("New rule of %(gate)s")) % {"gate": text(at.gate.name)}
    return form_page(
        request,
        "attendance/console/gate_rule.html",
        form,
        **event_frame(at.own, "places", now=request.now, below=below),
        title=below,
        back=rules_path(at.own.event.id, at.gate.id),
        types=[(t.id, text(t.title)) for t in at.types],
        days=[(one.isoformat(), day(one)) for one in at.days],
        names=NAMES,
        zone=at.own.convention.zone,
        held=held,
    )


HANDLERS: list[Any] = [show_rules, new_rule, add_rule, show_rule, save_rule, remove_rule]
