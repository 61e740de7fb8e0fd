from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:26:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Phones are told of what was shown in the end by the time of its arrival."

FORWARDS = ["CREATE INDEX scan_final_received ON scan_final (received_at)"]
BACKWARDS = ["DROP INDEX scan_final_received"]


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
