"""`machi link`: a sign-in link for somebody who has a role, for the operator to hand over himself."""

import datetime as dt
from uuid import UUID

import click

from app.commands.environment import with_database
from app.core import audit
from app.core.db import fetch_one, transaction
from app.core.settings import settings
from app.people.persons import address_key
from app.people.roles import ROLES, Role
from app.people.sign_in import LINK_MINUTES, link_for


@click.command(epilog="Example: machi link --role officer --email sato@city.example.jp")
@click.option("--role", required=True, type=click.Choice(ROLES), help="The role the link leads to.")
@click.option("--email", required=True, help="The address of its account.")
@click.option("--minutes", default=LINK_MINUTES, show_default=True, type=click.IntRange(1, 24 * 60), help="How long.")
def link(role: Role, email: str, minutes: int) -> None:
    """Print a link that opens once, for the first passkey of an account or one whose passkey was lost.

    Whoever opens it counts as proved: make sure who gets it, and give it to nobody by mail.
    """
    found = with_database(lambda: _link(role, email, minutes))
    if found is None:
        raise click.ClickException("There is no such account, or it is suspended; see: machi token create --help.")
    click.echo(found)


async def _link(role: Role, email: str, minutes: int) -> str | None:
    now = dt.datetime.now(dt.UTC)
    async with transaction():
        account = await _account(role, email)
        if account is None:
            return None
        await audit.record(actor="machi", action="sign-in.link", subject=f"account:{account}", now=now)
        token = await link_for(account=account, now=now, minutes=minutes)
    return f"{settings().base_url}/sign-in/{token}"


async def _account(role: Role, email: str) -> UUID | None:
    row = await fetch_one(
        "SELECT id FROM account WHERE address_key = $1 AND role = $2 AND suspended_at IS NULL", address_key(email), role
    )
    return row["id"] if row else None
