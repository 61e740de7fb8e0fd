"""`machi kpi`: the figures of KPI 2 and the plan's table; freezing a year, counting it again, what is published."""

import csv
import datetime as dt
import io
import sys
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import click
import msgspec

from app.commands.environment import with_database
from app.core.errors import DomainError
from app.core.settings import settings
from app.kpi.figures import NUMBER, figure
from app.kpi.fiscal import fiscal_year_of
from app.kpi.freezing import freeze as freezing
from app.kpi.freezing.entered import Row, table
from app.kpi.freezing.freeze import Recounted
from app.kpi.freezing.frozen import Stored, frozen_row
from app.kpi.plan import kpi_of, load_plan, reference
from app.kpi.publishing import council, open_data
from app.kpi.publishing.publication import Publication, publication
from app.kpi.schemas import FIRST_YEAR, LAST_YEAR, KpiFigure

Line = tuple[str, str, int]
"""What is counted, of what, how many."""
ACTOR = "command line"
T = TypeVar("T")
FORMS = ("table", "json", "csv")
PUBLIC_FORMS = (*FORMS, "pdf")
COLUMNS = ("people", "on_site", "online", "both")
TOTALS = (*COLUMNS, "core_only", "visits", "participations", "registrations", "unknown_residence")


@click.group(epilog="Example: machi kpi show --fiscal-year 2026")
def kpi() -> None:
    """Show the figures of KPI 2, freeze a year, count it again, export what is published."""


