"""`machi demo`: everything in one terminal."""

import asyncio
import contextlib
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.request import Request, urlopen

import click
import msgspec

from app.awards.seed import DemoAward, seed_award
from app.commands import demo_keys, demo_note
from app.commands.children import Child, Ended, child, epitaph
from app.commands.environment import put
from app.commands.mail_pages import mail_pages
from app.commands.serve import require_free
from app.core import migrate
from app.core.db import DB
from app.core.log import configure
from app.core.sandbox.catcher import catcher
from app.core.sandbox.errors import SandboxError
from app.core.sandbox.places import free_port, is_free
from app.core.sandbox.servers import Sandbox, sandbox
from app.core.settings import ROOT
from app.events import demo_data
from app.events.demo_rows import DemoConvention
from app.events.seed import seed_programme
from app.events.tables import Convention
from app.exchange.seed import DemoPartner, seed_partner
from app.people.roles import Role
from app.people.seed import seed_consents
from app.ticketing.seed import let_change_until_the_end, seed_ticket_types
from workers.schedule import TOKYO

BUILT = ROOT / "frontend" / "dist" / "manifest.json"
PATIENCE = 60.0
"""Seconds the web process may take until it answers."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # names to reach it by


class Demo(msgspec.Struct, frozen=True):
    """What was asked for; `url` is where people find the demo."""

    folder: Path
    host: str
    port: int
    first_day: dt.date | None

    @property
    def name(self) -> str:
        """The host as part of an address."""
        return EVERYWHERE.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)

    @property
    def url(self) -> str:
        """The address of the web server."""
        return f"http://{self.name}:{self.port}"


@click.command(epilog="Example: machi demo --port 8010 --data /tmp/machi")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port of the web server.")
@click.option(
    "--data", default="var", show_default=True, type=click.Path(path_type=Path, file_okay=False), help="Data folder."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="First day of the convention.  [default: today]"
)
def demo(port: int, data: Path, host: str, first_day: dt.datetime | None) -> None:
    """Run everything with embedded servers and a demo convention of four days, until Ctrl-C.

    Prints the addresses and a sign-in link per role, and writes DATA/demo.json for scripts. A second start resumes
    the same data.
    """
    if not BUILT.exists():
        raise click.ClickException("The front end is not built; run: make frontend")
    require_free(host, port)
    asked = Demo(data.absolute(), host, port, first_day.date() if first_day else None)
    try:
        demo_keys.require_private(asked.folder)
        with sandbox(asked.folder, report=_report) as servers:
            demo_note.remove(asked.folder)
            _set_up(asked, servers)
            asyncio.run(_until_stopped(asked))
    except SandboxError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"The demo cannot use {asked.folder}: {error.strerror or error}; choose another with --data."
        ) from error
    click.echo("Stopped. The data is kept.")


def _report(step: str) -> None:
    click.echo(f"  {step} ...")


def _set_up(asked: Demo, servers: Sandbox) -> None:
    log_level = os.environ.get("APP_LOG_LEVEL", "warning")
    places = os.environ.get("APP_FETCH_ALLOW_HOSTS", "")
    for name in [name for name in os.environ if name.startswith("APP_")]:
        del os.environ[name]  # the demo has servers of its own, whatever the shell names
    put(
        servers,
        base_url=asked.url,
        demo="true",
        log_level=log_level,
        sandbox=str(asked.folder),
        fetch_allow_hosts=places,
    )
    configure("warning")


async def _until_stopped(asked: Demo) -> None:
    """Run the demo until the first SIGINT or SIGTERM; later ones do not disturb the orderly stop."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await _run(asked)
    except asyncio.CancelledError:
        if not stopping:
            raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)  # the servers are stopped now: nothing may cut that short


async def _run(asked: Demo) -> None:
    data, keys, links, awards, partners = await _prepare(asked)
    async with _mail(asked) as mail_url, _children(asked) as (web, worker):
        await _wait_until_ready(asked, web)
        demo_note.write(
            asked.folder,
            demo_note.note(url=asked.url, mail_url=mail_url, data=data, keys=keys, awards=awards, partners=partners),
        )
        try:
            _greet(asked, mail_url, links)
            await _keep(web, worker)
        finally:
            demo_note.remove(asked.folder)
            click.echo("\nStopping ...")


