from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-22T04:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A group of scans is looked up row by row, however small the tables were when the plans were made."

FORWARDS = [
    # What `rows.look` reads, and nothing of the planner's: not how long the lists are, nor how small a table was when
    # the plan was made, decides how it is found. `party` are the valid tickets of a registration and where they are.
    """
CREATE FUNCTION look_scans(devices uuid[], seqs bigint[], serials bigint[], tickets uuid[], venues uuid[])
RETURNS TABLE (
    id uuid, serial bigint, generation smallint, code_digest bytea, state varchar, residence varchar, person uuid,
    registration uuid, ticket_type uuid, change bigint, changed_at timestamptz, key bytea, sealed bytea,
    language varchar, party bigint, party_inside uuid[], body json, state_revision integer, inside integer, scan bigint,
    request bytea, status varchar, verdict varchar, reason varchar, warnings jsonb, scanned uuid, device_verdict jsonb,
    finals json, undone boolean
) LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.*, s.body, coalesce(s.revision, -1), v.inside, k.id, k.request, k.status, k.verdict, k.reason, k.warnings,
           k.ticket, k.device_verdict, (SELECT json_agg(f) FROM scan_final f WHERE f.scan = k.id),
           (SELECT true FROM scan u WHERE u.undoes_device = a.device AND u.undoes_seq = a.seq LIMIT 1) IS NOT NULL
    FROM unnest(devices, seqs, serials, tickets, venues) WITH ORDINALITY AS a (device, seq, serial, ticket, venue, n)
    LEFT JOIN LATERAL (
        SELECT t.id, t.serial, t.generation, t.code_digest, t.state, t.residence, t.person, t.registration,
               t.ticket_type, t.changed_in::text::bigint, t.changed_at, p.key, coalesce(t.sealed, d.sealed), r.language,
               party.valid, party.inside
        FROM ticket t JOIN person p ON p.id = t.person JOIN registration r ON r.id = t.registration
        LEFT JOIN person_details d ON d.person = t.person
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE x.state = 'valid') AS valid,
                   coalesce(array_agg(y.inside_venue) FILTER (WHERE y.inside_venue IS NOT NULL), '{}') AS inside
            FROM ticket x LEFT JOIN LATERAL (
                SELECT y.inside_venue FROM ticket_state y WHERE y.ticket = x.id LIMIT 1
            ) y ON true
            WHERE x.registration = t.registration
        ) party
        WHERE t.id = coalesce(a.ticket, (SELECT m.id FROM ticket m WHERE m.serial = a.serial)) LIMIT 1
    ) t ON true
    LEFT JOIN LATERAL (SELECT s.body, s.revision FROM ticket_state s WHERE s.ticket = t.id LIMIT 1) s ON true
    LEFT JOIN LATERAL (SELECT * FROM scan k WHERE k.device = a.device AND k.seq = a.seq LIMIT 1) k ON true
    LEFT JOIN LATERAL (SELECT v.inside FROM venue_inside v WHERE v.venue = a.venue LIMIT 1) v ON true
    ORDER BY a.n;
END $$
""",
    # As before, but by subqueries of one value: these are never turned into joins. A process that made its plans while
    # a table was empty read all of it for each group, until the server looked at the table's size again.
    """
CREATE OR REPLACE FUNCTION store_scans(
    tickets uuid[], changes bigint[], revisions integer[], fresh integer, scans json, aside json, states json,
    venues uuid[], moves integer[], most integer[], tails text[], sources text[], devices uuid[], seqs bigint[]
) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM FROM ticket t WHERE t.id = ANY(tickets) ORDER BY t.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM unnest(tickets, changes, revisions) AS a (ticket, change, revision)
        WHERE (SELECT t.changed_in FROM ticket t WHERE t.id = a.ticket)::text::bigint IS DISTINCT FROM a.change
           OR coalesce((SELECT s.revision FROM ticket_state s WHERE s.ticket = a.ticket), -1) <> a.revision
    ) THEN
        RETURN false;
    END IF;
    IF insert_scans(scans) < fresh THEN
        RAISE EXCEPTION 'A scan was stored meanwhile.' USING ERRCODE = 'serialization_failure';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(devices, seqs) AS s (device, seq)
        WHERE (SELECT true FROM scan u WHERE u.undoes_device = s.device AND u.undoes_seq = s.seq LIMIT 1)
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
    """
CREATE OR REPLACE FUNCTION append_evidence(tails text[], sources text[], OUT first bigint, OUT last bigint)
LANGUAGE plpgsql AS $$
DECLARE
    head chain_head%ROWTYPE;
    line text;
    lines text[];
    digests bytea[];
BEGIN
    LOOP
        SELECT * INTO head FROM chain_head WHERE name = 'ledger' FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO chain_head (name, position, digest) VALUES ('ledger', 0, decode(repeat('00', 32), 'hex'))
        ON CONFLICT DO NOTHING;
    END LOOP;
    first := head.position + 1;
    FOR line IN
        SELECT a.tail FROM unnest(tails, sources) WITH ORDINALITY AS a (tail, source, n)
        WHERE (SELECT true FROM ledger_entry e WHERE e.source = a.source) IS NULL ORDER BY a.n
    LOOP
        head.position := head.position + 1;
        line := '[' || head.position || ',' || line;
        head.digest := sha256(head.digest || convert_to(line, 'UTF8'));
        lines := lines || line;
        digests := digests || head.digest;
    END LOOP;
    last := head.position;
    INSERT INTO ledger_entry (
        digest, position, kind, evidence_class, recorded_at, person, ticket, event, session, scope, mode, scheduled_at,
        scheduled_minutes, starts_at, ends_at, role, residence, subject, other, operator, reason, source)
    SELECT a.digest, (v ->> 0)::bigint, v ->> 1, v ->> 2, micro(v ->> 3), (v ->> 4)::uuid, (v ->> 5)::uuid,
           (v ->> 6)::uuid, (v ->> 7)::uuid, v ->> 8, v ->> 9, micro(v ->> 10), (v ->> 11)::integer, micro(v ->> 12),
           micro(v ->> 13), v ->> 14, v ->> 15, (v ->> 16)::bigint, (v ->> 17)::uuid, v ->> 18, v ->> 19, v ->> 20
    FROM unnest(lines, digests) AS a (line, digest), LATERAL (SELECT a.line::jsonb AS v OFFSET 0) AS parsed;
    UPDATE chain_head SET position = head.position, digest = head.digest WHERE name = 'ledger';
END $$
""",
]

BACKWARDS = [
    "DROP FUNCTION look_scans",
    """
CREATE OR REPLACE FUNCTION store_scans(
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
    """
CREATE OR REPLACE FUNCTION append_evidence(tails text[], sources text[], OUT first bigint, OUT last bigint)
LANGUAGE plpgsql AS $$
DECLARE
    head chain_head%ROWTYPE;
    line text;
    lines text[];
    digests bytea[];
BEGIN
    LOOP
        SELECT * INTO head FROM chain_head WHERE name = 'ledger' FOR UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO chain_head (name, position, digest) VALUES ('ledger', 0, decode(repeat('00', 32), 'hex'))
        ON CONFLICT DO NOTHING;
    END LOOP;
    first := head.position + 1;
    FOR line IN
        SELECT a.tail FROM unnest(tails, sources) WITH ORDINALITY AS a (tail, source, n)
        WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.source = a.source) ORDER BY a.n
    LOOP
        head.position := head.position + 1;
        line := '[' || head.position || ',' || line;
        head.digest := sha256(head.digest || convert_to(line, 'UTF8'));
        lines := lines || line;
        digests := digests || head.digest;
    END LOOP;
    last := head.position;
    INSERT INTO ledger_entry (
        digest, position, kind, evidence_class, recorded_at, person, ticket, event, session, scope, mode, scheduled_at,
        scheduled_minutes, starts_at, ends_at, role, residence, subject, other, operator, reason, source)
    SELECT a.digest, (v ->> 0)::bigint, v ->> 1, v ->> 2, micro(v ->> 3), (v ->> 4)::uuid, (v ->> 5)::uuid,
           (v ->> 6)::uuid, (v ->> 7)::uuid, v ->> 8, v ->> 9, micro(v ->> 10), (v ->> 11)::integer, micro(v ->> 12),
           micro(v ->> 13), v ->> 14, v ->> 15, (v ->> 16)::bigint, (v ->> 17)::uuid, v ->> 18, v ->> 19, v ->> 20
    FROM unnest(lines, digests) AS a (line, digest), LATERAL (SELECT a.line::jsonb AS v OFFSET 0) AS parsed;
    UPDATE chain_head SET position = head.position, digest = head.digest WHERE name = 'ledger';
END $$
""",
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
