from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:46:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A year is frozen once; what was frozen or entered is never changed."

FORWARDS = [
    "CREATE TRIGGER frozen_figure_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON frozen_figure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER entered_value_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entered_value FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE UNIQUE INDEX frozen_figure_once ON frozen_figure (fiscal_year) WHERE kind = 'frozen'",
    "CREATE INDEX entered_value_latest ON entered_value (number, fiscal_year, kind, entered_at)",
]

BACKWARDS = [
    "DROP INDEX entered_value_latest",
    "DROP INDEX frozen_figure_once",
    "DROP TRIGGER entered_value_append_only ON entered_value",
    "DROP TRIGGER frozen_figure_append_only ON frozen_figure",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="kpi", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
