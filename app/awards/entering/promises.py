"""Mails about an entry, promised in the transaction that causes them."""

import datetime as dt
from typing import Literal
from uuid import UUID

from app.core import jobs

Purpose = Literal[
    "started", "invited", "nominated", "sign", "declined", "submitted", "withdrawn", "screened", "reopened"
]


async def promise(purpose: Purpose, member: UUID, *, now: dt.datetime, stamp: str = "", at_once: bool = False) -> None:
    """Promise a member a mail; the same purpose and stamp are one mail."""
    await jobs.defer(
        "awards.send_entry_link" if at_once else "awards.send_entry_note",
        key=f"award-{purpose}:{member}:{stamp}",
        now=now,
        purpose=purpose,
        member=str(member),
        stamp=stamp,
    )
