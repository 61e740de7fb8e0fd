from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T14:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Every ticket names the quotas it takes a place of; what waits and what is paid is found by index"

FORWARDS = """
UPDATE ticket t SET places = ARRAY(
    SELECT u.quota FROM quota_use u WHERE u.ticket_type = t.ticket_type
    UNION
    SELECT q.id FROM reservation r JOIN quota q ON q.session = r.session WHERE r.ticket = t.id
    ORDER BY 1
);
CREATE INDEX registration_waiting ON registration (convention, created_at, id) WHERE status = 'waiting';
CREATE INDEX registration_expiring ON registration (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX hold_expiring ON hold (expires_at);
CREATE UNIQUE INDEX payment_method_once ON payment_method (convention, organiser, provider) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX payment_one_due ON payment (registration, organiser) NULLS NOT DISTINCT WHERE state = 'due';
CREATE INDEX payment_open ON payment (due_at) WHERE state = 'due';
ALTER TABLE ticket ADD CONSTRAINT ticket_state_known CHECK (
    state IN ('waiting', 'offered', 'unapproved', 'unpaid', 'valid', 'blocked', 'canceled'));
"""
BACKWARDS = """
ALTER TABLE ticket DROP CONSTRAINT ticket_state_known;
DROP INDEX payment_open; DROP INDEX payment_one_due; DROP INDEX payment_method_once; DROP INDEX hold_expiring;
DROP INDEX registration_expiring; DROP INDEX registration_waiting;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ticketing", description=DESCRIPTION)

    async def run() -> None:
        await _each(FORWARDS)

    async def run_backwards() -> None:
        await _each(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager


async def _each(statements: str) -> None:
    for statement in filter(None, map(str.strip, statements.split(";"))):
        await DB.run_ddl(statement)
