from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T22:15:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "One declaration of a pair stands; recusals hold whatever a transaction has seen before."

PAIR = "pg_advisory_xact_lock(hashtextextended(NEW.judge::text || NEW.entry::text, 0))"
# Whoever has waited for the pair must see what the other has just committed: an older snapshot would not.
FRESH = """
        IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
            RAISE EXCEPTION 'recusals and assignments need READ COMMITTED'
            USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
"""

REFUSE = """
    CREATE OR REPLACE FUNCTION refuse_recused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {fresh}
        PERFORM {pair};
        IF EXISTS (SELECT FROM recusal WHERE judge = NEW.judge AND entry = NEW.entry) THEN
            RAISE EXCEPTION 'judge % is recused from entry %', NEW.judge, NEW.entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_not_recused';
        END IF;
        RETURN NEW;
    END $$
"""
TAKE_BACK = """
    CREATE OR REPLACE FUNCTION take_recused_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        {fresh}
        PERFORM {pair};
        UPDATE assignment SET removed_at = NEW.recused_at, removed_for = 'recusal'
        WHERE judge = NEW.judge AND entry = NEW.entry AND removed_at IS NULL;
        RETURN NEW;
    END $$
"""

FORWARDS = [
    "CREATE UNIQUE INDEX declaration_stands_once ON declaration (judge, entry) WHERE outdated_at IS NULL",
    "CREATE INDEX declaration_of_entry ON declaration (entry)",
    "CREATE INDEX conflict_undecided ON conflict (entry) WHERE state = 'proposed'",
    REFUSE.format(fresh=FRESH, pair=PAIR),
    TAKE_BACK.format(fresh=FRESH, pair=PAIR),
]

BACKWARDS = [
    TAKE_BACK.format(fresh="", pair=PAIR),
    REFUSE.format(fresh="", pair=PAIR),
    "DROP INDEX conflict_undecided",
    "DROP INDEX declaration_of_entry",
    "DROP INDEX declaration_stands_once",
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
