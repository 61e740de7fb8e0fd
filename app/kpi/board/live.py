"""The officers' boards of a process: one reading a second, however many look on (see `people.following`)."""

import asyncio
import datetime as dt
from contextvars import Context

from msgspec import Struct
from msgspec.structs import replace

from app.attendance import heads, ledger
from app.core import chain
from app.kpi import figures
from app.kpi.board import kept, readings
from app.kpi.board.alarms import Alarm, Checked, Standing, alarms
from app.kpi.board.cells import Row
from app.kpi.board.forecast import Forecast, forecast
from app.kpi.board.kept import AT_ONCE, Year
from app.kpi.board.readings import Names
from app.kpi.figures import Report
from app.kpi.fiscal import fiscal_year_of
from app.kpi.freezing import entered
from app.kpi.plan import load_plan
from app.kpi.rules import RULE_SETS
from app.people.following import SECOND, Following

CHECKED_AGE = dt.timedelta(minutes=10)
"""How often the whole ledger is verified while somebody looks on."""
FORECAST_AGE = dt.timedelta(seconds=10)
"""How long a forecast is believed: it looks at every ticket."""


class View(Struct, frozen=True):
    """What an officer looks at: a fiscal year, in a language."""

    fiscal_year: int
    language: str


class Board(Struct, frozen=True, kw_only=True):
    """A fiscal year at one moment.

    `days`, `events` and `venues` are the people by cell; while a first reading goes on they are empty and `done` says
    which share of it is done. `forecast` is None when nobody more is expected, or not known yet.
    """

    at: dt.datetime
    report: Report
    days: list[Row]
    events: list[Row]
    venues: list[Row]
    names: Names
    done: float
    forecast: Forecast | None
    alarms: list[Alarm]
    checked: Checked | None
    beside: list[entered.Row]


class Live(Following[View, Board]):
    """The boards of a process; each fiscal year is read at most once a second."""

    def forget(self) -> None:
        """Begin anew, as a process does."""
        super().forget()
        kept.forget()
        self.boards: dict[int, Board] = {}
        self.forecasts: dict[int, tuple[dt.datetime, Forecast | None]] = {}
        self.checked: Checked | None = None
        self.checking: asyncio.Task[None] | None = None
        self.reading = asyncio.Lock()

    async def look(self, view: View, *, now: dt.datetime) -> Board:
        """Return the board as it was at most a second ago."""
        async with self.reading:
            found = self.boards.get(view.fiscal_year)
            if found is None or not dt.timedelta() <= now - found.at < SECOND:
                found = self.boards[view.fiscal_year] = await self._read(view.fiscal_year, now)
            return found

    async def _read(self, fiscal_year: int, now: dt.datetime) -> Board:
        report = await figures.report(fiscal_year=fiscal_year, now=now)
        year = await kept.year(fiscal_year)
        rows = {by: year.cells.rows(by) if year.is_ready else [] for by in ("day", "event", "venue")}
        standing = await self._standing(report, now)
        return Board(
            at=now,
            report=report,
            days=rows["day"],
            events=rows["event"],
            venues=rows["venue"],
            names=await readings.names(
                events=[row.key for row in rows["event"]], venues=[row.key for row in rows["venue"]]
            ),
            done=1.0 if year.is_ready else year.done,
            forecast=await self._forecast(year, report, now) if year.is_ready else None,
            alarms=alarms(report.figure, standing, now=now),
            checked=standing.checked,
            beside=await entered.table(),
        )

    async def _standing(self, report: Report, now: dt.datetime) -> Standing:
        await self._check(now)
        first = min(int(year) for kpi in load_plan().kpi for year in kpi.increments)
        years = range(first, fiscal_year_of(now))
        found = await readings.standing(years=years, rules=RULE_SETS[report.figure.rule], now=now)
        return replace(found, checked=self.checked)

    async def _check(self, now: dt.datetime) -> None:
        """Verify the ledger when that is due: a short one at once, a long one beside."""
        if self.checking is not None and not self.checking.done():
            return
        if self.checked is not None and dt.timedelta() <= now - self.checked.at < CHECKED_AGE:
            return
        if (await chain.head(ledger.CHAIN)).position <= AT_ONCE:
            await self._verify(now)
        else:
            self.checking = asyncio.create_task(self._verify(now), context=Context())

    async def _verify(self, now: dt.datetime) -> None:
        found, signed = await ledger.verify(), await heads.verify()
        self.checked = Checked(found.rows, found.broken, len(signed.wrong), now)

    async def _forecast(self, year: Year, report: Report, now: dt.datetime) -> Forecast | None:
        made_at, found = self.forecasts.get(year.fiscal_year, (now, None))
        if year.fiscal_year not in self.forecasts or not dt.timedelta() <= now - made_at < FORECAST_AGE:
            found = await _forecast(year, report, now)
            self.forecasts[year.fiscal_year] = now, found
        return found


async def _forecast(year: Year, report: Report, now: dt.datetime) -> Forecast | None:
    """Forecast from the people of `year` itself, so that those counted and those seen are the same."""
    people = year.cells.people
    seen = [pseudonym for one in people.values() for pseudonym in one.pseudonyms]
    rules = RULE_SETS[report.figure.rule]
    return forecast(len(people), await readings.expected(fiscal_year=year.fiscal_year, seen=seen, rules=rules, now=now))


LIVE = Live()
