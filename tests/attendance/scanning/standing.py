"""What the ledger and the states mean, told by plain SQL of its own."""

from typing import Any

from app.core.db import fetch


async def evidence() -> list[dict[str, Any]]:
    """Return the entries that stand: those not taken back, or taken back and given back again."""
    rows = await fetch("SELECT * FROM ledger_entry ORDER BY position")
    stands: dict[int, bool] = {}
    for row in reversed(rows):
        position = row["position"]
        stands.setdefault(position, True)
        if row["kind"] == "void" and stands[position]:
            stands[row["subject"]] = False
    return [dict(row) for row in rows if row["kind"] in {"scan", "manual"} and stands[row["position"]]]


async def counts() -> list[str]:
    """Return what is wrong with the counts of people inside: kept and counted must be the same for every venue."""
    rows = await fetch(
        "SELECT v.id, coalesce(i.inside, 0) AS kept,"
        " (SELECT count(*) FROM ticket_state s WHERE s.inside_venue = v.id) AS counted"
        " FROM venue v LEFT JOIN venue_inside i ON i.venue = v.id"
    )
    return [f"venue {row['id']}: {row['kept']} kept, {row['counted']} there" for row in rows if row[1] != row[2]]
