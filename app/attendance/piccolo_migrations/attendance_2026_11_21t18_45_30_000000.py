from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T18:45:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Signed heads are kept for ever; doubles wait in their order."

FORWARDS = [
    "CREATE TRIGGER ledger_head_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "ALTER TABLE double ADD CONSTRAINT double_in_order CHECK (first < second)",
    "CREATE INDEX double_open ON double (found_at) WHERE decision IS NULL",
    "CREATE INDEX double_second ON double (second)",
    "CREATE INDEX reported_stay_open ON reported_stay (report) WHERE state IN ('unknown', 'review')",
    "CREATE INDEX room_question_session ON room_question (session, asked_at)",
]

BACKWARDS = [
    "DROP INDEX room_question_session",
    "DROP INDEX reported_stay_open",
    "DROP INDEX double_second",
    "DROP INDEX double_open",
    "ALTER TABLE double DROP CONSTRAINT double_in_order",
    "DROP TRIGGER ledger_head_append_only ON ledger_head",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="attendance", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
