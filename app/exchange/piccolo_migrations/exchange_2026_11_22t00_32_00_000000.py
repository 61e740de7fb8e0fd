from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSONB, Integer, Timestamptz
from piccolo.columns.indexes import IndexMethod

from app.core.db import DB

ID = "2026-11-22T00:32:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Events that an officer keeps, the number of findings, what changed, and what the sources' schedule looks for"

COMMON = {
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}
FORWARDS = [
    "CREATE INDEX pull_of_source ON pull (source, begun_at)",
    "CREATE INDEX exchanged_event_waiting ON exchanged_event (source) WHERE state = 'missing' OR proposed = 'cancelled'",
    "CREATE UNIQUE INDEX vanishing_open ON vanishing (source) WHERE decision = ''",
]
BACKWARDS = [
    "DROP INDEX vanishing_open",
    "DROP INDEX exchanged_event_waiting",
    "DROP INDEX pull_of_source",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="exchange", description=DESCRIPTION)
    manager.add_column(
        table_class_name="ExchangedEvent",
        tablename="exchanged_event",
        column_name="kept_at",
        db_column_name="kept_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={**COMMON, "default": None, "null": True},
        schema=None,
    )
    manager.add_column(
        table_class_name="Pull",
        tablename="pull",
        column_name="found",
        db_column_name="found",
        column_class_name="Integer",
        column_class=Integer,
        params={**COMMON, "default": 0, "null": False},
        schema=None,
    )
    manager.add_column(
        table_class_name="Pull",
        tablename="pull",
        column_name="changes",
        db_column_name="changes",
        column_class_name="JSONB",
        column_class=JSONB,
        params={**COMMON, "default": "[]", "null": False},
        schema=None,
    )

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
