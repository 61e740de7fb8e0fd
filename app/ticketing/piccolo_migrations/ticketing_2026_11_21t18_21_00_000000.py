from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Ticket types know the transaction that changed last what they open."

FORWARDS = [
    "ALTER TABLE ticket_type ADD COLUMN covered_in xid8 NOT NULL DEFAULT pg_current_xact_id()",
    """
CREATE FUNCTION coverage_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket_type SET covered_in = pg_current_xact_id()
    WHERE id IN (OLD.ticket_type, NEW.ticket_type) AND covered_in <> pg_current_xact_id();
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER coverage_changed AFTER INSERT OR UPDATE OR DELETE ON coverage"
    " FOR EACH ROW EXECUTE FUNCTION coverage_changed()",
]

BACKWARDS = [
    "DROP TRIGGER coverage_changed ON coverage",
    "DROP FUNCTION coverage_changed()",
    "ALTER TABLE ticket_type DROP COLUMN covered_in",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ticketing", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
