"""One note as a mail: whom it goes to, with which files, and who else is told."""

from uuid import NAMESPACE_OID, uuid5

import msgspec

from app.core import mail
from app.core.i18n import use_language
from app.core.web.pages import render
from app.people import undeliverable
from app.ticketing.mails import calendars
from app.ticketing.mails.addressees import Addressee, former_holder, holder, leader
from app.ticketing.mails.notes import Case, Words, words
from app.ticketing.mails.promises import Purpose, promise
from app.ticketing.schemas import TicketView


async def written(purpose: Purpose, case: Case) -> mail.Mail | None:
    """Write a note in the language of whoever gets it; None when it is no longer true, or the address was erased."""
    to = await _addressee(purpose, case)
    if to is None:
        return None
    use_language(to.language)
    said = await words(purpose, case)
    return None if said is None else _mail(purpose, case, to, said, await _files(purpose, case, to))


async def _addressee(purpose: Purpose, case: Case) -> Addressee | None:
    if case.ticket is None:
        return await leader(case.registration)
    if purpose == "passed_on":
        return await former_holder(case.ticket)
    return holder(case.tickets[0])


def _mail(purpose: Purpose, case: Case, to: Addressee, said: Words, files: tuple[mail.Attachment, ...]) -> mail.Mail:
    values = {"subject": said.subject, "said": said, "name": to.name}
    about = case.ticket or case.party[0].id
    return mail.Mail(
        to=to.email,
        to_name=to.name,
        subject=said.subject,
        plain=render("ticketing/mail_note.txt", **values),
        html=render("ticketing/mail_note.html", **values),
        language=to.language,
        reference=_reference(purpose, case),
        attachments=files,
        bounce=undeliverable.token(about=about, address=to.email),
    )


def _reference(purpose: Purpose, case: Case) -> str:
    """Return what names the note for ever: its rows and its stamp, which may hold anything, as one number."""
    number = uuid5(NAMESPACE_OID, f"{case.registration} {case.ticket} {case.stamp}")
    return f"{purpose.replace('_', '-')}.{number}"


async def _files(purpose: Purpose, case: Case, to: Addressee) -> tuple[mail.Attachment, ...]:
    """Return the files that take the events of lost tickets out of the calendar of whoever has them there."""
    if purpose == "passed_on":
        lost = [msgspec.structs.replace(view, state="canceled") for view in case.tickets]
    elif purpose == "canceled":
        lost = [view for view in case.those("canceled") if view.email == to.email]
    else:
        return ()
    return tuple([file for view in lost for file in await _cancellation(view)])


async def _cancellation(view: TicketView) -> tuple[mail.Attachment, ...]:
    return calendars.cancellation(view, await calendars.given_up(view.id), name=f"canceled-{view.serial}.ics")


async def tell_the_others(purpose: Purpose, case: Case) -> None:
    """Promise the note to those of the party whose tickets are canceled and who have an address of their own."""
    if purpose != "canceled" or case.ticket is not None:
        return
    first = await leader(case.registration)
    for view in case.those("canceled"):
        if view.email and first and view.email != first.email:
            await promise("canceled", registration=case.registration, ticket=view.id, now=case.now)