def _year(*, required: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that names a fiscal year."""
    words = "" if required else "; without it the present one in Japan"
    return click.option(
        "--fiscal-year",
        type=click.IntRange(FIRST_YEAR, LAST_YEAR),
        required=required,
        help=f"The year from 1 April on{words}.",
    )


@kpi.command(epilog="Example: machi kpi show --fiscal-year 2026 --format csv")
@_year()
@click.option("--format", "form", type=click.Choice(FORMS), default="table", show_default=True, help="How to print it.")
def show(fiscal_year: int | None, form: str) -> None:
    """Print KPI 2 with every country: for the office, not for publication."""
    now = _now()
    found, rows = with_database(lambda: _shown(fiscal_year or fiscal_year_of(now), now))
    click.echo(_FORMS[form](found))
    if form == "table":
        click.echo(as_plan(rows))


async def _shown(fiscal_year: int, now: dt.datetime) -> tuple[KpiFigure, list[Row]]:
    return await figure(fiscal_year=fiscal_year, now=now), await table()


@kpi.command(epilog='Example: machi kpi freeze --fiscal-year 2026   (from 30 June 2027; before: --reason "...")')
@_year(required=True)
@click.option("--reason", default="", help="Why it is frozen before 30 June after its end; stands beside it for ever.")
def freeze(fiscal_year: int, reason: str) -> None:
    """Freeze a year as the ledger stands. Nobody can take that back; later corrections are published beside it."""
    wanted = reason.strip()
    row = _run(lambda: freezing.freeze(fiscal_year=fiscal_year, operator=ACTOR, reason=wanted, now=_now()))
    click.echo(f"Fiscal year {row.fiscal_year} is frozen with {row.opened.figure.people:,} people.")
    click.echo(f"Digest {row.digest.hex()}, ledger entry {row.position}, head {row.head.hex()}")


@kpi.command(epilog="Example: machi kpi recompute --fiscal-year 2026")
@_year(required=True)
def recompute(fiscal_year: int) -> None:
    """Count a frozen year again from the ledger; exit 1 when the digest is another one."""
    found = _run(lambda: _recomputed(fiscal_year))
    if not found.is_same:
        raise click.ClickException(
            f"Counted again, the digest is {found.again.digest.hex()} and was {found.row.digest.hex()} when frozen; "
            "run: machi audit verify"
        )
    click.echo(f"The same digest {found.row.digest.hex()}: {found.again.figure.people:,} people.")


async def _recomputed(fiscal_year: int) -> Recounted:
    row: Stored = await frozen_row(fiscal_year)
    return await freezing.recomputed(row)


@kpi.command(epilog="Example: machi kpi export --fiscal-year 2026 --format pdf > council-2026.pdf")
@_year()
@click.option(
    "--format", "form", type=click.Choice(PUBLIC_FORMS), default="csv", show_default=True, help="How to write it."
)
def export(fiscal_year: int | None, form: str) -> None:
    """Write what is published, small countries folded: the open data of all years, or the council's paper of one."""
    now = _now()
    found = _run(lambda: publication(fiscal_year=fiscal_year, now=now))
    sys.stdout.buffer.write(_PUBLIC[form](found))
    sys.stdout.buffer.flush()


def _run(use: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a use case; what it refuses is one sentence for whoever called."""
    try:
        return with_database(use)
    except DomainError as error:
        days = f" Its day is {error.extra['due']}: say --reason to do it before." if "due" in error.extra else ""
        raise click.ClickException(f"{error.detail}{days}") from error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def totals_of(found: KpiFigure) -> Iterator[Line]:
    """Yield the numbers of a figure that speak of no single country."""
    yield from ((name, "", getattr(found, name)) for name in TOTALS)
    yield from (("sensitivity", minutes, people) for minutes, people in found.sensitivity.items())


def lines(found: KpiFigure) -> Iterator[Line]:
    """Yield every number of a figure, totals first."""
    yield from totals_of(found)
    for row in found.by_country:
        yield from ((f"country_{name}", row.country or row.region, getattr(row, name)) for name in COLUMNS)


def as_csv(found: KpiFigure) -> str:
    """Return the figure as `fiscal_year,rule,line,of,number`, with a heading."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("fiscal_year", "rule", "line", "of", "number"))
    writer.writerows((found.fiscal_year, found.rule, *line) for line in lines(found))
    return text.getvalue().rstrip("\n")


def as_json(found: KpiFigure) -> str:
    """Return the figure as the API answers officers."""
    return msgspec.json.encode(found).decode()


def as_table(found: KpiFigure) -> str:
    """Return the figure for a terminal: totals, then a row per country."""
    totals = [(f"{name} {of}".strip().replace("_", " "), f"{n:,}") for name, of, n in totals_of(found)]
    width = max(len(name) for name, _ in totals)
    body = [f"{name:<{width}}{number:>12}" for name, number in totals]
    heading = f"{'country':<{width}}" + "".join(f"{name.replace('_', ' '):>12}" for name in COLUMNS)
    rows = [
        f"{row.country or row.region:<{width}}" + "".join(f"{getattr(row, name):>12,}" for name in COLUMNS)
        for row in found.by_country
    ]
    countries = ["", heading, *rows] if rows else []
    title = f"KPI 2, fiscal year {found.fiscal_year}, rule {found.rule}"
    return "\n".join([title, "", *body, *countries, "", _plan(found), f"Ledger head {found.ledger_head}"])


def as_plan(rows: list[Row]) -> str:
    """Return the plan's table for a terminal: per indicator and year the target's increment and the actual value."""
    years = list(rows[0].cells)
    lines = ["", "The plan's table: target of the year, actual value", ""]
    lines.append(f"{'':<8}" + "".join(f"{year:>20}" for year in years))
    for row in rows:
        cells = [f"{_amount(row.cells[year].increment)} / {_actual(row, year)}" for year in years]
        lines.append(f"KPI {row.kpi.number:<4}" + "".join(f"{cell:>20}" for cell in cells))
    return "\n".join(lines)


def _actual(row: Row, year: int) -> str:
    return "counted" if row.kpi.number == NUMBER else _amount(row.cells[year].actual)


def _amount(value: Decimal | None) -> str:
    return "-" if value is None else f"{value:,}"


def _plan(found: KpiFigure) -> str:
    """Say in one line what the figure stands against."""
    if found.targets:
        return (
            f"Target of the plan: {found.targets.level:,} read as a level, {found.targets.increment:,} read as a year"
        )
    last = reference(kpi_of(load_plan(), NUMBER), fiscal_year=found.fiscal_year)
    if last is None:
        return "The plan names no target for this year"
    return f"No target in the plan; for reference its last level, of {last.fiscal_year}: {last.level:,}"


def _public_table(found: Publication) -> bytes:
    """Return what is published of one year for a terminal."""
    lines = [f"{line} {of}".strip().replace("_", " ") + f"\t{n:,}" for line, of, n in open_data.lines(found.year)]
    head = f"KPI 2, fiscal year {found.year.fiscal_year}, {found.year.state}, rule {found.year.rule}"
    return "\n".join([head, *lines, ""]).expandtabs(40).encode()


_PUBLIC: dict[str, Callable[[Publication], bytes]] = {
    "table": _public_table,
    "csv": lambda found: open_data.as_csv(found.years),
    "json": lambda found: open_data.as_json(found.years, base_url=settings().base_url),
    "pdf": lambda found: council.paper(council.contents(found, base_url=settings().base_url)),
}
_FORMS: dict[str, Callable[[KpiFigure], str]] = {"table": as_table, "json": as_json, "csv": as_csv}
