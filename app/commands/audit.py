"""`machi audit`: the two chains that nothing may be changed in or dropped from."""

import click

from app.attendance import ledger
from app.commands.environment import with_database
from app.core import audit as log
from app.core.chain import Verdict


@click.group(epilog="Example: machi audit verify")
def audit() -> None:
    """Verify the audit log and the attendance ledger."""


async def _both() -> dict[str, Verdict]:
    return {"audit log": await log.verify(), "ledger": await ledger.verify()}


@audit.command(epilog="Example: machi audit verify")
def verify() -> None:
    """Recompute both chains; exit 1 when an entry was changed or dropped."""
    found = with_database(_both)
    for name, chain in found.items():
        state = f"broken at entry {chain.broken}" if chain.broken else "unbroken"
        click.echo(f"{name}: {chain.rows} entries, {state}; head {chain.head.hex()}")
    broken = [name for name, chain in found.items() if chain.broken]
    if broken:
        raise click.ClickException(f"The {' and the '.join(broken)} does not verify; compare with the last backup.")
