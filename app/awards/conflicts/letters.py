"""The mail to those who run an award: a judge has declared a tie. It names neither judge nor entry."""

import datetime as dt
from uuid import UUID

import msgspec

from app.awards import mailing
from app.core import jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.i18n import LANGUAGES, Text, gettext_lazy, text
from app.core.i18n import gettext as _
from app.core.mail import Mail

_SECRETARIES = """
SELECT c.id FROM account c JOIN judge j ON j.id = $1
WHERE c.role = 'secretary' AND c.suspended_at IS NULL AND c.address IS NOT NULL AND c.scope -> 'awards' ? j.award::text
ORDER BY c.id
"""
_AWARD = "SELECT a.slug, a.title, a.languages FROM award a JOIN judge j ON j.award = a.id WHERE j.id = $1"


async def promise(*, judge: UUID, stamp: str, now: dt.datetime) -> None:
    """Promise a mail to every secretary of the judge's award; `stamp` names the declaration, so that twice is once."""
    async with transaction():
        rows = await fetch(_SECRETARIES, judge)
        keyed = {f"conflict-note:{stamp}:{row['id']}": {"judge": judge, "account": row["id"], "stamp": stamp}
                 for row in rows}  # fmt: skip
        await jobs.defer_each("awards.send_conflict_note", keyed, now=now)


async def written(*, judge: UUID, account: UUID, stamp: str) -> Mail | None:
    """Write the mail, None when its reader has gone."""
    to, award = await mailing.address_of(account), await fetch_one(_AWARD, judge)
    if to is None or award is None:
        return None
    return await mailing.letter(
        to=to[0],
        to_name=to[1],
        language=next((tag for tag in msgspec.json.decode(award["languages"]) if tag in LANGUAGES), LANGUAGES[0]),
        subject=lambda: _("A judge has declared a tie: %(award)s", award=_title(award["title"])),
        paragraphs=lambda: [
            _("A judge of %(award)s has a tie to an entry, and cannot see it now.", award=_title(award["title"])),
            _("Please look at it and decide: confirm it, or dismiss it with a reason."),
        ],
        action=(f"/awards/{award['slug']}", gettext_lazy("Open the award")),
        reference=f"conflict-note/{stamp}/{account}",
    )


def _title(kept: str) -> str:
    return text(msgspec.json.decode(kept, type=Text))
