"""What waits on the start page: gates to work at, and people whose residence nobody knows."""

import datetime as dt

from app.attendance import queries
from app.attendance.identity import queries as doubles
from app.attendance.online.reports import waiting
from app.attendance.scanning import settling
from app.core.i18n import gettext as _
from app.core.i18n import ngettext, text
from app.people.roles import Principal
from app.people.waiting import Todo, waits

_CITY = frozenset({"officer", "admin"})


@waits
async def of_staff(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return the gates at which somebody checks tickets."""
    if principal.role not in {"staff", "lead"}:
        return []
    gates = len(await queries.gates_of(principal, now=now))
    words = ngettext("You check tickets at %(n)s gate.", "You check tickets at %(n)s gates.", gates)
    return [Todo(gates, words, "/gate", _("Choose a gate"))]


@waits
async def of_lead(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return how many odd scans nobody has settled."""
    if principal.role != "lead":
        return []
    odd = len(await settling.odd_scans(principal))
    words = ngettext("%(n)s scan has to be looked at.", "%(n)s scans have to be looked at.", odd)
    return [Todo(odd, words, "/gate/odd", _("Settle odd scans"), "warning")]


@waits
async def of_reviewer(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Return how many pairs of people may be one, and whether one of them waits for more than a week."""
    if principal.role not in _CITY:
        return []
    pairs, oldest = await doubles.waiting()
    words = ngettext("%(n)s pair of people may be one person.", "%(n)s pairs of people may be one person.", pairs)
    is_late = oldest is not None and now - oldest > dt.timedelta(days=7)
    return [Todo(pairs, words, "/office/doubles", _("Look at them"), "warning" if is_late else "")]


@waits
async def of_organiser(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return how many stays, reported by video platforms, nobody is sure of: one card for each event."""
    if principal.role not in {"organiser", *_CITY}:
        return []
    return [
        Todo(
            one.stays,
            ngettext(
                "%(n)s person followed %(event)s on a video platform, and nobody has said who it was.",
                "%(n)s people followed %(event)s on a video platform, and nobody has said who they were.",
                one.stays,
                event=text(one.title),
            ),
            f"/console/events/{one.event}/reported",
            _("Decide"),
        )
        for one in await waiting.by_event(principal=principal)
    ]


@waits
async def of_officer(principal: Principal, now: dt.datetime) -> list[Todo]:  # noqa: ARG001  # as every `Ask`
    """Return how many ticket holders cannot be counted, because nobody knows where they live."""
    if principal.role not in _CITY:
        return []
    unknown = await queries.without_residence()
    words = ngettext(
        "%(n)s ticket holder has no residence and is not counted.",
        "%(n)s ticket holders have no residence and are not counted.",
        unknown,
    )
    return [Todo(unknown, words, "/office/kpi", _("Look at the figures"), "warning")]
