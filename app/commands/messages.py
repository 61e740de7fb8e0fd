"""`machi messages`: mails that could not be sent, and reports of those that came back."""

import datetime as dt
from typing import IO

import click

from app.commands.environment import with_database
from app.core import jobs
from app.core.settings import settings
from app.people import office
from app.ticketing.mails import bounces

ACTOR = "command line"


@click.group(epilog="Example: machi messages list")
def messages() -> None:
    """Mails that were given up, and reports of mails that came back."""


@messages.command("list", epilog="Example: machi messages list")
def list_() -> None:
    """Show how much waits, and the jobs that were given up; nothing is touched."""
    backlog = with_database(lambda: jobs.backlog(_now()))
    click.echo(
        f"{backlog.waiting} waiting, the oldest for {backlog.oldest_seconds:.0f} s; {backlog.given_up} given up."
    )
    for job in with_database(jobs.given_up):
        click.echo(f"{job.id}  {job.given_up_at:%Y-%m-%d %H:%M}  {job.name:<28} {job.tries} tries  {job.last_error}")


@messages.command(epilog="Example: machi messages again   (all of them, once the mail server is back)")
@click.argument("job", type=click.UUID, nargs=-1)
def again(job: tuple[str, ...]) -> None:
    """Put jobs that were given up back, all or those named by `machi messages list`."""
    wanted = {str(one) for one in job}
    done = with_database(lambda: _again(wanted))
    click.echo(f"{done} put back.")
    if done < len(wanted):
        raise click.ClickException(f"{len(wanted) - done} of those named are not given up; see: machi messages list")


async def _again(wanted: set[str]) -> int:
    done = 0
    while found := [job for job in await jobs.given_up() if not wanted or str(job.id) in wanted]:
        for job in found:
            await office.try_again(job=job.id, actor=ACTOR, now=_now())
        done += len(found)
    return done


@messages.command(epilog="Example: machi messages bounce --recipient ${recipient}   (as argv= in Postfix's master.cf)")
@click.option("--recipient", default="", metavar="ADDRESS", help="The address that the report came to.")
@click.argument("report", type=click.File("rb"), default="-")
def bounce(recipient: str, report: IO[bytes]) -> None:
    """Read a report of a mail that came back (RFC 3464) and note the address; other mail is passed over."""
    said = report.read()
    click.echo("Noted." if with_database(lambda: _noted(said, recipient)) else "Nothing to note.")


async def _noted(report: bytes, recipient: str) -> bool:
    if not settings().bounce_address:
        raise click.ClickException("APP_BOUNCE_ADDRESS is not set, so no mail of ours can be known again.")
    return await bounces.take(report=report, recipient=recipient, now=_now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
