from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSON
from piccolo.columns.column_types import JSONB
from piccolo.columns.column_types import UUID

ID = "2026-11-22T00:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The state of a ticket is kept as it was written, and found by the ticket alone."


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="attendance", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="TicketState",
        tablename="ticket_state",
        column_name="body",
        db_column_name="body",
        params={},
        old_params={},
        column_class=JSON,
        old_column_class=JSONB,
        schema=None,
    )

    manager.alter_column(
        table_class_name="TicketState",
        tablename="ticket_state",
        column_name="inside_venue",
        db_column_name="inside_venue",
        params={"index": False},
        old_params={"index": True},
        column_class=UUID,
        old_column_class=UUID,
        schema=None,
    )

    return manager
