from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-21T17:58:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Rules of gates, settled scans, walk-ups, the search index."

FORWARDS = [
    "CREATE UNIQUE INDEX gate_rule_once ON gate_rule (gate, ticket_type) NULLS NOT DISTINCT",
    "ALTER TABLE venue_inside ADD CONSTRAINT venue_inside_counts CHECK (inside >= 0)",
    "CREATE INDEX ticket_search_grams ON ticket_search USING gin (grams)",
    "CREATE INDEX scan_undoes ON scan (undoes_device, undoes_seq) WHERE undoes_seq IS NOT NULL",
    "CREATE INDEX scan_aside ON scan (received_at) WHERE status = 'quarantined'",
    "CREATE INDEX scan_received ON scan (received_at)",
    "CREATE TRIGGER scan_settlement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON scan_settlement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER walk_up_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON walk_up FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "INSERT INTO venue_inside (venue, inside) SELECT v.id, (SELECT count(*) FROM ticket_state s WHERE s.inside_venue = v.id) FROM venue v",
]

BACKWARDS = [
    "DROP TRIGGER walk_up_append_only ON walk_up",
    "DROP TRIGGER scan_settlement_append_only ON scan_settlement",
    "DROP INDEX scan_received",
    "DROP INDEX scan_aside",
    "DROP INDEX scan_undoes",
    "DROP INDEX ticket_search_grams",
    "ALTER TABLE venue_inside DROP CONSTRAINT venue_inside_counts",
    "DROP INDEX gate_rule_once",
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
