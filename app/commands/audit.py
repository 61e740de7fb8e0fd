"""`machi audit`: the audit log."""

import click

from app.commands.environment import with_database
from app.core.audit import verify as verify_chain


@click.group(epilog="Example: machi audit verify")
def audit() -> None:
    """Verify the audit log."""


@audit.command(epilog="Example: machi audit verify")
def verify() -> None:
    """Recompute the whole chain; exit 1 when an entry was changed or dropped."""
    found = with_database(verify_chain)
    if found.broken:
        raise click.ClickException(
            f"The audit log is broken at entry {found.broken}, {found.rows} read; compare with the last backup."
        )
    click.echo(f"{found.rows} entries, unbroken; head {found.head.hex()}")
