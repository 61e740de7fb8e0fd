"""What a ticket says on paper and in a calendar, in the language of its holder."""

import datetime as dt
from zoneinfo import ZoneInfo

from app.core.i18n import day, language, text
from app.core.i18n import gettext as _
from app.core.settings import ROOT, settings
from app.events import shown
from app.ticketing.documents.invitation import Appointment, Sender, calendar_file
from app.ticketing.documents.pdf import EventLine, Labels, TicketPage, ticket_pdf
from app.ticketing.schemas import CoveredEvent, TicketSession, TicketView
from app.ticketing.tickets import page_url

FONTS = ROOT / "frontend" / "dist" / "fonts"


def span(first: dt.date, last: dt.date) -> str:
    """Return one day or the first and the last, as the programme says them."""
    return day(first) if first == last else shown.span(first, last, language(), year=True)


def valid_days(view: TicketView) -> list[str]:
    """Return the days on which a ticket opens something, one line each."""
    return [day(d) for d in view.days] or [span(view.first_day, view.last_day)]


def opens(view: TicketView) -> list[CoveredEvent]:
    """Return the covered events that take place on the ticket's days, and are not canceled."""
    return [e for e in on_days(view) if not e.canceled]


def on_days(view: TicketView) -> list[CoveredEvent]:
    """Return the covered events on the ticket's days, canceled ones as well."""
    return [e for e in view.events if not view.days or any(e.first_day <= d <= e.last_day for d in view.days)]


def pdf(view: TicketView, *, now: dt.datetime) -> bytes:
    """Return the PDF of one ticket in the present language; `now` is when it is printed."""
    return ticket_pdf([_sheet(view)], fonts=FONTS, now=now)


def _sheet(view: TicketView) -> TicketPage:
    return TicketPage(
        language=language(),
        convention=text(view.convention_title),
        name=view.name,
        reading=view.reading,
        organisation=view.organisation,
        ticket_type=text(view.type_title),
        dates=tuple(valid_days(view)),
        validity=text(view.type_description),
        code=view.code,
        serial=grouped(view.serial),
        position=f"{view.place} / {view.party}" if view.party > 1 else "",
        events=tuple(_line(e) for e in opens(view)),
        labels=_labels(),
        help=(
            _("Show this code at the gate, on paper or on your phone. It opens every event listed here."),
            _("It admits one person. Please do not publish it."),
            _("The link in your mail opens this ticket as well, and the sessions you can follow online."),
        ),
        footer=settings().base_url,
    )


def _labels() -> Labels:
    return Labels(
        holder=_("Ticket holder"),
        ticket_type=_("Ticket type"),
        dates=_("Valid on"),
        validity=_("What it opens"),
        events=_("Events"),
        help=_("At the gate"),
        serial=_("Ticket number"),
        qr=_("Ticket code"),
    )


def _line(event: CoveredEvent) -> EventLine:
    return EventLine(
        title=text(event.title),
        when=span(event.first_day, event.last_day),
        where=text(event.venue) if event.venue else _("Online"),
    )


def grouped(serial: str) -> str:
    """Return a serial in groups of four, as people read it out."""
    return "-".join(serial[i : i + 4] for i in range(0, len(serial), 4)).upper()


def invitation(view: TicketView) -> bytes:
    """Return the calendar file of one ticket; the same ticket gives the same bytes."""
    reserved = [_reserved(s, view) for s in view.sessions if s.reserved]
    return calendar_file(
        [*reserved, *(_open(e, view) for e in opens(view))],
        ticket_id=str(view.id),
        host=settings().host,
        sender=Sender(text(view.convention_title), settings().mail_from),
        now=view.created_at,
        sequence=view.generation,
    )


def _reserved(session: TicketSession, view: TicketView) -> Appointment:
    return Appointment(
        slug=f"{session.event}-{session.slug}",
        title=text(session.title),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        location=text(session.venue) if session.venue else _("Online"),
        url=page_url(view.id),
        reserved=True,
    )


def _open(event: CoveredEvent, view: TicketView) -> Appointment:
    zone = ZoneInfo(view.zone)
    return Appointment(
        slug=event.slug,
        title=text(event.title),
        starts_at=dt.datetime.combine(event.first_day, dt.time(), zone),
        ends_at=dt.datetime.combine(event.last_day + dt.timedelta(days=1), dt.time(), zone),
        location=", ".join(text(part) for part in (event.venue, event.address) if part) or _("Online"),
        url=page_url(view.id),
    )
