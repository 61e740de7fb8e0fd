from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Registrations have a number for gates; tickets count how often their name may have changed."

FORWARDS = [
    "ALTER TABLE registration ADD COLUMN party serial",
    "ALTER TABLE ticket ADD COLUMN sealings integer NOT NULL DEFAULT 0",
    """
CREATE OR REPLACE FUNCTION ticket_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    IF NEW.sealed IS DISTINCT FROM OLD.sealed OR NEW.person <> OLD.person THEN
        NEW.sealings := NEW.sealings + 1;
    END IF;
    RETURN NEW;
END $$
""",
    """
CREATE OR REPLACE FUNCTION details_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET sealings = sealings + 1 WHERE person = OLD.person;
    RETURN NULL;
END $$
""",
    """
CREATE FUNCTION language_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET sealings = sealings + 1 WHERE registration = NEW.id;
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER language_changed AFTER UPDATE OF language ON registration FOR EACH ROW"
    " WHEN (OLD.language IS DISTINCT FROM NEW.language) EXECUTE FUNCTION language_changed()",
]

BACKWARDS = [
    "DROP TRIGGER language_changed ON registration",
    "DROP FUNCTION language_changed()",
    """
CREATE OR REPLACE FUNCTION details_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ticket SET changed_in = pg_current_xact_id() WHERE person = OLD.person;
    RETURN NULL;
END $$
""",
    """
CREATE OR REPLACE FUNCTION ticket_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id();
    RETURN NEW;
END $$
""",
    "ALTER TABLE ticket DROP COLUMN sealings",
    "ALTER TABLE registration DROP COLUMN party",
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
