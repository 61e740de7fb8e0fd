"""Submitting everything that is complete, by one button."""

import datetime as dt
from uuid import UUID

from app.awards.scoring.desk import desk
from app.awards.scoring.queue import queue
from app.awards.scoring.saving import save
from app.awards.scoring.sheets import own
from app.core.db import transaction
from app.people.roles import Principal


async def submit_ready(*, award: str, round_id: UUID, principal: Principal, now: dt.datetime) -> int:
    """Submit a judge's complete sheets, all or none of them; return how many. Raises as `saving.save` does."""
    sitting = await desk(award=award, round_id=round_id, principal=principal)
    async with transaction():
        entries = (await queue(sitting)).ready(sitting.brief.questions)
        for entry in entries:
            held = (await own(sitting, entry)).saved
            await save(
                award=award,
                round_id=round_id,
                entry=entry,
                sheet=held.sheet,
                seen=held.revision,
                submit=True,
                principal=principal,
                now=now,
            )
    return len(entries)
