from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:45:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Persons who may be one are found by their keys."

FORWARDS = [
    "CREATE INDEX person_key_found ON person_key (kind, key)",
    "CREATE UNIQUE INDEX person_key_once ON person_key (person, kind, key)",
]

BACKWARDS = [
    "DROP INDEX person_key_once",
    "DROP INDEX person_key_found",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="people", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
