from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-22T01:35:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Copies are looked for across sources, by UID and by origin"

FORWARDS = [
    "CREATE INDEX exchanged_event_uid ON exchanged_event (uid)",
    "CREATE INDEX exchanged_event_origin ON exchanged_event (origin) WHERE origin <> ''",
]
BACKWARDS = ["DROP INDEX exchanged_event_origin", "DROP INDEX exchanged_event_uid"]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="exchange", description=DESCRIPTION)

    async def up() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def down() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager
