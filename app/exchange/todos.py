"""What waits on the start page of whoever looks after calendars of partner cities."""

import datetime as dt

from app.core.i18n import gettext as _
from app.core.i18n import ngettext, text
from app.exchange.agreeing import overview, reminders
from app.exchange.joining import view, waiting
from app.people.roles import Principal
from app.people.waiting import Todo, waits

_OFFICE = frozenset({"officer", "admin"})


@waits
async def agreements_to_decide(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return the agreements that end, or go on unless somebody says no, within 60 days."""
    if principal.role not in _OFFICE:
        return []
    return [
        Todo(
            1,
            reminders.sentence(text(one.partner.name), one.deadline, one.ends),
            f"/office/partners/{one.partner.slug}",
            _("Look at the agreement"),
            "warning",
        )
        for one in await reminders.coming(now)
    ]


@waits
async def events_to_decide(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return the sources whose events vanished or seem to be canceled."""
    if principal.role not in _OFFICE:
        return []
    return [
        Todo(
            many,
            ngettext(
                "%(n)s event of %(partner)s vanished or seems to be canceled",
                "%(n)s events of %(partner)s vanished or seem to be canceled",
                many,
                partner=text(partner.name),
            ),
            f"/office/partners/{partner.slug}/sources/{source.id}",
            _("Decide"),
            "warning",
        )
        for partner, source, many in await overview.waiting_for(principal, now)
    ]


@waits
async def sources_that_fail(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return the partners whose calendars cannot be read; a partner sees its own."""
    if principal.role not in _OFFICE | {"partner"}:
        return []
    base = "/partner" if principal.role == "partner" else "/office/partners"
    return [
        Todo(
            one.failing,
            ngettext(
                "%(n)s calendar of %(partner)s cannot be read",
                "%(n)s calendars of %(partner)s cannot be read",
                one.failing,
                partner=text(one.partner.name),
            ),
            f"{base}/{one.partner.slug}",
            _("Find the cause"),
            "error",
        )
        for one in await overview.listed(principal, now)
        if one.failing
    ]


@waits
async def cards_to_decide(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return how much differs between cities, and how much may be one event."""
    if principal.role not in _OFFICE:
        return []
    many = await waiting.many(await view.reader(principal, now), now=now)
    words = ngettext("%(n)s event is told differently, or twice", "%(n)s events are told differently, or twice", many)
    return [Todo(many, words, "/office/partners/cards", _("Compare"))]
