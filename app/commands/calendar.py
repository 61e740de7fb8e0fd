"""`machi calendar`: sources of partner cities; adding one, reading it, the report of its last reading."""

import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from app.commands.environment import with_database
from app.core.errors import DomainError
from app.exchange.agreeing import reach, sources
from app.exchange.agreeing.edits import NewSource
from app.exchange.agreeing.reach import SourceRef
from app.exchange.pulling import pulls
from app.exchange.pulling.pull import pull as read_source
from app.exchange.pulling.pulls import PullRef
from app.exchange.schemas import Finding
from app.exchange.words import said
from app.people.roles import Principal

T = TypeVar("T")
OPERATOR = Principal(role="admin", label="command line")
KINDS = ("ics", "page", "csv")
FORMS = ("table", "json")
FIGURES = ("read", "added", "changed", "unchanged", "back", "missing", "older", "twice", "refused", "own", "repaired")


@click.group(epilog="Example: machi calendar add --partner kobe --url https://078kobe.example/events.ics")
def calendar() -> None:
    """Calendars of partner cities: add one, read it, look at the report."""


@calendar.command(epilog="Example: machi calendar add --partner kobe --url https://078kobe.example/events.ics --live")
@click.option("--partner", required=True, help="The partner's slug, as in the address of its page.")
@click.option("--url", required=True, help="The address of its calendar: https or webcal.")
@click.option("--kind", type=click.Choice(KINDS), default="ics", show_default=True, help="What is found there.")
@click.option("--name", default="", help="What to call it; without one, as its partner is called.")
@click.option("--zone", default="Asia/Tokyo", show_default=True, help="The zone of times that name none.")
@click.option("--live", is_flag=True, help="Read it from now on, and show what it brings, if it can be read.")
def add(partner: str, url: str, kind: str, name: str, zone: str, *, live: bool) -> None:
    """Add a calendar of a partner, read it once and print the report; officers then let it go live."""
    wish = msgspec.convert({"partner": partner, "url": url, "kind": kind, "name": name, "zone": zone}, NewSource)
    source, found = _run(lambda: _added(wish, live=live))
    click.echo(f"Source {source.id} of {source.partner_slug}, {'live' if source.paused_at is None else 'not live yet'}")
    click.echo(as_table(found))


async def _added(wish: NewSource, *, live: bool) -> tuple[SourceRef, PullRef]:
    now = _now()
    source = await sources.add(principal=OPERATOR, wish=wish, now=now)
    found = await read_source(source=source.id, now=now, why="officer")
    if live and found.outcome != "failed":
        await sources.go_live(principal=OPERATOR, source=await reach.any_source(source.id), now=now)
    return await reach.any_source(source.id), found


@calendar.command("list", epilog="Example: machi calendar list")
def list_sources() -> None:
    """Print every source with its partner and the time of its last reading."""
    for one in _run(reach.every_source):
        state = "paused" if one.paused_at else f"{one.failures} failures" if one.failures else "live"
        read = f"{one.read_at:%Y-%m-%d %H:%M} UTC" if one.read_at else "never read"
        click.echo(f"{one.id}  {one.partner_slug:<20} {one.kind:<5} {state:<12} {read}  {one.name}")


@calendar.command(epilog="Example: machi calendar pull 4be0643f-1d98-573b-97cd-ca98a65347dd")
@click.argument("source", type=click.UUID, required=False)
@click.option("--all", "every", is_flag=True, help="Every source that is live and has an address.")
def pull(source: UUID | None, *, every: bool) -> None:
    """Read a source now, or all of them; exit 1 when one could not be read."""
    if every is (source is not None):
        raise click.UsageError("Name one source, or say --all.")
    found = _run(lambda: _pulled(source))
    for one in found:
        click.echo(_line(one))
    failed = sum(one.outcome == "failed" for one in found)
    if failed:
        raise click.ClickException(f"{failed} of {len(found)} could not be read; run: machi calendar report SOURCE")


async def _pulled(source: UUID | None) -> list[PullRef]:
    wanted = [source] if source else [one.id for one in await reach.every_source() if _is_live(one)]
    return [await read_source(source=one, now=_now(), why="officer") for one in wanted]


def _is_live(source: SourceRef) -> bool:
    return source.paused_at is None and bool(source.url_sealed)


@calendar.command(epilog="Example: machi calendar report 4be0643f-1d98-573b-97cd-ca98a65347dd")
@click.argument("source", type=click.UUID)
@click.option("--format", "form", type=click.Choice(FORMS), default="table", show_default=True, help="How to print it.")
def report(source: UUID, form: str) -> None:
    """Print the last reading of a source: figures, and each finding with its line and reason."""
    found = _run(lambda: _reported(source))
    click.echo(as_json(found) if form == "json" else as_table(found))


async def _reported(source: UUID) -> PullRef:
    await reach.any_source(source)
    last = await pulls.latest(source, 1)
    if not last:
        raise click.ClickException(f"Nothing has been read from it yet; run: machi calendar pull {source}")
    full = await pulls.last_read(source) if last[0].outcome == "unchanged" else None
    return full or last[0]


def as_json(found: PullRef) -> str:
    """Return a reading as JSON, without the digest of its file."""
    return msgspec.json.encode(msgspec.structs.replace(found, file=b"")).decode()


def as_table(found: PullRef) -> str:
    """Return a reading for a terminal: figures, then a line for each finding."""
    figures = [f"{name:<12}{getattr(found.counts, name):>8,}" for name in FIGURES]
    lines = [_finding(one) for one in found.report]
    more = [f"... and {found.found - len(lines)} more"] if found.found > len(lines) else []
    return "\n".join([_line(found), *figures, *lines, *more])


def _line(found: PullRef) -> str:
    problem = f": {said(found.problem)}" if found.problem else ""
    return f"{found.source}  {found.begun_at:%Y-%m-%d %H:%M:%S} UTC  {found.outcome}{problem}"


def _finding(one: Finding) -> str:
    where = f"line {one.number}" if one.number else "file"
    what = " ".join(word for word in (one.field, one.written) if word)
    return f"{'LOST ' if one.lost else ''}{where}: {said(one.code)}{f' ({what})' if what else ''}"


def _run(use: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a use case; what it refuses is one sentence for whoever called."""
    try:
        return with_database(use)
    except DomainError as error:
        wrong = "".join(f" {one.field}: {one.detail}" for one in error.extra.get("errors", []))  # type: ignore[attr-defined]
        raise click.ClickException(f"{error.detail}{wrong}") from error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
