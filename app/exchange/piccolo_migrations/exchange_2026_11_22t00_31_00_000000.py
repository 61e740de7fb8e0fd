from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-22T00:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What is published is looked through again when something of it changes"

CONVENTION = "SELECT DISTINCT 'convention', {}"
TOUCHES = {
    "convention": CONVENTION.format("id FROM changed"),
    "event": CONVENTION.format("convention FROM changed"),
    "venue": CONVENTION.format("convention FROM changed"),
    "session": CONVENTION.format("e.convention FROM changed JOIN event e ON e.id = changed.event"),
    "organiser": CONVENTION.format("e.convention FROM changed JOIN event e ON e.organiser = changed.id"),
    "exchanged_event": "SELECT DISTINCT 'card', card FROM changed WHERE NOT own",
    "card": "SELECT DISTINCT 'card', id FROM changed",
    "field_choice": "SELECT DISTINCT 'card', card FROM changed",
    "agreement": "SELECT DISTINCT 'partner', partner FROM changed",
    "partner": "SELECT DISTINCT 'partner', id FROM changed",
}
"""Table to what its changed rows touch."""
BOTH = {"exchanged_event": "card", "session": "event", "event": "convention"}
"""A row that moves touches where it came from as well."""


def triggers(table: str, select: str) -> list[str]:
    old = select.replace("changed", "was")
    moved = f" UNION {old}" if table in BOTH else ""
    columns = "INSERT INTO publication_touch (id, part, subject) SELECT gen_random_uuid(), part, subject FROM"
    bodies = {
        "insert": (select, "NEW TABLE AS changed"),
        "update": (select + moved, "OLD TABLE AS was NEW TABLE AS changed"),
        "delete": (old, "OLD TABLE AS was"),
    }
    return [
        statement
        for verb, (body, tables) in bodies.items()
        for statement in (
            f"""
            CREATE FUNCTION touch_by_{table}_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                {columns} ({body}) AS touched (part, subject);
                RETURN NULL;
            END $$
            """,
            f"""
            CREATE TRIGGER {table}_touched_{verb} AFTER {verb.upper()} ON {table}
            REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION touch_by_{table}_{verb}()
            """,
        )
    ]


FORWARDS = [
    "ALTER TABLE published_text ADD CONSTRAINT published_text_once UNIQUE (publication, language)",
    "CREATE INDEX publication_of_convention ON publication (convention, change) WHERE convention IS NOT NULL",
    "CREATE INDEX publication_of_audience ON publication (audience, change)",
    "CREATE INDEX publication_canceled ON publication (ends_at) WHERE status = 'cancelled' AND gone_at IS NULL",
    "CREATE INDEX publication_tombstones ON publication (gone_at) WHERE gone_at IS NOT NULL",
    "ALTER TABLE publication_log ADD CONSTRAINT publication_log_one_row CHECK (id = 1)",
    *(statement for table, select in TOUCHES.items() for statement in triggers(table, select)),
    # Sources are written with every reading: only what is shown of them counts.
    """
    CREATE FUNCTION touch_by_source_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO publication_touch (id, part, subject)
        SELECT gen_random_uuid(), 'partner', partner FROM (
            SELECT DISTINCT changed.partner FROM changed JOIN was ON was.id = changed.id
            WHERE (was.live_at IS NULL) <> (changed.live_at IS NULL) OR was.agreement <> changed.agreement) AS touched;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER source_touched_update AFTER UPDATE ON source
    REFERENCING OLD TABLE AS was NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION touch_by_source_update()
    """,
]

BACKWARDS = [
    *(
        f"DROP FUNCTION touch_by_{table}_{verb}() CASCADE"
        for table, verbs in {**dict.fromkeys(TOUCHES, "insert update delete"), "source": "update"}.items()
        for verb in verbs.split()
    ),
    "ALTER TABLE publication_log DROP CONSTRAINT publication_log_one_row",
    "DROP INDEX publication_tombstones",
    "DROP INDEX publication_canceled",
    "DROP INDEX publication_of_audience",
    "DROP INDEX publication_of_convention",
    "ALTER TABLE published_text DROP CONSTRAINT published_text_once",
]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="exchange", description=DESCRIPTION)

    async def run() -> None:
        for statement in FORWARDS:
            await DB.run_ddl(statement)

    async def run_backwards() -> None:
        for statement in BACKWARDS:
            await DB.run_ddl(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
