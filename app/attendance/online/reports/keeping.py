"""How long what reports say of people is kept, and how it is forgotten with them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from app.core.db import fetch
from app.core.i18n import gettext_lazy as _
from app.core.retention import EVERY_HOUR, Kept, deletes, keeps

STAYS = "reported-stays"
DRAFTS = "report-drafts"


async def forget_people(persons: Sequence[UUID]) -> None:
    """Forget what reports say of stays that were decided, or are proposed, to be of these persons' tickets."""
    await fetch(
        "UPDATE reported_stay r SET sealed = NULL FROM ticket t"
        " WHERE t.id = r.ticket AND t.person = ANY($1::uuid[]) AND r.sealed IS NOT NULL",
        list(persons),
    )


async def _forget_said(keys: Sequence[UUID], _now: dt.datetime) -> None:
    await fetch("UPDATE reported_stay SET sealed = NULL WHERE id = ANY($1::uuid[])", list(keys))


keeps(
    Kept(
        purpose=DRAFTS,
        what=_("Reports of video platforms that were looked at, until they are taken"),
        how=_("deleted"),
        days=1,
        least=1,
        most=1,
        find="SELECT id FROM report_draft WHERE created_at < $1",
        forget=deletes("report_draft"),
        minutes=EVERY_HOUR,
    ),
    Kept(
        purpose=STAYS,
        what=_("Names and addresses in reports of video platforms, from when they were handed in"),
        how=_("deleted, the times stay without them"),
        days=400,
        least=30,
        most=800,
        find="SELECT r.id FROM reported_stay r JOIN platform_report p ON p.id = r.report"
        " WHERE r.sealed IS NOT NULL AND p.imported_at < $1",
        forget=_forget_said,
        minutes=EVERY_HOUR,
    ),
)
