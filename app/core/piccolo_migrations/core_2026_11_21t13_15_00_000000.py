from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T13:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The history of one thing is found without reading the whole audit log."


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def run() -> None:
        await DB.run_ddl("CREATE INDEX audit_entry_subject ON audit_entry (subject, position)")

    async def run_backwards() -> None:
        await DB.run_ddl("DROP INDEX audit_entry_subject")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
