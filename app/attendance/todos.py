"""What waits on the start page: gates to work at, and people whose residence nobody knows."""

import datetime as dt

from app.attendance import queries
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
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
