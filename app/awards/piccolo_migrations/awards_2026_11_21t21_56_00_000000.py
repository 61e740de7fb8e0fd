from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T21:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "The version of an entry that is judged stays the same once it is."

FORWARDS = [
    """
    CREATE FUNCTION refuse_other_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM award_round WHERE category = NEW.category AND kind <> 'eligibility' AND opened_at IS NOT NULL)
        OR EXISTS (SELECT FROM assignment WHERE entry = NEW.id AND removed_at IS NULL) THEN
            RAISE EXCEPTION 'entry % is being judged', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_entry_pinned';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER award_entry_pinned BEFORE UPDATE OF pinned ON award_entry FOR EACH ROW WHEN (OLD.pinned IS NOT NULL AND NEW.pinned IS DISTINCT FROM OLD.pinned) EXECUTE FUNCTION refuse_other_version()",
    "ALTER TABLE award_entry ADD CONSTRAINT award_entry_submitted_at CHECK (state <> 'submitted' OR submitted_at IS NOT NULL)",
    "CREATE INDEX screening_latest ON screening (round, entry, id DESC)",
]

BACKWARDS = [
    "DROP INDEX screening_latest",
    "ALTER TABLE award_entry DROP CONSTRAINT award_entry_submitted_at",
    "DROP TRIGGER award_entry_pinned ON award_entry",
    "DROP FUNCTION refuse_other_version()",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="awards", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
