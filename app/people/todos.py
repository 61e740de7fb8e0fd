"""What waits for those who answer for people and for the machinery."""

import datetime as dt

from app.core import jobs
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.people import invitations
from app.people.roles import INVITES, Principal
from app.people.waiting import Todo, waits


@waits
async def open_invitations(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Invitations that nobody has accepted yet."""
    if principal.role not in INVITES:
        return []
    lines = [line for line in await invitations.listed(principal, now) if line.state == "open"]
    words = ngettext("%(n)s invitation is not accepted yet", "%(n)s invitations are not accepted yet", len(lines))
    return [Todo(len(lines), words, "/console/invitations", _("See who"))]


@waits
async def given_up_jobs(principal: Principal, now: dt.datetime) -> list[Todo]:
    """Work that failed eight times and needs a person."""
    if principal.role not in {"officer", "admin"}:
        return []
    many = (await jobs.backlog(now)).given_up
    words = ngettext("%(n)s job was given up", "%(n)s jobs were given up", many)
    return [Todo(many, words, "/office/jobs", _("Find the cause"), "error")]
