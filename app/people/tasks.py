"""Background work of people."""

import datetime as dt
from uuid import UUID

from app.core.i18n import gettext as _
from app.core.i18n import use_language
from app.core.jobs import task
from app.core.mail import Mail, send
from app.core.settings import settings
from app.core.web.pages import render
from app.people import sign_in


@task
async def send_sign_in_link(*, now: dt.datetime, ask: str, account: str | None, digest: str, language: str) -> None:
    """Send the link promised under `ask`; for an address without an account there is nothing to send."""
    if account is None:
        return
    use_language(language)
    address = await sign_in.add_promised_link(account=UUID(account), digest=bytes.fromhex(digest), now=now)
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
