"""`machi kpi`: the figures of KPI 2."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator

import click
import msgspec

from app.commands.environment import with_database
from app.kpi.figures import NUMBER, figure
from app.kpi.fiscal import fiscal_year_of
from app.kpi.plan import kpi_of, load_plan, reference
from app.kpi.schemas import FIRST_YEAR, LAST_YEAR, KpiFigure

Line = tuple[str, str, int]
"""What is counted, of what, how many."""
FORMS = ("table", "json", "csv")
COLUMNS = ("people", "on_site", "online", "both")
TOTALS = (*COLUMNS, "core_only", "visits", "participations", "registrations", "unknown_residence")


@click.group(epilog="Example: machi kpi show --fiscal-year 2026")
def kpi() -> None:
    """Show the figures of KPI 2."""


@kpi.command(epilog="Example: machi kpi show --fiscal-year 2026 --format csv")
@click.option(
    "--fiscal-year",
    type=click.IntRange(FIRST_YEAR, LAST_YEAR),
    default=None,
    help="The year from 1 April on; without it the present one in Japan.",
)
@click.option("--format", "form", type=click.Choice(FORMS), default="table", show_default=True, help="How to print it.")
def show(fiscal_year: int | None, form: str) -> None:
    """Print KPI 2 with every country: for the office, not for publication."""
    now = dt.datetime.now(dt.UTC)
    found = with_database(lambda: figure(fiscal_year=fiscal_year or fiscal_year_of(now), now=now))
    click.echo(_FORMS[form](found))


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


_FORMS: dict[str, Callable[[KpiFigure], str]] = {"table": as_table, "json": as_json, "csv": as_csv}
