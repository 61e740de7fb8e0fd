"""Migrations: one migrator at a time, short locks, and a check that tables and migrations agree."""

import contextlib
import io
from collections.abc import AsyncIterator

import asyncpg
from piccolo.apps.migrations.auto import AlterStatements
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import Finder

from app.core.settings import settings

LOCK = 0x4D616368
"""Key of the advisory lock, "Mach"."""


@contextlib.asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """Hold the migrator's lock on a connection of its own; another migrator waits here."""
    connection = await asyncpg.connect(settings().database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        yield
    finally:
        await connection.close()


async def migrate() -> int:
    """Run the migrations not yet run, in the order of the packages; return how many ran."""
    async with _alone():
        with contextlib.redirect_stdout(io.StringIO()):
            await Migration.create_table(if_not_exists=True)
            before = await Migration.count()
            for package in Finder().get_sorted_app_names():
                done = await ForwardsMigrationManager(app_name=package, migration_id="all").run()
                if not done.success:
                    raise RuntimeError(f"The migration of {package} failed: {done.message}")
            return int(await Migration.count()) - int(before)


async def drift() -> list[str]:
    """Return the packages whose tables differ from their migrations, and those with migrations not run."""
    found = []
    rows = await Migration.select(Migration.app_name, Migration.name)
    ran = {(row["app_name"], row["name"]) for row in rows}
    for package in Finder().get_sorted_app_names():
        config = Finder().get_app_config(package)
        manager = AutoMigrationManager()
        with contextlib.redirect_stdout(io.StringIO()):
            statements: list[AlterStatements] = await manager.get_alter_statements(config)
        modules = ForwardsMigrationManager(app_name=package).get_migration_modules(
            config.resolved_migrations_folder_path
        )
        if any(s.statements for s in statements) or any((package, name) not in ran for name in modules):
            found.append(package)
    return found
