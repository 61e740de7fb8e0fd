"""Short mails about what became of a registration: each says what is so now, why, and where to go on.

What is said is read when the mail is sent. A note that has become untrue meanwhile has no words, and is not sent.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core.i18n import clock, day, ngettext, text
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.ticketing.documents import papers
from app.ticketing.life import history
from app.ticketing.mails.promises import Purpose
from app.ticketing.payments import due
from app.ticketing.payments.views import PaymentView
from app.ticketing.schemas import TicketView
from app.ticketing.tickets import manage_url, page_url


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a note is about: a party, and of it one `ticket` or all."""

    registration: UUID
    party: list[TicketView]
    ticket: UUID | None = None
    stamp: str = ""
    now: dt.datetime

    @property
    def tickets(self) -> list[TicketView]:
        """The tickets it is about."""
        return [view for view in self.party if self.ticket in {None, view.id}]

    def those(self, *states: str) -> list[TicketView]:
        """Return those of its tickets that are in one of these states."""
        return [view for view in self.tickets if view.state in states]

    @property
    def title(self) -> str:
        """The convention's."""
        return text(self.party[0].convention_title)

    @property
    def manage(self) -> str:
        """The page of the registration, for whoever registered; of one ticket for its holder."""
        for view in self.tickets if self.ticket else ():
            if view.place != 1 or view.holder is not None:
                return page_url(view.id, view.holder)
        return manage_url(self.registration)


class Words(msgspec.Struct, frozen=True):
    """What a note says: paragraphs, then facts line by line, then one button."""

    subject: str
    paragraphs: list[str]
    link: str
    button: str
    facts: list[tuple[str, str]] = []


async def words(purpose: Purpose, case: Case) -> Words | None:
    """Return what a note says in the present language, or None when it is no longer true."""
    return await _WRITERS[purpose](case)


async def _waiting(case: Case) -> Words | None:
    waiting = case.those("waiting")
    if not waiting:
        return None
    return Words(
        _("You are on the waiting list: %(title)s", title=case.title),
        [
            ngettext(
                "There is no place left just now, and you wait for %(n)s.",
                "There are not enough places left just now, and you wait for %(n)s.",
                len(waiting),
            ),
            _("As soon as your party fits in, we keep the places for you and write to you. You need not do anything."),
        ],
        case.manage,
        _("See your registration"),
        _listed(waiting),
    )


async def _offered(case: Case) -> Words | None:
    offered = case.those("offered")
    until = case.party[0].expires_at
    if not offered or until is None or until <= case.now:
        return None
    return Words(
        _("There is a place for you: %(title)s", title=case.title),
        [
            ngettext("We keep %(n)s place for you.", "We keep %(n)s places for you.", len(offered)),
            _(
                "Please say until %(moment)s whether you take it; then it goes to whoever waits next.",
                moment=_moment(until, case),
            ),
        ],
        case.manage,
        _("Take it or leave it"),
        _listed(offered),
    )


async def _offer_lapsed(case: Case) -> Words | None:
    if case.those("waiting", "offered", "unapproved", "unpaid", "valid", "blocked"):
        return None
    return Words(
        _("The time for your place is over: %(title)s", title=case.title),
        [
            _("Nobody took the places we kept for you, so they went to whoever waited next."),
            _("Do you still want to come? You are welcome to register again."),
        ],
        f"{settings().base_url}/{case.party[0].convention_slug}/register",
        _("Register again"),
    )


async def _pending(case: Case) -> Words | None:
    asked = case.those("unapproved")
    if not asked:
        return None
    return Words(
        _("We have your registration: %(title)s", title=case.title),
        [_("The organiser looks at it first. We write to you as soon as that is done.")],
        case.manage,
        _("See your registration"),
        _listed(asked),
    )


async def _refused(case: Case) -> Words | None:
    refused = case.those("canceled")
    if not refused:
        return None
    return Words(
        _("About your registration: %(title)s", title=case.title),
        [_("The organiser cannot give you what you asked for. We are sorry."), *await _reasons(case, "refused")],
        case.manage,
        _("See your registration"),
        _listed(refused),
    )


async def _payment_due(case: Case) -> Words | None:
    return await _to_pay(case, _("Please pay: %(title)s", title=case.title))


async def _payment_reminder(case: Case) -> Words | None:
    return await _to_pay(case, _("Not paid yet: %(title)s", title=case.title))


