from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T05:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Scans and the ledger cannot be changed; open intervals and a gate's scans are found fast."

FORWARDS = [
    "CREATE TRIGGER scan_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scan"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE INDEX presence_interval_open ON presence_interval (beat_at) WHERE ended_at IS NULL",
    "CREATE INDEX scan_gate ON scan (gate, scanned_at)",
]

BACKWARDS = [
    "DROP INDEX scan_gate",
    "DROP INDEX presence_interval_open",
    "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
    "DROP TRIGGER scan_append_only ON scan",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="attendance", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
