from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-22T00:50:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "A group of scans is stored by plans that are made once."

FORWARDS = [
    # A change of a state finds room beside it, and needs no new entry in an index.
    "ALTER TABLE ticket_state SET (fillfactor = 70)",
    "DROP FUNCTION store_scans(uuid[], bigint[], integer[], integer, json, json, json, uuid[], integer[], integer[], text[], text[])",
    # As before; `devices` and `seqs` are the scans for which the judge has not looked for undos that came before them.
    # Plans are made once: for small groups the server would make each of them anew, which takes longer than the work.
    """
CREATE FUNCTION store_scans(
    tickets uuid[], changes bigint[], revisions integer[], fresh integer, scans json, aside json, states json,
    venues uuid[], moves integer[], most integer[], tails text[], sources text[], devices uuid[], seqs bigint[]
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM FROM ticket t WHERE t.id = ANY(tickets) ORDER BY t.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM unnest(tickets, changes, revisions) AS a (ticket, change, revision)
        LEFT JOIN ticket t ON t.id = a.ticket LEFT JOIN ticket_state s ON s.ticket = a.ticket
        WHERE t.changed_in::text::bigint IS DISTINCT FROM a.change OR coalesce(s.revision, -1) <> a.revision
    ) THEN
        RETURN false;
    END IF;
    IF insert_scans(scans) < fresh THEN
        RAISE EXCEPTION 'A scan was stored meanwhile.' USING ERRCODE = 'serialization_failure';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(devices, seqs) AS s (device, seq)
        JOIN scan u ON u.undoes_device = s.device AND u.undoes_seq = s.seq AND u.undoes_seq IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'A scan was undone before it came.' USING ERRCODE = 'serialization_failure';
    END IF;
    IF aside IS NOT NULL THEN
        PERFORM insert_scans(aside);
    END IF;
    IF states IS NOT NULL THEN
        INSERT INTO ticket_state (ticket, body, inside_venue, inside_gate, revision)
        SELECT s.ticket, s.body, s.inside_venue, s.inside_gate, 0
        FROM json_to_recordset(states) AS s (ticket uuid, body json, inside_venue uuid, inside_gate uuid)
        ORDER BY s.ticket
        ON CONFLICT (ticket) DO UPDATE SET body = EXCLUDED.body, inside_venue = EXCLUDED.inside_venue,
            inside_gate = EXCLUDED.inside_gate, revision = ticket_state.revision + 1;
    END IF;
    FOR i IN 1 .. cardinality(venues) LOOP
        UPDATE venue_inside SET inside = inside + moves[i]
        WHERE venue = venues[i] AND inside <= coalesce(most[i], inside);
        CONTINUE WHEN FOUND;
        INSERT INTO venue_inside (venue, inside) VALUES (venues[i], moves[i]) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'A venue has filled up meanwhile.' USING ERRCODE = 'serialization_failure';
        END IF;
    END LOOP;
    IF cardinality(tails) > 0 THEN
        PERFORM append_evidence(tails, sources);
    END IF;
    RETURN true;
END $$
""",
]

BACKWARDS = [
    "DROP FUNCTION store_scans(uuid[], bigint[], integer[], integer, json, json, json, uuid[], integer[], integer[], text[], text[], uuid[], bigint[])",
    """
CREATE FUNCTION store_scans(
    tickets uuid[], changes bigint[], revisions integer[], fresh integer, scans json, aside json, states json,
    venues uuid[], moves integer[], most integer[], tails text[], sources text[]
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM FROM ticket t WHERE t.id = ANY(tickets) ORDER BY t.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM unnest(tickets, changes, revisions) AS a (ticket, change, revision)
        LEFT JOIN ticket t ON t.id = a.ticket LEFT JOIN ticket_state s ON s.ticket = a.ticket
        WHERE t.changed_in::text::bigint IS DISTINCT FROM a.change OR coalesce(s.revision, -1) <> a.revision
    ) THEN
        RETURN false;
    END IF;
    IF insert_scans(scans) < fresh THEN
        RAISE EXCEPTION 'A scan was stored meanwhile.' USING ERRCODE = 'serialization_failure';
    END IF;
    IF EXISTS (
        SELECT FROM json_to_recordset(scans) AS s (device uuid, seq bigint, undone boolean)
        JOIN scan u ON u.undoes_device = s.device AND u.undoes_seq = s.seq AND u.undoes_seq IS NOT NULL
        WHERE NOT s.undone
    ) THEN
        RAISE EXCEPTION 'A scan was undone before it came.' USING ERRCODE = 'serialization_failure';
    END IF;
    IF aside IS NOT NULL THEN
        PERFORM insert_scans(aside);
    END IF;
    IF states IS NOT NULL THEN
        INSERT INTO ticket_state (ticket, body, inside_venue, inside_gate, revision)
        SELECT s.ticket, s.body, s.inside_venue, s.inside_gate, 0
        FROM json_to_recordset(states) AS s (ticket uuid, body jsonb, inside_venue uuid, inside_gate uuid)
        ORDER BY s.ticket
        ON CONFLICT (ticket) DO UPDATE SET body = EXCLUDED.body, inside_venue = EXCLUDED.inside_venue,
            inside_gate = EXCLUDED.inside_gate, revision = ticket_state.revision + 1;
    END IF;
    FOR i IN 1 .. cardinality(venues) LOOP
        UPDATE venue_inside SET inside = inside + moves[i]
        WHERE venue = venues[i] AND inside <= coalesce(most[i], inside);
        CONTINUE WHEN FOUND;
        INSERT INTO venue_inside (venue, inside) VALUES (venues[i], moves[i]) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'A venue has filled up meanwhile.' USING ERRCODE = 'serialization_failure';
        END IF;
    END LOOP;
    IF cardinality(tails) > 0 THEN
        PERFORM append_evidence(tails, sources);
    END IF;
    RETURN true;
END $$
""",
    "ALTER TABLE ticket_state RESET (fillfactor)",
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
