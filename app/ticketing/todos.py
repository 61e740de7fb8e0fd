"""What waits on the start page: events that lack something, places that run out, tickets to show."""

import datetime as dt
from collections.abc import Iterable

from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.events import desk
from app.people.persons import persons_of
from app.people.roles import Principal
from app.people.waiting import Todo, waits
from app.ticketing import queries
from app.ticketing.messages.untold import untold
from app.ticketing.payments.waiting import refunds
from app.ticketing.programme import coming
from app.ticketing.setting_up.console_queries import EventNeeds, needs

NEARLY = 90
"""Percent of a quota from which on its organiser is told."""
SOON = dt.timedelta(hours=24)


@waits
async def of_organiser(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return what an organiser's coming events lack."""
    if principal.role != "organiser":
        return []
    found = await needs(desk.reach(principal), now, nearly=NEARLY)
    shown = [n for n in found if n.published]
    return [
        _todo(
            [n for n in found if not n.published],
            "",
            ngettext(
                "%(n)s draft is not published yet.", "%(n)s drafts are not published yet.", len(found) - len(shown)
            ),
            _("Look at it"),
        ),
        _lack(found, "types", "tickets"),
        _lack(found, "sessions", "sessions"),
        _lack(found, "gates", "places"),
        *_urgent([n for n in found if n.published]),
    ]


def _todo(events: list[EventNeeds], below: str, words: str, action: str, kind: str = "") -> Todo:
    """Return a card: of one event it leads there, of several to the list."""
    place = f"/console/events/{events[0].id}/{below}".rstrip("/") if len(events) == 1 else "/console"
    return Todo(len(events), words, place, action, kind)


def _lack(found: Iterable[EventNeeds], what: str, below: str) -> Todo:
    events = [n for n in found if getattr(n, f"lacks_{what}")]
    n = len(events)
    words = {
        "types": ngettext("%(n)s event has no ticket type yet.", "%(n)s events have no ticket type yet.", n),
        "sessions": ngettext("%(n)s event has no session yet.", "%(n)s events have no session yet.", n),
        "gates": ngettext("%(n)s event has no gate yet.", "%(n)s events have no gate yet.", n),
    }
    return _todo(events, below, words[what], _("Add one"), "warning")


def _urgent(found: list[EventNeeds]) -> list[Todo]:
    asked = [n for n in found if n.asking]
    asking = sum(n.asking for n in asked)
    full = [n for n in found if n.nearly_full]
    silent = [n for n in found if n.silent]
    online = sum(n.silent for n in silent)
    return [
        _todo(
            asked,
            "guests/approvals",
            ngettext("%(n)s guest asks to be approved.", "%(n)s guests ask to be approved.", asking),
            _("Look at it"),
            "warning",
        ),
        _todo(
            full,
            "tickets",
            ngettext("Places run out at %(n)s event.", "Places run out at %(n)s events.", len(full)),
            _("Look at the places"),
            "warning",
        ),
        _todo(
            silent,
            "sessions",
            ngettext("%(n)s online session has no stream.", "%(n)s online sessions have no stream.", online),
            _("Add the stream"),
            "error",
        ),
    ]


@waits
async def of_whoever_canceled(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return the canceled events whose guests have not been told."""
    if principal.role not in {"organiser", "officer", "admin"}:
        return []
    found = await untold(principal, now)
    words = ngettext(
        "Guests of %(n)s canceled event have not been told.",
        "Guests of %(n)s canceled events have not been told.",
        len(found),
    )
    place = f"/console/events/{found[0]}/messages/new" if len(found) == 1 else "/console"
    return [Todo(len(found), words, place, _("Write to them"), "warning")]


@waits
async def of_attendee(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return the tickets to show and the sessions of the next day."""
    if principal.role != "attendee" or principal.account is None:
        return []
    views = await queries.tickets_of_persons(await persons_of(principal.account))
    valid = [v for v in views if v.state == "valid" and v.last_day >= (now - SOON).date()]
    soon = {a.session.id for a in coming(valid, now=now) if a.session.starts_at <= now + SOON}
    tickets = ngettext("You have %(n)s ticket to show.", "You have %(n)s tickets to show.", len(valid))
    sessions = ngettext("%(n)s session comes next.", "%(n)s sessions come next.", len(soon))
    return [
        Todo(len(valid), tickets, "/my", _("Show the code")),
        Todo(len(soon), sessions, "/my", _("See when and where")),
    ]


@waits
async def of_payee(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # a refund has no day
    """Return the money that has to go back to guests."""
    if principal.role not in {"organiser", "officer", "admin"}:
        return []
    found = await refunds(desk.reach(principal))
    words = ngettext("%(n)s payment has to be refunded.", "%(n)s payments have to be refunded.", found.payments)
    return [Todo(found.payments, words, found.address, _("Look at it"), "warning")]
