from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T17:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Tickets know the transaction that changed them last."

FORWARDS = [
    "ALTER TABLE ticket ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX ticket_changed_in ON ticket (changed_in)",
    """
CREATE FUNCTION ticket_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$
""",
    "CREATE TRIGGER ticket_changed_in BEFORE UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION ticket_changed()",
    """
CREATE FUNCTION details_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET changed_in = pg_current_xact_id() WHERE person = OLD.person;
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER details_changed AFTER UPDATE OR DELETE ON person_details FOR EACH ROW EXECUTE FUNCTION details_changed()",
]

BACKWARDS = [
    "DROP TRIGGER details_changed ON person_details",
    "DROP FUNCTION details_changed()",
    "DROP TRIGGER ticket_changed_in ON ticket",
    "DROP FUNCTION ticket_changed()",
    "ALTER TABLE ticket DROP COLUMN changed_in",
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
