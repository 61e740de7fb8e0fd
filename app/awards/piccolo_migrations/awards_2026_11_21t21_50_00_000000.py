from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T21:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A recused pair is refused to everybody, what was pinned stays, results are released by two."

PAIR = "pg_advisory_xact_lock(hashtextextended(NEW.judge::text || NEW.entry::text, 0))"
PINNED = "kind, method, rubric, opens_at, grace_ms, zone, each, least, most, blind, peers, carry, carry_count, best, missing_rule, tie_rule, public_percent, rules"
OLD, NEW = (", ".join(f"{row}.{column}" for column in PINNED.split(", ")) for row in ("OLD", "NEW"))

FORWARDS = [
    # Both sides queue for the pair, so that neither misses what the other has just committed.
    f"""
    CREATE FUNCTION refuse_recused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM {PAIR};
        IF EXISTS (SELECT FROM recusal WHERE judge = NEW.judge AND entry = NEW.entry) THEN
            RAISE EXCEPTION 'judge % is recused from entry %', NEW.judge, NEW.entry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_not_recused';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER assignment_not_recused BEFORE INSERT OR UPDATE ON assignment FOR EACH ROW WHEN (NEW.removed_at IS NULL) EXECUTE FUNCTION refuse_recused()",
    f"""
    CREATE FUNCTION take_recused_back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM {PAIR};
        UPDATE assignment SET removed_at = NEW.recused_at, removed_for = 'recusal'
        WHERE judge = NEW.judge AND entry = NEW.entry AND removed_at IS NULL;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER recusal_takes_back BEFORE INSERT ON recusal FOR EACH ROW EXECUTE FUNCTION take_recused_back()",
    "CREATE TRIGGER recusal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recusal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER deliberation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deliberation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER entry_version_unchanged BEFORE UPDATE ON entry_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER rubric_unchanged BEFORE UPDATE ON rubric FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    f"""
    CREATE FUNCTION refuse_other_rules() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF ({OLD}) IS DISTINCT FROM ({NEW}) OR NEW.closes_at < OLD.closes_at OR NEW.opened_at IS DISTINCT FROM OLD.opened_at THEN
            RAISE EXCEPTION 'the rules of round % were pinned when it opened', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_round_pinned';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER award_round_pinned BEFORE UPDATE ON award_round FOR EACH ROW WHEN (OLD.opened_at IS NOT NULL) EXECUTE FUNCTION refuse_other_rules()",
    "ALTER TABLE award_release ADD CONSTRAINT award_release_by_two CHECK (approved_by IS NULL OR approved_by <> proposed_by)",
    "CREATE UNIQUE INDEX award_release_one_stands ON award_release (round) WHERE withdrawn_at IS NULL",
    "CREATE UNIQUE INDEX assignment_once ON assignment (round, entry, judge) WHERE removed_at IS NULL",
    "CREATE INDEX assignment_of_judge ON assignment (judge, round) WHERE removed_at IS NULL",
    "CREATE INDEX award_entry_of_category ON award_entry (category, state, number)",
    "CREATE INDEX ballot_of_round ON ballot (round, entry)",
]

BACKWARDS = [
    "DROP INDEX ballot_of_round",
    "DROP INDEX award_entry_of_category",
    "DROP INDEX assignment_of_judge",
    "DROP INDEX assignment_once",
    "DROP INDEX award_release_one_stands",
    "ALTER TABLE award_release DROP CONSTRAINT award_release_by_two",
    "DROP TRIGGER award_round_pinned ON award_round",
    "DROP FUNCTION refuse_other_rules()",
    "DROP TRIGGER rubric_unchanged ON rubric",
    "DROP TRIGGER entry_version_unchanged ON entry_version",
    "DROP TRIGGER deliberation_append_only ON deliberation",
    "DROP TRIGGER recusal_append_only ON recusal",
    "DROP TRIGGER recusal_takes_back ON recusal",
    "DROP FUNCTION take_recused_back()",
    "DROP TRIGGER assignment_not_recused ON assignment",
    "DROP FUNCTION refuse_recused()",
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