async def _prepare(
    asked: Demo,
) -> tuple[DemoConvention, demo_keys.Keys, dict[Role, str], list[DemoAward], list[DemoPartner]]:
    """Migrate, seed, make accounts, the award that they run and judge, and the partner city that they look after."""
    now = dt.datetime.now(dt.UTC)
    await DB.start_connection_pool()
    try:
        _report("Migrating the database")
        await migrate.migrate()
        _report("Seeding the demo convention")
        data = demo_data.load(await _first_day(asked, now.astimezone(TOKYO).date()))
        await seed_programme(data=data, now=now)
        await seed_ticket_types(data=data, now=now)
        await let_change_until_the_end(slug=data.convention.slug)
        await seed_consents(now=now)
        keys = await demo_keys.keys(folder=asked.folder, now=now)
        accounts = {role: key.account for role, key in keys.items()}
        award = await seed_award(convention=data.convention.slug, accounts=accounts, now=now)
        partner = await seed_partner(first_day=data.convention.first_day, accounts=accounts, now=now)
        links = await demo_keys.links(keys, base_url=asked.url, now=now)
        return data, keys, links, [award] if award else [], [partner]
    finally:
        await DB.close_connection_pool()


async def _first_day(asked: Demo, today: dt.date) -> dt.date:
    """Return the day the convention begins: that of the data, when the folder has some."""
    row = await (
        Convention.select(Convention.first_day, Convention.last_day)
        .order_by(Convention.first_day, ascending=False)
        .first()
    )
    if row is None:
        return asked.first_day or today
    first, last = row["first_day"], row["last_day"]
    if asked.first_day not in {None, first}:
        click.echo(
            f"  {asked.folder} holds a convention from {first} on, which stays; choose another folder with --data."
        )
    if last < today:
        click.echo(f"  The convention in {asked.folder} ended on {last}; start afresh with --data and another folder.")
    return first  # type: ignore[no-any-return]


@contextlib.asynccontextmanager
async def _mail(asked: Demo) -> AsyncIterator[str]:
    """Catch the mail, and show it; yield the address of the pages."""
    port = asked.port + 1
    if port > 65_535 or not is_free(port, host=asked.host):  # the largest port
        port = free_port()
    async with catcher(asked.folder, report=_report) as caught:
        os.environ["APP_MAIL_URL"] = caught.url
        async with mail_pages(asked.folder, host=asked.host, port=port, name=asked.name):
            yield f"http://{asked.name}:{port}"


@contextlib.asynccontextmanager
async def _children(asked: Demo) -> AsyncIterator[tuple[Child, Child]]:
    _report("Starting web and worker")
    words = ["serve", "--host", asked.host, "--port", str(asked.port)]
    async with (
        child("worker", ["work"], folder=asked.folder) as worker,
        child("web", words, folder=asked.folder) as web,
    ):
        yield web, worker


async def _wait_until_ready(asked: Demo, web: Child) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not await asyncio.to_thread(_is_ready, f"{asked.url}/health/ready"):
        if web.process.returncode is not None:
            raise click.ClickException(epitaph(web))
        if asyncio.get_running_loop().time() > deadline:
            raise click.ClickException(f"The web server does not answer; see {web.log}")
        await asyncio.sleep(0.1)


def _is_ready(url: str) -> bool:
    try:
        with urlopen(Request(url), timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except OSError:
        return False


async def _keep(*running: Child) -> None:
    """Keep the children running; a child that cannot be kept ends the demo."""
    keeping = [asyncio.create_task(one.keep()) for one in running]
    try:
        await asyncio.gather(*keeping)
    except Ended as error:
        raise click.ClickException(str(error)) from error
    finally:
        for task in keeping:
            task.cancel()


def _greet(asked: Demo, mail_url: str, links: dict[Role, str]) -> None:
    width = max(map(len, links))
    lines = [
        "",
        f"Machigurumi   {asked.url}",
        f"Mail          {mail_url}",
        "",
        "Sign in as",
        *(f"  {role:<{width}}  {link}" for role, link in links.items()),
        "",
        f"For scripts: {asked.folder / demo_note.NAME}",
        "Ctrl-C stops everything; the data is kept.",
    ]
    click.echo("\n".join(lines))
