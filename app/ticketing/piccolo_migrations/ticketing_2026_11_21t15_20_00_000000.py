from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Boolean

ID = "2026-11-21T15:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Tickets whose details tell of needs are found without opening them"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ticketing", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Ticket",
        tablename="ticket",
        column_name="has_needs",
        db_column_name="has_needs",
        column_class_name="Boolean",
        column_class=Boolean,
        params={
            "default": False,
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "secret": False,
        },
    )
    return manager
