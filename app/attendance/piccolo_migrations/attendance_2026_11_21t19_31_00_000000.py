from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T19:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A second reader of changed tickets has a mark of its own."

FORWARDS = [
    "ALTER TABLE search_mark DROP CONSTRAINT search_mark_is_one",
    "ALTER TABLE search_mark ADD CONSTRAINT search_mark_is_known CHECK (id IN (1, 2))",
]

BACKWARDS = [
    "ALTER TABLE search_mark DROP CONSTRAINT search_mark_is_known",
    "DELETE FROM search_mark WHERE id <> 1",
    "ALTER TABLE search_mark ADD CONSTRAINT search_mark_is_one CHECK (id = 1)",
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
