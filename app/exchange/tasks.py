"""Jobs of the exchange: ids in, one effect out."""

import datetime as dt
from uuid import UUID

from app.core.errors import NotFound
from app.core.gentle import IDLE, aside
from app.core.jobs import fetches, sends, task
from app.exchange.errors import AgreementNotValid, NoAddress
from app.exchange.joining import proposing
from app.exchange.mails import term_reminders
from app.exchange.pinging import telling
from app.exchange.pulling.pull import pull
from app.exchange.pulling.pulls import Why
from app.people import undeliverable


@task
async def find_likenesses(*, source: str, since: str, now: dt.datetime) -> None:
    """Propose to officers what may be the same as events of a source that have changed since then."""
    with aside(longest=IDLE):  # a job of our own keeps its row, and a connection
        await proposing.find(source=UUID(source), since=dt.datetime.fromisoformat(since), now=now)


@fetches
async def pull_source(*, source: str, why: Why = "schedule", now: dt.datetime) -> None:
    """Read a source, unless it has gone, or nothing is agreed any more."""
    try:
        await pull(source=UUID(source), now=now, why=why)
    except (NotFound, AgreementNotValid, NoAddress):
        return


@sends
async def send_term_reminder(*, agreement: str, account: str, due: str, now: dt.datetime) -> None:
    """Mail an officer that an agreement ends, or goes on unless somebody says no, if it still is so."""
    mail = await term_reminders.written(agreement=UUID(agreement), account=UUID(account), due=due, now=now)
    if mail is not None:
        await undeliverable.send(mail, now)


@task
async def tell_target(*, target: str, after: int | None = None, now: dt.datetime) -> None:
    """Tell a partner that what we publish to it has changed; perhaps once more `after` so many failures."""
    await telling.tell(target=UUID(target), after=after, now=now)
