from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:11:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Final verdicts cannot be changed; odd scans are found fast."

FORWARDS = [
    "CREATE TRIGGER scan_final_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scan_final"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE INDEX scan_odd ON scan (received_at) WHERE status = 'quarantined' OR warnings <> '[]'",
]

BACKWARDS = [
    "DROP INDEX scan_odd",
    "DROP TRIGGER scan_final_append_only ON scan_final",
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
