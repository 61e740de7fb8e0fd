from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T11:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What was in the programme before there were drafts stays published."

FORWARDS = [
    "UPDATE event SET published_at = changed_at WHERE published_at IS NULL",
    "UPDATE convention SET published_at = now() WHERE published_at IS NULL",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="events", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    return manager
