"""`machi audit`: the two chains that nothing may be changed in or dropped from, and the ledger's signed heads."""

import click

from app.attendance import heads, ledger
from app.attendance.heads import HeadsVerdict
from app.commands.environment import with_database
from app.core import audit as log
from app.core.chain import Verdict


@click.group(epilog="Example: machi audit verify")
def audit() -> None:
    """Verify the audit log and the attendance ledger."""


async def _all() -> tuple[dict[str, Verdict], HeadsVerdict]:
    return {"audit log": await log.verify(), "ledger": await ledger.verify()}, await heads.verify()


@audit.command(epilog="Example: machi audit verify")
def verify() -> None:
    """Recompute both chains and check the ledger's signed heads; exit 1 when anything was changed or dropped."""
    chains, signed = with_database(_all)
    for name, chain in chains.items():
        click.echo(f"{name}: {chain.rows} entries, {_state(chain)}; head {chain.head.hex()}")
    click.echo(f"signed heads: {_days(signed)}; public key {heads.public_key().hex()} (Ed25519)")
    broken = [name for name, chain in chains.items() if chain.broken]
    broken += ["ledger's signed heads"] * bool(signed.wrong)
    if broken:
        raise click.ClickException(f"The {' and the '.join(broken)} does not verify; compare with the last backup.")


def _state(chain: Verdict) -> str:
    return f"broken at entry {chain.broken}" if chain.broken else "unbroken"


def _days(signed: HeadsVerdict) -> str:
    wrong = ", ".join(f"{one.day} ({one.why})" for one in signed.wrong)
    return f"{signed.heads} days, " + (f"wrong: {wrong}" if wrong else "all hold")
