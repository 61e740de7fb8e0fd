"""One way to write a mail of an award: a subject, paragraphs, at most one button.

Nobody is named in a subject or a reference, and nothing of an entry that its reader might not see.
"""

from collections.abc import Callable
from uuid import UUID

from app.core.db import fetch_one
from app.core.i18n import use_language
from app.core.mail import Mail
from app.core.settings import settings
from app.core.signing import derived, unseal
from app.core.web.pages import render


async def letter(
    *,
    to: str,
    to_name: str,
    language: str,
    subject: Callable[[], str],
    paragraphs: Callable[[], list[str]],
    action: tuple[str, str] | None,
    reference: str,
) -> Mail:
    """Write a mail in `language`, which the job speaks from then on: `subject` and `paragraphs` are asked for after.

    `action` is (address, words) of the button: a path of ours or a whole address, and words by `gettext_lazy`.
    `reference` names the purpose for ever, so that a mail sent twice is one mail.
    """
    use_language(language)
    values = {
        "subject": subject(),
        "name": to_name,
        "paragraphs": paragraphs(),
        "action": None if action is None else (_whole(action[0]), str(action[1])),
    }
    return Mail(
        to=to,
        to_name=to_name,
        subject=str(values["subject"]),
        plain=render("awards/mail.txt", **values),
        html=render("awards/mail.html", **values),
        language=language,
        reference=reference,
    )


def _whole(address: str) -> str:
    return f"{settings().base_url}{address}" if address.startswith("/") else address


async def address_of(account: UUID) -> tuple[str, str] | None:
    """Return mail address and label of an account, or None when it has no address or is suspended."""
    row = await fetch_one(
        "SELECT address, label FROM account WHERE id = $1 AND address IS NOT NULL AND suspended_at IS NULL", account
    )
    return None if row is None else (unseal(derived("accounts"), row["address"]).decode(), row["label"])