async def _to_pay(case: Case, subject: str) -> Words | None:
    payment = await due.of_stamp(case.stamp)
    if payment is None or payment.state != "due":
        return None
    said = due.words(payment)
    return Words(
        subject,
        [
            _("Your tickets are kept until %(day)s. They are valid as soon as they are paid.", day=said.until),
            *said.how,
        ],
        case.manage,
        _("See what is to be paid"),
        [
            (_("Amount"), _("%(amount)s (%(tax)s tax included)", amount=said.amount, tax=said.tax)),
            (_("Reference"), said.reference),
            (_("To"), said.payee),
            (_("How"), said.way),
        ],
    )


async def _payment_lapsed(case: Case) -> Words | None:
    payment = await due.of_stamp(case.stamp)
    if payment is None or payment.state != "lapsed":
        return None
    return Words(
        _("Not paid in time: %(title)s", title=case.title),
        [
            _("The time to pay is over, and the tickets were canceled."),
            _("Did you pay meanwhile? Then do nothing: if there are still places you get them, else your money back."),
        ],
        case.manage,
        _("See your registration"),
        [(_("Amount"), due.words(payment).amount), (_("Reference"), payment.reference)],
    )


async def _refund(case: Case) -> Words | None:
    payment = await due.of_stamp(case.stamp)
    if payment is None or payment.state not in {"refund_due", "refunded"}:
        return None
    return Words(
        _("You get money back: %(title)s", title=case.title),
        [_refunded(payment)],
        case.manage,
        _("See your registration"),
        [(_("Amount"), due.words(payment).back), (_("Reference"), payment.reference), (_("By"), text(payment.payee))],
    )


def _refunded(payment: PaymentView) -> str:
    if payment.state == "refunded":
        return _("What you paid was sent back.")
    return _("What you paid is sent back to you.")


async def _canceled(case: Case) -> Words | None:
    canceled = case.those("canceled")
    if not canceled:
        return None
    return Words(
        _("Canceled: %(title)s", title=case.title),
        [
            ngettext(
                "This ticket is canceled. Its code opens nothing any more.",
                "These tickets are canceled. Their codes open nothing any more.",
                len(canceled),
            ),
            *await _reasons(case, "canceled"),
        ],
        case.manage,
        _("See your registration"),
        _listed(canceled),
    )


async def _passed_on(case: Case) -> Words | None:
    passed = case.tickets
    return Words(
        _("Passed on: %(title)s", title=case.title),
        [
            _("Your ticket was passed on to somebody else. The code you have opens nothing any more."),
            _("You know nothing of this? Then write to whoever registered you, or to the organiser."),
        ],
        f"{settings().base_url}/{passed[0].convention_slug}",
        _("See the programme"),
        [(_("Ticket number"), papers.grouped(view.serial)) for view in passed],
    )


async def _blocked(case: Case) -> Words | None:
    blocked = case.those("blocked")
    if not blocked:
        return None
    return Words(
        _("Your ticket is blocked: %(title)s", title=case.title),
        [
            _("The organiser has blocked it: while it is blocked, its code opens nothing."),
            *await _reasons(case, "blocked"),
        ],
        case.manage,
        _("See the ticket"),
        _listed(blocked),
    )


def _listed(views: list[TicketView]) -> list[tuple[str, str]]:
    return [(view.name, text(view.type_title)) for view in views]


async def _reasons(case: Case, action: str) -> list[str]:
    """Return the reasons that staff gave for the last such thing, each once."""
    about = {view.id for view in case.tickets}
    last = {
        line.ticket: line.reason
        for line in await history.of_registration(case.registration)
        if line.action == action and line.ticket in about
    }
    return [_("Reason: %(reason)s", reason=reason) for reason in dict.fromkeys(last.values()) if reason]


def _moment(moment: dt.datetime, case: Case) -> str:
    zone = case.party[0].zone
    return f"{day(moment.astimezone(ZoneInfo(zone)).date())}, {clock(moment, zone)}"


_WRITERS: dict[Purpose, Callable[[Case], Awaitable[Words | None]]] = {
    "waiting": _waiting,
    "offered": _offered,
    "offer_lapsed": _offer_lapsed,
    "pending": _pending,
    "refused": _refused,
    "payment_due": _payment_due,
    "payment_reminder": _payment_reminder,
    "payment_lapsed": _payment_lapsed,
    "refund": _refund,
    "canceled": _canceled,
    "passed_on": _passed_on,
    "blocked": _blocked,
}
