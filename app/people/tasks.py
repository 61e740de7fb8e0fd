"""Background work of people."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from app.core.i18n import gettext as _
from app.core.i18n import use_language
from app.core.jobs import sends_at_once, task
from app.core.mail import Mail
from app.core.settings import settings
from app.core.web.pages import render
from app.people import invitations, linking, sign_in
from app.people.erasure import finish
from app.people.roles import ROLE_NAMES
from app.people.undeliverable import send


@sends_at_once
async def send_sign_in_link(
    *, now: dt.datetime, ask: str, account: str | None, digest: str, language: str, person: str | None = None
) -> None:
    """Send the link promised under `ask`; for an address that nobody is known by there is nothing to send."""
    use_language(language)
    address = await sign_in.add_promised_link(
        account=UUID(account) if account else None,
        person=UUID(person) if person else None,
        digest=bytes.fromhex(digest),
        now=now,
    )
    if address is not None:
        await send(mail_with_link(address=address, ask=UUID(ask), language=language), now)


def mail_with_link(*, address: str, ask: UUID, language: str) -> Mail:
    """Write the mail that carries the link."""
    subject = _("Sign in to Machigurumi")
    values = {
        "subject": subject,
        "address": f"{settings().base_url}/sign-in/{sign_in.token_of(ask)}",
        "minutes": sign_in.LINK_MINUTES,
    }
    return Mail(
        to=address,
        to_name="",
        subject=subject,
        plain=render("people/mail_sign_in.txt", **values),
        html=render("people/mail_sign_in.html", **values),
        language=language,
        reference=f"sign-in.{ask}",
    )


@sends_at_once
async def send_invitation(*, now: dt.datetime, invitation: str, sending: str) -> None:
    """Send the link of one sending, unless another has taken its place or nothing is left to accept."""
    letter = await invitations.letter(invitation=UUID(invitation), sending=UUID(sending), now=now)
    if letter is not None:
        use_language(letter.language)
        await send(mail_with_invitation(letter, UUID(sending)), now)


def mail_with_invitation(letter: invitations.Letter, sending: UUID) -> Mail:
    """Write the mail that invites somebody to a role."""
    subject = _("Invitation to work with Machigurumi")
    values = {
        "subject": subject,
        "address": f"{settings().base_url}{invitations.address_of(sending)}",
        "days": invitations.DAYS,
        "offer": letter.offer,
        "role": ROLE_NAMES[letter.offer.role],
    }
    return Mail(
        to=letter.address,
        to_name="",
        subject=subject,
        plain=render("people/mail_invitation.txt", **values),
        html=render("people/mail_invitation.html", **values),
        language=letter.language,
        reference=f"invitation.{sending}",
    )


@sends_at_once
async def send_challenge(*, now: dt.datetime, challenge: str) -> None:
    """Send the link that proves a second address; where nobody is registered with it there is nothing to send."""
    letter = await linking.letter(challenge=UUID(challenge), now=now)
    if letter is not None:
        use_language(letter.language)
        await send(mail_with_challenge(letter, challenge), now)


def mail_with_challenge(letter: linking.Letter, challenge: str) -> Mail:
    """Write the mail; no word of whoever asks stands in it."""
    subject = _("Is this address yours too?")
    values = {
        "subject": subject,
        "address": f"{settings().base_url}/other-address/{letter.token}",
        "hours": linking.HOURS,
    }
    return Mail(
        to=letter.address,
        to_name="",
        subject=subject,
        plain=render("people/mail_other_address.txt", **values),
        html=render("people/mail_other_address.html", **values),
        language=letter.language,
        reference=f"other-address.{challenge}",
    )


@task
async def finish_erasure(
    *, now: dt.datetime, erasure: str = "", persons: Sequence[str] = (), addresses: Sequence[str] = ()
) -> None:
    """Finish what an erasure left to us; an emptied payload is one that was finished."""
    if erasure:
        await finish(erasure=UUID(erasure), persons=[UUID(one) for one in persons], addresses=addresses, now=now)
