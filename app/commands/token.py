"""`machi token`: bearer tokens."""

import datetime as dt
from uuid import UUID

import click

from app.commands.environment import with_database
from app.core import audit
from app.core.db import transaction
from app.core.errors import Invalid
from app.events.tables import Organiser
from app.people import access, scopes
from app.people.errors import AddressTaken
from app.people.roles import KINDS, NEEDS_SCOPE, ROLES, Kind, Role, Scope
from app.people.tokens import DEFAULT_DAYS, MOST_DAYS

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
@click.option(
    "--days",
    default=DEFAULT_DAYS,
    show_default=True,
    type=click.IntRange(1, MOST_DAYS),
    help="How long the token opens anything.",
)
def create(*, role: Role, scope: tuple[str, ...], label: str, device: str | None, email: str | None, days: int) -> None:
    """Add an account and print its bearer token, the only time it can be seen.

    Officers and administrators reach everything; every other role is bound to the rows that --scope names.
    """
    named = device or (label if role in PHONES else None)
    try:
        click.echo(with_database(lambda: _create(role, scope, label, device=named, email=email, days=days)))
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


async def _create(
    role: Role, words: tuple[str, ...], label: str, *, device: str | None, email: str | None, days: int
) -> str:
    now = dt.datetime.now(dt.UTC)
    async with transaction():
        scope = await _scope(role, words)
        account = await access.add_account(role=role, label=label, now=now, scope=scope, device=device, email=email)
        await audit.record(actor="machi", action="token.create", subject=f"account:{account}", now=now)
        return await access.issue_token(account=account, now=now, expires_at=now + dt.timedelta(days=days))


async def _scope(role: Role, words: tuple[str, ...]) -> Scope:
    """Return the rows that the words name, or refuse those that are not there or mean nothing to the role."""
    found: dict[Kind, list[UUID]] = {}
    for word in words:
        singular, _, name = word.partition("=")
        kind = next((kind for kind in KINDS if kind == f"{singular}s"), None)
        if kind is None or not name:
            raise click.UsageError(f"--scope {word} is none of organiser=SLUG, gate=ID, award=ID, partner=ID.")
        if kind not in NEEDS_SCOPE.get(role, ()):
            raise click.UsageError(f"--scope {word} means nothing to the role {role}; leave it out.")
        found.setdefault(kind, []).append(await _row(kind, name))
    try:
        return await scopes.fit(role, Scope(**{kind: tuple(ids) for kind, ids in found.items()}))
    except Invalid as error:
        takes = " or ".join(f"--scope {_example(kind)}" for kind in NEEDS_SCOPE[role])
        raise click.UsageError(f"{error.errors[0].detail} Name them by {takes}; several add up.") from error


def _example(kind: Kind) -> str:
    return {"organisers": "organiser=SLUG", "gates": "gate=ID", "awards": "award=ID", "partners": "partner=ID"}[kind]


async def _row(kind: Kind, name: str) -> UUID:
    """Return the id behind a slug or an id, which must be there."""
    wanted = UUID(name) if _is_id(name) else await _organiser(name) if kind == "organisers" else None
    if wanted is None or wanted not in {one.id for one in await scopes.choices(kind, Scope())}:
        raise click.UsageError(f"There is no {kind.removesuffix('s')} {name}.")
    return wanted


async def _organiser(slug: str) -> UUID | None:
    row = await Organiser.select(Organiser.id).where(Organiser.slug == slug).first()
    return UUID(str(row["id"])) if row else None


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
