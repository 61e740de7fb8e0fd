"""One at a time: who changes the events of a source keeps others out until his transaction ends."""

from uuid import UUID

from app.core.db import fetch_one

_KEY = "hashtextextended('exchange_source:' || $1::text, 0)"


async def wait(source: UUID) -> None:
    """Wait for a source, in the caller's transaction; who has it already goes on."""
    await fetch_one(f"SELECT pg_advisory_xact_lock({_KEY})", str(source))
