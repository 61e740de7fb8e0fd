"""`machi token`: bearer tokens."""

import datetime as dt
from uuid import UUID

import click

from app.commands.environment import with_database
from app.core import audit
from app.core.db import transaction
from app.events.tables import Gate, Organiser
from app.people import access
from app.people.errors import AddressTaken
from app.people.roles import ROLES, Role, Scope

COMMAND_LINE = "command line"
PHONES = frozenset({"staff", "lead"})
"""Roles whose tokens are those of an enrolled device."""


@click.group(epilog="Example: machi token create --role officer")
def token() -> None:
    """Make and revoke bearer tokens."""


@token.command(epilog="Example: machi token create --role organiser --scope organiser=arts-foundation")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the bearer may do.")
@click.option("--scope", multiple=True, help="organiser=SLUG, gate=ID, award=ID or partner=ID; several add up.")
@click.option("--label", default=COMMAND_LINE, show_default=True, help="How the account is called.")
@click.option("--device", default=None, help="Name of the phone, for gate staff.")
@click.option("--email", default=None, help="Where sign-in links for this account go.")
def create(role: Role, scope: tuple[str, ...], label: str, device: str | None, email: str | None) -> None:
    """Add an account and print its bearer token, the only time it can be seen."""
    named = device or (label if role in PHONES else None)
    try:
        click.echo(with_database(lambda: _create(role, scope, label, device=named, email=email)))
    except AddressTaken as error:
        raise click.ClickException("Another account has this address; choose another one.") from error


@token.command(epilog="Example: machi token revoke 8ooJpbO-y08IOZb_UQ7jhPEA2Z6WQzHQpZEI1X0EwAg")
@click.argument("bearer")
def revoke(bearer: str) -> None:
    """Revoke a token and every other token of its account; each stops working within a second."""
    if not with_database(lambda: _revoke(bearer)):
        raise click.ClickException("There is no such token: it is unknown, expired or revoked already.")


async def _revoke(bearer: str) -> bool:
    now = dt.datetime.now(dt.UTC)
    async with transaction():
        account = (await access.by_token(bearer, now)).account
        if account is None:
            return False
        await access.revoke_tokens(accounts=[account], now=now)
        await audit.record(actor="machi", action="token.revoke", subject=f"account:{account}", now=now)
        return True


async def _create(role: Role, words: tuple[str, ...], label: str, *, device: str | None, email: str | None) -> str:
    now = dt.datetime.now(dt.UTC)
    async with transaction():
        scope = await _scope(words)
        account = await access.add_account(role=role, label=label, now=now, scope=scope, device=device, email=email)
        await audit.record(actor="machi", action="token.create", subject=f"account:{account}", now=now)
        return await access.issue_token(account=account, now=now)


async def _scope(words: tuple[str, ...]) -> Scope:
    found: dict[str, list[UUID]] = {}
    for word in words:
        kind, _, name = word.partition("=")
        if f"{kind}s" not in Scope.__struct_fields__ or not name:
            raise click.UsageError(f"--scope {word} is none of organiser=SLUG, gate=ID, award=ID, partner=ID.")
        found.setdefault(f"{kind}s", []).append(await _row(kind, name))
    return Scope(**{kind: tuple(ids) for kind, ids in found.items()})


async def _row(kind: str, name: str) -> UUID:
    """Return the id behind a slug or an id; one that we can look up must be there."""
    if kind == "organiser" and not _is_id(name):
        row = await Organiser.select(Organiser.id).where(Organiser.slug == name).first()
    elif kind == "gate":
        row = await Gate.select(Gate.id).where(Gate.id == UUID(name)).first() if _is_id(name) else None
    else:
        row = {"id": UUID(name)} if _is_id(name) else None
    if row is None:
        raise click.UsageError(f"There is no {kind} {name}.")
    return UUID(str(row["id"]))


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
