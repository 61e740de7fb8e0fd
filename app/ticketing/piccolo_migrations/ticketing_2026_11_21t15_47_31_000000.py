from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import UUID, Array
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod

from app.core.db import DB

ID = "2026-11-21T15:47:31:000000"
VERSION = "1.38.0"
DESCRIPTION = "Sessions that mails put into calendars are known, to be taken out again; how far a message to guests is"

COMMON = {
    "null": False,
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ticketing", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Ticket",
        tablename="ticket",
        column_name="calendar",
        db_column_name="calendar",
        column_class_name="Array",
        column_class=Array,
        params={**COMMON, "default": [], "base_column": UUID(default=UUID4(), **COMMON)},
        schema=None,
    )

    async def run() -> None:
        await DB.run_ddl(
            "CREATE INDEX job_of_message ON job ((payload ->> 'message')) WHERE payload ->> 'message' IS NOT NULL"
        )

    async def run_backwards() -> None:
        await DB.run_ddl("DROP INDEX job_of_message")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
