"""What a ticket says on paper and in a calendar, in the language of its holder."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.core.i18n import day, language, text
from app.core.i18n import gettext as _
from app.core.settings import ROOT, settings
from app.events import shown
from app.ticketing import states
from app.ticketing.documents import words
from app.ticketing.documents.invitation import Appointment, Method, Sender, calendar_file
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
    return party_pdf([view], now=now)


def party_pdf(views: Sequence[TicketView], *, now: dt.datetime) -> bytes:
    """Return the tickets of a registration, one page each, without those that were canceled unless all were."""
    kept = [view for view in views if view.state != "canceled"] or views
    return ticket_pdf([_sheet(view) for view in kept], fonts=FONTS, now=now)


def code(view: TicketView) -> str:
    """Return the code of a ticket while its holder has one, else nothing."""
    return view.code if view.state in states.SHOWN else ""


def facts(view: TicketView) -> list[str]:
    """Return what is said of a ticket in small letters: whether it is a child's, and its price."""
    said = (_("Child") if view.child else "", words.price(view.price, tax=view.tax))
    return [one for one in said if one]


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
        code=code(view),
        serial=grouped(view.serial),
        position=f"{view.place} / {view.party}" if view.party > 1 else "",
        events=tuple(_line(e) for e in opens(view)),
        labels=_labels(),
        facts=tuple(facts(view)),
        state="" if view.state == "valid" else str(words.STATES[view.state]),
        help=_help() if code(view) else (),
        footer=settings().base_url,
    )


def _help() -> tuple[str, ...]:
    return (
        _("Show this code at the gate, on paper or on your phone. It opens every event listed here."),
        _("It admits one person. Please do not publish it."),
        _("The link in your mail opens this ticket as well, and the sessions you can follow online."),
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
    """Return the calendar file of one ticket; the same ticket gives the same bytes. A canceled one takes all out."""
    if view.state == "canceled":
        return cancellation(view) or calendar(view, [])
    return calendar(view, [*_sessions(view), *(_open(e, view) for e in opens(view))])


def cancellation(view: TicketView, given_up: Sequence[TicketSession] = ()) -> bytes | None:
    """Return the file that takes out of a calendar what is no more, or None when all of it stands.

    Of a ticket that opens nothing any more that is everything. `given_up` are sessions reserved no longer.
    """
    gone = [_reserved(s, view) for s in given_up]
    if view.state == "canceled":
        gone += [*_sessions(view), *(_open(e, view) for e in on_days(view))]
    else:
        gone += [_open(e, view) for e in on_days(view) if e.canceled]
    return calendar(view, gone, method="CANCEL") if gone else None


def calendar(view: TicketView, appointments: list[Appointment], *, method: Method = "PUBLISH") -> bytes:
    """Return a calendar file of one ticket with these entries."""
    return calendar_file(
        appointments,
        ticket_id=str(view.id),
        host=settings().host,
        sender=Sender(text(view.convention_title), settings().mail_from),
        now=view.changed_at or view.created_at,
        sequence=view.revision,
        method=method,
    )


def _sessions(view: TicketView) -> list[Appointment]:
    return [_reserved(s, view) for s in view.sessions if s.reserved]


def _reserved(session: TicketSession, view: TicketView) -> Appointment:
    return Appointment(
        slug=f"{session.event}-{session.slug}",
        title=text(session.title),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        location=text(session.venue) if session.venue else _("Online"),
        url=page_url(view.id, view.holder),
        reserved=True,
        revision=session.revision,
    )


def _open(event: CoveredEvent, view: TicketView) -> Appointment:
    zone = ZoneInfo(view.zone)
    return Appointment(
        slug=event.slug,
        title=text(event.title),
        starts_at=dt.datetime.combine(event.first_day, dt.time(), zone),
        ends_at=dt.datetime.combine(event.last_day + dt.timedelta(days=1), dt.time(), zone),
        location=", ".join(text(part) for part in (event.venue, event.address) if part) or _("Online"),
        url=page_url(view.id, view.holder),
        revision=event.revision,
    )
