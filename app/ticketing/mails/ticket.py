"""The mail that brings a ticket, with its PDF and its calendar file: the first one, and each after a change."""

import asyncio
import re
from collections.abc import Sequence
from uuid import UUID

from app.core import mail
from app.core.db import fetch_one
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.core.web.pages import render
from app.people import undeliverable
from app.ticketing import queries
from app.ticketing.documents import papers
from app.ticketing.mails import calendars
from app.ticketing.schemas import TicketSession, TicketView
from app.ticketing.tickets import manage_url, page_url

_TOLD_OF = frozenset({"changed", "reissued", "unblocked"})
"""Changes after which a holder has had this ticket before; whoever is given one sees it for the first time."""
_OUTSIDE = re.compile(r"[^A-Za-z0-9]+")


async def is_overtaken(view: TicketView, revision: int) -> bool:
    """Whether a mail about a later change brings the same: what is sent is the ticket as it is now."""
    if view.revision <= revision:
        return False
    later = await fetch_one("SELECT 1 FROM job WHERE key = $1", f"ticket-mail:{view.id}:{view.revision}")
    return later is not None


async def written(view: TicketView, *, again: str = "") -> mail.Mail:
    """Write the mail in the present language.

    Its reference names ticket, revision and wish: sent twice, it is the same message to every mail program that looks.
    """
    given_up = await calendars.given_up(view.id) if view.revision or again else []
    others = await _others(view) if view.place == 1 and view.party > 1 and view.holder is None else []
    return await asyncio.to_thread(
        _compose,
        view,
        changed=bool(view.revision) and await _was_told(view.id),
        given_up=given_up,
        others=others,
        again=again,
    )


def _compose(
    view: TicketView, *, changed: bool, given_up: list[TicketSession], others: Sequence[str], again: str
) -> mail.Mail:
    named = {"title": text(view.convention_title), "name": view.name}
    subject = (
        _("Your ticket has changed: %(title)s (%(name)s)", **named)
        if changed
        else _("Your ticket: %(title)s (%(name)s)", **named)
    )
    # Tickets of companions are forwarded, and tickets are passed on: only whoever registered may open all of them.
    words = {
        "view": view,
        "subject": subject,
        "changed": changed,
        "days": papers.valid_days(view),
        "events": papers.opens(view),
        "reserved": [session for session in view.sessions if session.reserved],
        "others": others,
        "span": papers.span,
        "serial": papers.grouped(view.serial),
        "page": page_url(view.id, view.holder),
        "manage": manage_url(view.registration) if view.place == 1 and view.holder is None else "",
    }
    pdf = papers.pdf(view, now=view.changed_at or view.created_at)
    return mail.Mail(
        to=view.email,
        to_name=view.name,
        subject=subject,
        plain=render("ticketing/mail_ticket.txt", **words),
        html=render("ticketing/mail_ticket.html", **words),
        language=view.language,
        reference=_reference(view, again),
        attachments=(
            mail.Attachment(f"ticket-{view.serial}.pdf", "application/pdf", pdf),
            calendars.invitation(view),
            *calendars.cancellation(view, given_up),
        ),
        bounce=undeliverable.token(about=view.id, address=view.email),
    )


def _reference(view: TicketView, again: str) -> str:
    wish = f"-{_OUTSIDE.sub('-', again)}" if again else ""
    return f"ticket-{view.id}-{view.revision}-confirmation{wish}"


async def _was_told(ticket: UUID) -> bool:
    """Whether whoever holds the ticket has had it before its last change."""
    row = await fetch_one("SELECT action FROM ticket_change WHERE ticket = $1 ORDER BY at DESC, id LIMIT 1", ticket)
    return row is not None and row["action"] in _TOLD_OF


async def _others(view: TicketView) -> list[str]:
    """Return the names of those in the party whose tickets go to an address of their own."""
    party = await queries.tickets(view.registration)
    return [one.name for one in party if one.email and one.email != view.email and one.state == "valid"]
