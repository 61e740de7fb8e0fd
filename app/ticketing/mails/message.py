"""A message of an organiser as a mail to one guest."""

import datetime as dt
from uuid import UUID

import msgspec

from app.core import mail
from app.core.db import fetch_one
from app.core.i18n import Text, text, text_language
from app.core.settings import settings
from app.core.web.pages import render
from app.people import consents, undeliverable
from app.ticketing.mails.addressees import Addressee
from app.ticketing.messages.drafts import Message
from app.ticketing.schemas import TicketView
from app.ticketing.tickets import page_url


class Sender(msgspec.Struct, frozen=True):
    """Who writes: the organiser of an event, and the event with the address of its page."""

    organiser: Text
    event: Text
    page: str


async def sender_of(event: UUID) -> Sender:
    """Return who writes to the guests of an event."""
    row = await fetch_one(
        "SELECT o.name, e.title, e.slug, c.slug AS convention FROM event e JOIN organiser o ON o.id = e.organiser"
        " JOIN convention c ON c.id = e.convention WHERE e.id = $1",
        event,
    )
    assert row is not None  # noqa: S101  # a message holds its event
    page = f"{settings().base_url}/{row['convention']}/events/{row['slug']}"
    return Sender(msgspec.json.decode(row["name"]), msgspec.json.decode(row["title"]), page)


def written(message: Message, sender: Sender, view: TicketView, *, consent: UUID | None = None) -> mail.Mail:
    """Write the mail in the present language, with a way out of news where `consent` is the one it is sent by."""
    way_out = f"{settings().base_url}/withdraw/{consents.withdrawal_token(consent)}" if consent else ""
    to = Addressee(view.name, view.email, view.language)
    return _mail(
        message,
        sender,
        to,
        link=page_url(view.id, view.holder),
        reference=f"message.{message.id}.{view.id}",
        way_out=way_out,
        bounce=undeliverable.token(about=view.id, address=view.email),
    )


def test(message: Message, sender: Sender, to: Addressee, *, now: dt.datetime) -> mail.Mail:
    """Write the mail as it goes to whoever tries it out: its link leads to the event."""
    reference = f"message-test.{message.id}.{now:%Y%m%d%H%M%S}"
    return _mail(message, sender, to, link=sender.page, reference=reference, way_out="", bounce="")


def _mail(
    message: Message, sender: Sender, to: Addressee, *, link: str, reference: str, way_out: str, bounce: str
) -> mail.Mail:
    words = {
        "subject": text(message.subject),
        "body": text(message.body),
        "tag": text_language(message.body),
        "news": message.kind == "news",
        "sender": sender,
        "link": link,
        "way_out": way_out,
    }
    return mail.Mail(
        to=to.email,
        to_name=to.name,
        subject=str(words["subject"]),
        plain=render("ticketing/mail_message.txt", **words),
        html=render("ticketing/mail_message.html", **words),
        language=text_language(message.body),
        reference=reference,
        bounce=bounce,
        unsubscribe=way_out,
    )
