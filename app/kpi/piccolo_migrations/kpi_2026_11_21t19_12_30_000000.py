from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T19:12:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "What was released is never changed: the next release is held against it."

FORWARDS = "CREATE TRIGGER public_release_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public_release FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
BACKWARDS = "DROP TRIGGER public_release_append_only ON public_release"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="kpi", description=DESCRIPTION)

    async def run() -> None:
        await DB.run_ddl(FORWARDS)

    async def run_backwards() -> None:
        await DB.run_ddl(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
