from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T22:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What was released stays as it is; ballots come while the vote is open, and no later."

FIXED = "id, round, proposed_by, proposed_at, bundle, digest"
OLD, NEW = (", ".join(f"{row}.{column}" for column in FIXED.split(", ")) for row in ("OLD", "NEW"))

FORWARDS = [
    # Before it is approved a proposal may be approved or withdrawn; what is released is not touched at all.
    f"""
    CREATE FUNCTION refuse_other_release() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.approved_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL OR ({OLD}) IS DISTINCT FROM ({NEW})
        OR (NEW.approved_by IS NULL) <> (NEW.approved_at IS NULL)
        OR (NEW.approved_at IS NOT NULL AND NEW.withdrawn_at IS NOT NULL) THEN
            RAISE EXCEPTION 'release % is sealed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_release_sealed';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER award_release_sealed BEFORE UPDATE ON award_release FOR EACH ROW EXECUTE FUNCTION refuse_other_release()",
    "CREATE TRIGGER award_release_stays BEFORE DELETE OR TRUNCATE ON award_release FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    # The lock lets a ballot and a proposal queue: what was counted is all there is.
    """
    CREATE FUNCTION refuse_ballot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM FROM award_round WHERE id = NEW.round FOR SHARE;
        IF NOT EXISTS (
            SELECT FROM award_round r JOIN award_entry e ON e.category = r.category AND e.id = NEW.entry
            WHERE r.id = NEW.round AND r.opened_at IS NOT NULL
                AND r.vote_opens_at <= NEW.cast_at AND NEW.cast_at < r.vote_closes_at
        ) OR EXISTS (SELECT FROM award_release WHERE round = NEW.round AND withdrawn_at IS NULL) THEN
            RAISE EXCEPTION 'round % takes no such ballot', NEW.round
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_while_open';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER ballot_while_open BEFORE INSERT OR UPDATE ON ballot FOR EACH ROW EXECUTE FUNCTION refuse_ballot()",
    """
    CREATE FUNCTION refuse_late_minutes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM FROM award_round WHERE id = NEW.round FOR SHARE;
        IF EXISTS (SELECT FROM award_release WHERE round = NEW.round AND approved_at IS NOT NULL) THEN
            RAISE EXCEPTION 'the result of round % is released', NEW.round
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deliberation_before_release';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER deliberation_before_release BEFORE INSERT ON deliberation FOR EACH ROW EXECUTE FUNCTION refuse_late_minutes()",
    """
    CREATE FUNCTION refuse_other_vote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF (OLD.vote_opens_at, OLD.vote_closes_at) IS DISTINCT FROM (NEW.vote_opens_at, NEW.vote_closes_at) THEN
            RAISE EXCEPTION 'the vote of round % was pinned when it opened', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'award_round_vote_pinned';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER award_round_vote_pinned BEFORE UPDATE ON award_round FOR EACH ROW WHEN (OLD.opened_at IS NOT NULL) EXECUTE FUNCTION refuse_other_vote()",
]

BACKWARDS = [
    "DROP TRIGGER award_round_vote_pinned ON award_round",
    "DROP FUNCTION refuse_other_vote()",
    "DROP TRIGGER deliberation_before_release ON deliberation",
    "DROP FUNCTION refuse_late_minutes()",
    "DROP TRIGGER ballot_while_open ON ballot",
    "DROP FUNCTION refuse_ballot()",
    "DROP TRIGGER award_release_stays ON award_release",
    "DROP TRIGGER award_release_sealed ON award_release",
    "DROP FUNCTION refuse_other_release()",
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
