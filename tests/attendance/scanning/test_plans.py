"""What the gates' statements read does not depend on when they were planned: the tables grow, the plans stay."""

from app.core.db import fetch
from tests.attendance.conftest import Send
from tests.attendance.factories import covered_gate, scan, ticket

TABLES = ("scan", "ledger_entry", "ticket_state", "scan_final")
GROWN = 3000
FEW = 60
"""Rows of these tables that a group of five scans may read: some seven for each."""


async def _read() -> int:
    """Return how many rows of `TABLES` this transaction has read so far, one after the other or by an index."""
    rows = await fetch(
        "SELECT (sum(pg_stat_get_xact_tuples_returned(t.oid)) + sum((SELECT sum(pg_stat_get_xact_tuples_fetched("
        "indexrelid)) FROM pg_index WHERE indrelid = t.oid)))::bigint FROM pg_class t WHERE relname = ANY($1)",
        list(TABLES),
    )
    return int(rows[0][0])


async def _grow() -> None:
    """Fill the tables with copies of what is there, as a long day at the gates does."""
    await fetch("SET LOCAL session_replication_role = replica")  # nobody asks for their tickets
    keys = {"scan": {"id", "seq"}, "ledger_entry": {"position", "source"}, "ticket_state": {"ticket"}}
    for table, own in keys.items():
        rows = await fetch("SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1", table)
        others = ", ".join(f't."{row["name"]}"' for row in rows if row["name"] not in own)
        names = others.replace("t.", "")
        numbered = ", ".join(sorted(own - {"id"}))
        made = {"scan": "100000 + n", "ledger_entry": "100000 + n, 'copy:' || n", "ticket_state": "gen_random_uuid()"}
        await fetch(
            f"INSERT INTO {table} ({numbered}, {names}) SELECT {made[table]}, {others}"
            f" FROM (SELECT * FROM {table} LIMIT 1) t, generate_series(1, {GROWN}) n"
        )
    await fetch("SET LOCAL session_replication_role = DEFAULT")


async def test_plans_of_the_first_minute_read_no_more_an_evening_later(send: Send) -> None:
    gate, guests = await covered_gate("citywide-pass"), [await ticket() for _ in range(12)]
    for table in TABLES:
        await fetch(f"ANALYZE {table}")  # the server has seen that they are empty
    await fetch("DISCARD PLANS")
    for seq, made in enumerate(guests[:8]):  # the server keeps a plan after five times
        await send(scan(seq, made.code, gate.id))
    await _grow()
    before = await _read()
    again = scan(7, guests[7].code, gate.id)
    found = await send(again, *[scan(20 + n, made.code, gate.id) for n, made in enumerate(guests[8:])])
    assert [receipt["status"] for receipt in found] == ["already_stored"] + ["stored"] * 4
    assert 0 < await _read() - before < FEW
