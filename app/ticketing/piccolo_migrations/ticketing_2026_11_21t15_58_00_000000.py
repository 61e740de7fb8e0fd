from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T15:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What somebody has registered is found by index"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ticketing", description=DESCRIPTION)

    async def run() -> None:
        await DB.run_ddl("CREATE INDEX registration_of_person ON registration (person)")

    async def run_backwards() -> None:
        await DB.run_ddl("DROP INDEX registration_of_person")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
