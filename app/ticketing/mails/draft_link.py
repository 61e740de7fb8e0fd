"""The link to a form that was begun, for whoever goes on with it later.

Nothing that was typed stands in the mail: the address may be somebody else's.
"""

from zoneinfo import ZoneInfo

from app.core import mail
from app.core.i18n import day, text
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.core.web.pages import render
from app.ticketing.registering.drafts import Draft


def written(draft: Draft, *, stamp: str) -> mail.Mail:
    """Write the mail, in the language of the present job."""
    values = {
        "subject": _("Your registration form for %(title)s", title=text(draft.convention_title)),
        "until": day(draft.expires_at.astimezone(ZoneInfo(draft.zone)).date()),
        "link": f"{settings().base_url}{draft.address}",
    }
    return mail.Mail(
        to=str(draft.form["email"]),
        to_name="",
        subject=values["subject"],
        plain=render("ticketing/mail_draft.txt", **values),
        html=render("ticketing/mail_draft.html", **values),
        language=draft.language,
        reference=f"draft-{draft.id}-{stamp}",
    )
