"""`machi seed`: demo data, and on request a large crowd."""

import datetime as dt
import sys

import click

from app.commands import bulk
from app.commands.environment import with_database
from app.events import demo_data
from app.events.seed import seed_programme, stored_first_day
from app.people.seed import seed_consents
from app.ticketing.seed import seed_ticket_types
from workers.schedule import TOKYO


@click.command(epilog="Example: machi seed --tickets 100000 --people 60000 --seed 7")
@click.option("--convention", default=None, metavar="SLUG", help="Where the crowd goes.  [default: the demo's]")
@click.option("--tickets", default=0, type=click.IntRange(min=0), help="Size of the crowd.")
@click.option("--people", default=None, type=click.IntRange(min=1), help="Persons of the crowd.  [default: tickets]")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same crowd.")
def seed(convention: str | None, tickets: int, people: int | None, seed: int) -> None:
    """Add the demo convention where it is missing, then a crowd of invented people with tickets."""
    click.echo(with_database(lambda: _seed(convention, tickets, people or max(tickets, 1), seed)))


async def _seed(slug: str | None, tickets: int, people: int, number: int) -> str:
    demo = await _seed_demo(dt.datetime.now(dt.UTC))
    if not tickets:
        return f"The convention {demo} is there."
    found = await bulk.crowd(slug=slug or demo, people=people, seed=number)
    if found is None:
        raise click.ClickException(f"There is no convention {slug} with ticket types; leave --convention out.")
    with click.progressbar(length=tickets, label="Tickets", show_pos=True, file=sys.stderr) as bar:
        new = await bulk.fill(found, tickets=tickets, progress=bar.update)
    return f"{new} new tickets in {found.slug}; {tickets - new} were there."


async def _seed_demo(now: dt.datetime) -> str:
    """Add what is missing of the demo convention that begins today; one already there this year keeps its days."""
    today = now.astimezone(TOKYO).date()
    slug = demo_data.slug_of(today)
    data = demo_data.load(await stored_first_day(slug=slug) or today)
    await seed_programme(data=data, now=now)
    await seed_ticket_types(data=data, now=now)
    await seed_consents(now=now)
    return slug
