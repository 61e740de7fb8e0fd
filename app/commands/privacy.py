"""`machi privacy`: what is past its time, who was affected by a leak, and erasing again after a restore."""

import datetime as dt
from typing import IO, Annotated, get_args
from uuid import UUID

import click
import msgspec

from app.commands.environment import with_database
from app.core.db import fetch
from app.people import affected as reach
from app.people import erasure, retention
from app.people.affected import Question
from app.people.holders import Kind

AT_ONCE = 500
ACTOR = "command line"


@click.group(epilog="Example: machi privacy overdue")
def privacy() -> None:
    """Times of keeping, leaks, and erasures that a restored backup has forgotten."""


@privacy.command(epilog="Example: machi privacy overdue")
def overdue() -> None:
    """Show each kind of data, its days, and how much a run would do away with now; nothing is touched."""
    for rule in with_database(lambda: retention.rules(now=_now())):
        click.echo(f"{rule.kept.purpose:<20} {rule.days:>5} days {rule.overdue:>8} would go now")


@privacy.command(epilog="Example: machi privacy erased > erased.txt   (beside every backup)")
def erased() -> None:
    """List the pseudonyms of erased people, to be kept apart from the backups."""
    for row in with_database(_erased):
        click.echo(str(row))


async def _erased() -> list[UUID]:
    return [row["id"] for row in await fetch("SELECT id FROM person WHERE erased_at IS NOT NULL ORDER BY erased_at")]


@privacy.command("erase-again", epilog="Example: machi privacy erase-again erased.txt   (after a restore)")
@click.argument("names", type=click.File())
def erase_again(names: IO[str]) -> None:
    """Erase the people that a list of `erased` names, where a restored backup has brought them back."""
    try:
        persons = [UUID(line.strip()) for line in names if line.strip()]
    except ValueError as error:
        raise click.ClickException(f"The list must hold one number of a person per line ({error}).") from error
    click.echo(f"{with_database(lambda: _erase(persons))} erased again, {len(persons)} in the list.")


async def _erase(persons: list[UUID]) -> int:
    parts = [persons[start : start + AT_ONCE] for start in range(0, len(persons), AT_ONCE)]
    return sum([await erasure.erase(persons=part, actor=ACTOR, now=_now()) for part in parts])


@privacy.command(
    epilog="Example: machi privacy affected device ID --from 2026-11-21T10:00:00+09:00 --to 2026-11-21T18:00:00+09:00"
)
@click.argument("kind", type=click.Choice(get_args(Kind)))
@click.argument("subject", type=click.UUID)
@click.option("--from", "since", required=True, metavar="MOMENT", help="First moment, RFC 3339 with an offset.")
@click.option("--to", "until", required=True, metavar="MOMENT", help="Moment after the last one.")
def affected(kind: Kind, subject: UUID, since: str, until: str) -> None:
    """Count the people whose data a device, an account, a browser or an export could reach."""
    question = Question(kind, subject, _moment(since), _moment(until))
    found = with_database(lambda: reach.affected(question=question, actor=ACTOR, now=_now()))
    click.echo(f"{len(found.persons)} people were affected.")
    if found.must_report:
        click.echo(f"{reach.REPORT_FROM} or more: report to the Personal Information Protection Commission.")


def _moment(words: str) -> dt.datetime:
    try:
        moment: dt.datetime = msgspec.convert(words, Annotated[dt.datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError as error:
        raise click.BadParameter(f"{words} is no moment such as 2026-11-21T10:00:00+09:00.") from error
    return moment


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
