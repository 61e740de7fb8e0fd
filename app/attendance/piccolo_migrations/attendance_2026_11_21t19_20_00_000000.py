from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T19:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A page is measured once at a time; what voids an entry is found at once."

FORWARDS = [
    "CREATE UNIQUE INDEX presence_interval_once ON presence_interval (ticket, session, visit) WHERE ended_at IS NULL",
    "CREATE INDEX ledger_entry_voids ON ledger_entry (subject) WHERE kind = 'void'",
]

BACKWARDS = [
    "DROP INDEX ledger_entry_voids",
    "DROP INDEX presence_interval_once",
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
