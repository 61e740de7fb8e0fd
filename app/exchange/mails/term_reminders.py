"""The reminder of an agreement that ends, or goes on for another year unless somebody says no."""

import datetime as dt
from uuid import UUID

from app.core.db import fetch_one
from app.core.errors import NotFound
from app.core.i18n import LANGUAGES, text, use_language
from app.core.i18n import gettext as _
from app.core.mail import Mail
from app.core.settings import settings
from app.core.signing import derived, unseal
from app.core.web.pages import render
from app.exchange import terms
from app.exchange.agreeing import reach, reminders
from app.exchange.schemas import AgreementRef

_ADDRESS = "SELECT address, label FROM account WHERE id = $1 AND address IS NOT NULL AND suspended_at IS NULL"


async def written(*, agreement: UUID, account: UUID, due: str, now: dt.datetime) -> Mail | None:
    """Write the reminder of the day `due`; None when the agreement has ended, or its reader has gone."""
    row = await fetch_one(_ADDRESS, account)
    try:
        found = await reach.any_agreement(agreement)
    except NotFound:
        return None
    if row is None or terms.state(found, now) != "valid":
        return None
    use_language(LANGUAGES[0])  # an account has no language; this is the city's own
    values = {"name": row["label"], **await _values(found, now)}
    return Mail(
        to=unseal(derived("accounts"), row["address"]).decode(),
        to_name=row["label"],
        subject=values["subject"],
        plain=render("exchange/agreeing/mail.txt", **values),
        html=render("exchange/agreeing/mail.html", **values),
        language=LANGUAGES[0],
        reference=f"term-reminder-{agreement}-{due}-{account}",
    )


async def _values(found: AgreementRef, now: dt.datetime) -> dict[str, str]:
    partner = await reach.any_partner(found.partner)
    name, deadline = text(partner.name), terms.deadline(found, terms.today(now))
    return {
        "subject": _("The agreement with %(partner)s", partner=name),
        "words": reminders.sentence(name, deadline, terms.ends_on(found) is not None),
        "address": f"{settings().base_url}/office/partners/{partner.slug}",
    }
