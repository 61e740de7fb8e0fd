from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The search index has no list of pending entries: every search would read it from end to end."

FORWARDS = [
    "ALTER INDEX ticket_search_grams SET (fastupdate = off)",
    "ALTER TABLE search_mark ADD CONSTRAINT search_mark_is_one CHECK (id = 1)",
]

BACKWARDS = [
    "ALTER TABLE search_mark DROP CONSTRAINT search_mark_is_one",
    "ALTER INDEX ticket_search_grams RESET (fastupdate)",
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
