"""`machi keys`: the keys that sign codes and gate packs."""

import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import click

from app.attendance.packs import keys as use_cases
from app.attendance.packs.keys import NOTICE, PURPOSES, Key, Purpose
from app.commands.environment import with_database
from app.core.errors import DomainError, NotFound

T = TypeVar("T")
ACTOR = "machi"
_STATES = {
    "signs": "signs now",
    "announced": "announced",
    "retired": "signs no more, what it signed stays good",
    "distrusted": "distrusted, tickets issued before stay good",
}
convention = click.option("--convention", "slug", required=True, help="Slug of the convention.")
purpose = click.option(
    "--purpose", default="ticket", show_default=True, type=click.Choice(PURPOSES), help="What the key signs."
)


@click.group(epilog="Example: machi keys list --convention yokohama-2026")
def keys() -> None:
    """Show, renew and distrust the keys that sign codes and gate packs."""


@keys.command(name="list", epilog="Example: machi keys list --convention yokohama-2026")
@convention
def list_keys(slug: str) -> None:
    """Show every key of a convention, and what it is good for now."""
    now = dt.datetime.now(dt.UTC)
    for kind, found in _run(lambda: _all(slug), slug).items():
        for key in found:
            click.echo(_line(kind, key, now))


async def _all(slug: str) -> dict[Purpose, list[Key]]:
    return {kind: await use_cases.listed(slug=slug, purpose=kind) for kind in PURPOSES}


@keys.command(epilog="Example: machi keys rotate --convention yokohama-2026 --purpose ticket")
@convention
@purpose
@click.option(
    "--notice-days",
    default=NOTICE.days,
    show_default=True,
    type=click.IntRange(NOTICE.days, 365),
    help="How long phones may be off line before they have to know the new key.",
)
def rotate(slug: str, purpose: Purpose, notice_days: int) -> None:
    """Announce the next key. It signs when every phone that was on line within the days of notice knows it.

    Codes that were signed before stay good.
    """
    now = dt.datetime.now(dt.UTC)
    notice = dt.timedelta(days=notice_days)
    key = _run(lambda: use_cases.rotate(slug=slug, purpose=purpose, actor=ACTOR, now=now, notice=notice), slug)
    click.echo(_line(purpose, key, now))
    click.echo("Gate packs announce it from now on; keep phones that were off line since then away from the gates.")


@keys.command(epilog="Example: machi keys distrust 0 --convention yokohama-2026 --purpose ticket")
@click.argument("kid", type=click.IntRange(0, use_cases.LAST))
@convention
@purpose
def distrust(kid: int, slug: str, purpose: Purpose) -> None:
    """Let a key prove nothing from now on, because somebody else may have it.

    Tickets that were issued stay good. Another key signs from now on, if need be a new one. After distrusting a key of
    packs every phone has to choose its gate anew.
    """
    now = dt.datetime.now(dt.UTC)
    key = _run(lambda: use_cases.distrust(slug=slug, purpose=purpose, kid=kid, actor=ACTOR, now=now), slug)
    click.echo(f"Key {kid} is distrusted.")
    click.echo(_line(purpose, key, now))


def _run(work: Callable[[], Coroutine[Any, Any, T]], slug: str) -> T:
    """Do something with the keys of a convention, or say in one sentence why it cannot be done."""
    try:
        return with_database(work)
    except NotFound as error:
        raise click.ClickException(
            f"There is no convention {slug}, or no such key of it; see: machi keys list --convention {slug}"
        ) from error
    except DomainError as error:
        raise click.ClickException(error.detail) from error


def _line(kind: str, key: Key, now: dt.datetime) -> str:
    since = f"{key.not_before:%Y-%m-%d %H:%M} UTC"
    return f"{kind} key {key.kid}: {_STATES[key.state(now)]}; from {since}; public {key.public.hex()}"
