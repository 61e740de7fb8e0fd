"""The audit log: what people with power did, chained so that nothing can be changed or dropped unseen."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.core import chain
from app.core.db import transaction
from app.core.tables import AuditEntry

CHAIN = "audit"
COLUMNS = ("position", "at", "actor", "action", "subject", "detail")
"""The columns of an entry in the order of its canonical line."""


def line(position: int, at: dt.datetime, actor: str, action: str, subject: str, detail: str) -> str:  # noqa: PLR0917
    """Return the canonical text of an entry, the one its digest covers."""
    micros = round((at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1))
    return msgspec.json.encode([position, micros, actor, action, subject, detail]).decode()


def _line(values: Sequence[Any]) -> str:
    return line(*values)


async def record(
    *, actor: str, action: str, subject: str, now: dt.datetime, detail: Mapping[str, object] = {}
) -> None:  # read only
    """Append one entry in the caller's transaction; no personal data in any field."""
    async with transaction():
        said = msgspec.json.encode(dict(detail), order="sorted").decode()
        at = now.astimezone(dt.UTC)
        last = await _locked_head()
        text = line(last.position + 1, at, actor, action, subject, said)
        (made,) = await chain.extend(CHAIN, [text])
        await AuditEntry.insert(
            AuditEntry(
                position=made.position,
                at=at,
                actor=actor,
                action=action,
                subject=subject,
                detail=said,
                digest=made.digest,
            )
        )


async def _locked_head() -> chain.Link:
    await chain.extend(CHAIN, [])
    return await chain.head(CHAIN)


async def verify() -> chain.Verdict:
    """Recompute the whole chain, while others may write."""
    return await chain.verify(CHAIN, table="audit_entry", columns=COLUMNS, line=_line)
