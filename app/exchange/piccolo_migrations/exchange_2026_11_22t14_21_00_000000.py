from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.core.db import DB

ID = "2026-11-22T14:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What a statement touches is one row, however much: every look at the log goes past the rows of others"

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
BOTH = {"exchanged_event", "session", "event"}
"""A row that moves touches where it came from as well."""
SOURCE = """
    SELECT DISTINCT 'partner', changed.partner FROM changed JOIN was ON was.id = changed.id
    WHERE (was.live_at IS NULL) <> (changed.live_at IS NULL) OR was.agreement <> changed.agreement
"""
"""Sources are written with every reading: only what is shown of them counts."""

ONE_ROW = """
    INSERT INTO publication_touch (id, part, subjects) SELECT gen_random_uuid(), part, array_agg(subject)
    FROM ({}) AS touched (part, subject) GROUP BY part
"""
ROW_EACH = """
    INSERT INTO publication_touch (id, part, subject) SELECT gen_random_uuid(), part, subject
    FROM ({}) AS touched (part, subject)
"""


def functions(insert: str) -> list[str]:
    """Return the functions of all triggers, made anew."""
    found = {"source_update": SOURCE}
    for table, select in TOUCHES.items():
        old = select.replace("changed", "was")
        found[f"{table}_insert"] = select
        found[f"{table}_update"] = f"{select} UNION {old}" if table in BOTH else select
        found[f"{table}_delete"] = old
    return [
        f"""
        CREATE OR REPLACE FUNCTION touch_by_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            {insert.format(select)};
            RETURN NULL;
        END $$
        """
        for name, select in found.items()
    ]


FORWARDS = ["UPDATE publication_touch SET subjects = ARRAY[subject]", *functions(ONE_ROW)]
BACKWARDS = functions(ROW_EACH)


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
    manager.drop_column(
        table_class_name="PublicationTouch",
        tablename="publication_touch",
        column_name="subject",
        db_column_name="subject",
        schema=None,
    )
    return manager
