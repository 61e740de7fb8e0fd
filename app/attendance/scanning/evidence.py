"""The evidence that an entry is, as it goes into the ledger. Pure."""

from uuid import UUID

from app.attendance.judging.verdict import Gate, Holder, Key, Seen, opening
from app.attendance.ledger import Entry


def source(key: Key) -> str:
    """Return how the ledger names the scan behind an entry."""
    return f"scan:{key[0]}:{key[1]}"


def evidence(
    seen: Seen, gate: Gate, holder: Holder, person: UUID, *, operator: str | None = None, reason: str | None = None
) -> Entry:
    """Return the evidence of an entry; with an operator it was a check-in by hand, of class B."""
    return Entry(
        source=source(seen.key),
        kind="manual" if operator else "scan",
        evidence_class="B" if operator else "A",
        person=person,
        role=holder.product.role,
        ticket=holder.id,
        event=gate.event,
        scope=gate.scope,  # type: ignore[arg-type]
        mode="on_site",
        scheduled_at=opening(gate, seen.day),
        starts_at=seen.at,
        ends_at=seen.at,
        residence=holder.residence,
        operator=operator,
        reason=reason,
    )
