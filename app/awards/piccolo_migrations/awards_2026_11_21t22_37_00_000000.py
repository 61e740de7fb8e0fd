from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T22:37:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A pair has its lower id first and a choice among its two; a sheet counts its saves from 1."

FORWARDS = [
    "ALTER TABLE comparison ADD CONSTRAINT comparison_pair CHECK (first < second)",
    "ALTER TABLE comparison ADD CONSTRAINT comparison_choice CHECK (better IS NULL OR better IN (first, second))",
    "ALTER TABLE sheet ADD CONSTRAINT sheet_saved CHECK (revision >= 1)",
    "ALTER TABLE sheet ADD CONSTRAINT sheet_verdict CHECK (verdict IN ('passed', 'failed'))",
]

BACKWARDS = [
    "ALTER TABLE sheet DROP CONSTRAINT sheet_verdict",
    "ALTER TABLE sheet DROP CONSTRAINT sheet_saved",
    "ALTER TABLE comparison DROP CONSTRAINT comparison_choice",
    "ALTER TABLE comparison DROP CONSTRAINT comparison_pair",
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
