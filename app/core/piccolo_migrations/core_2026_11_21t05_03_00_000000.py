from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T05:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Partial index of open jobs; rows of append-only tables cannot be changed."

FORWARDS = [
    "CREATE INDEX job_open ON job (due_at) WHERE done_at IS NULL AND given_up_at IS NULL",
    "CREATE INDEX job_done ON job (done_at) WHERE done_at IS NOT NULL",
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION $m$% is append-only: add a correcting row instead$m$, TG_TABLE_NAME
            USING ERRCODE = $e$restrict_violation$e$;
    END $$
    """,
    "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
]

BACKWARDS = [
    "DROP TRIGGER audit_entry_append_only ON audit_entry",
    "DROP FUNCTION refuse_change()",
    "DROP INDEX job_done",
    "DROP INDEX job_open",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
