from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete
from piccolo.columns.column_types import ForeignKey

ID = "2026-11-21T18:36:05:402666"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="attendance", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="GateRule",
        tablename="gate_rule",
        column_name="gate",
        db_column_name="gate",
        params={"on_delete": OnDelete.cascade},
        old_params={"on_delete": OnDelete.restrict},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    manager.alter_column(
        table_class_name="GateRule",
        tablename="gate_rule",
        column_name="ticket_type",
        db_column_name="ticket_type",
        params={"on_delete": OnDelete.cascade},
        old_params={"on_delete": OnDelete.restrict},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
        schema=None,
    )

    return manager
