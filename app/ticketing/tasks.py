"""Jobs of ticketing: ids in, one effect out."""

import asyncio
import datetime as dt
from uuid import UUID

from app.core import mail
from app.core.i18n import gettext as _
from app.core.i18n import text, use_language
from app.core.jobs import task
from app.core.web.pages import render
from app.ticketing import papers, queries
from app.ticketing.schemas import TicketView
from app.ticketing.tickets import manage_url, page_url


@task
async def send_ticket(*, ticket_id: str, now: dt.datetime) -> None:
    """Mail a ticket with its PDF and its calendar file. A person erased meanwhile gets nothing."""
    view = await queries.ticket(UUID(ticket_id))
    if view is not None and view.email and view.state == "valid":
        use_language(view.language)
        await mail.send(await _compose(view), now)


async def _compose(view: TicketView) -> mail.Mail:
    """Write the mail. Its reference names ticket, generation and purpose: sent again, it is the same message."""
    pdf = await asyncio.to_thread(papers.pdf, view, now=view.created_at)
    # Tickets of companions are forwarded: only the first one's mail opens the whole registration.
    words = {
        "view": view,
        "subject": _("Your ticket: %(title)s (%(name)s)", title=text(view.convention_title), name=view.name),
        "days": papers.valid_days(view),
        "events": papers.opens(view),
        "span": papers.span,
        "serial": papers.grouped(view.serial),
        "page": page_url(view.id),
        "manage": manage_url(view.registration) if view.place == 1 else "",
    }
    return mail.Mail(
        to=view.email,
        to_name=view.name,
        subject=str(words["subject"]),
        plain=render("ticketing/mail_ticket.txt", **words),
        html=render("ticketing/mail_ticket.html", **words),
        language=view.language,
        reference=f"ticket-{view.id}-{view.generation}-confirmation",
        attachments=(
            mail.Attachment(f"ticket-{view.serial}.pdf", "application/pdf", pdf),
            mail.Attachment("events.ics", "text/calendar", papers.invitation(view), {"method": "PUBLISH"}),
        ),
    )
