from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T11:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A text that was published does not change."

FORWARDS = [
    """
    CREATE TRIGGER consent_text_published BEFORE UPDATE ON consent_text FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL AND (NEW.published_at, NEW.version, NEW.purpose, NEW.required, NEW.title, NEW.body)
          IS DISTINCT FROM (OLD.published_at, OLD.version, OLD.purpose, OLD.required, OLD.title, OLD.body))
    EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER consent_text_kept BEFORE DELETE ON consent_text FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_change()
    """,
]

BACKWARDS = [
    "DROP TRIGGER consent_text_kept ON consent_text",
    "DROP TRIGGER consent_text_published ON consent_text",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="people", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
