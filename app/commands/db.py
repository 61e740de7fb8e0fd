"""`machi db`: migrations."""

import click

from app.commands.environment import with_database
from app.core import migrate as migrations


@click.group(epilog="Example: machi db migrate && machi db check")
def db() -> None:
    """Migrate the database, or check that it fits."""


@db.command(epilog="Example: machi db migrate")
def migrate() -> None:
    """Run the migrations that have not run yet; a second migrator waits for the first."""
    ran = with_database(migrations.migrate)
    click.echo(f"Migrations run: {ran}." if ran else "Nothing to migrate.")


@db.command(epilog="Example: machi db check")
def check() -> None:
    """Exit 1 when tables and migrations differ, or a migration has not run."""
    found = with_database(migrations.drift)
    if found:
        raise click.ClickException(f"These packages do not fit the database: {', '.join(found)}; run: machi db migrate")
    click.echo("The database fits.")
