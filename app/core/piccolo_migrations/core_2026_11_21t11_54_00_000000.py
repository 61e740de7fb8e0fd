from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T11:54:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Limited uses are counted without the write-ahead log."


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def run() -> None:
        await DB.run_ddl("ALTER TABLE limited_use SET UNLOGGED")

    async def run_backwards() -> None:
        await DB.run_ddl("ALTER TABLE limited_use SET LOGGED")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
