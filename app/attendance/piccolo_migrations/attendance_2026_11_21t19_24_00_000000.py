from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T19:24:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Who is one person with whom is found from either side, and what undid a merge."

FORWARDS = [
    "CREATE INDEX ledger_entry_merges ON ledger_entry (other) WHERE kind = 'merge'",
    "CREATE INDEX ledger_entry_splits ON ledger_entry (subject) WHERE kind = 'split'",
]

BACKWARDS = [
    "DROP INDEX ledger_entry_splits",
    "DROP INDEX ledger_entry_merges",
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
