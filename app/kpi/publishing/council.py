"""The paper for the council that verifies KPI 2 each July, in Japanese with a summary in English, set by typst.

Its words are the paper's own, in `council.typ`; its numbers are those of the publication and of nothing else.
"""

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from app.core.i18n import day, text
from app.core.typeset import cleaned, compiled, spoken
from app.kpi.fiscal import day_of
from app.kpi.publishing import charts, open_data
from app.kpi.publishing.folding import WORLD, PublicRow
from app.kpi.publishing.publication import TOTALS, Publication, Year
from app.people.residence import country_name

TEMPLATE = Path(__file__).with_name("council.typ")
LANGUAGE = "ja"
REIWA = 2018
"""Fiscal year 2019 is Reiwa 1."""
KEPT = 16
"""Papers that a process remembers: some years in some states."""


def contents(found: Publication, *, base_url: str) -> bytes:
    """Return all that the template needs, as JSON: the same publication, the same bytes. Pure."""
    year = found.year
    data = {
        **spoken(LANGUAGE),
        "fiscal_year": year.fiscal_year,
        "reiwa": year.fiscal_year - REIWA,
        "state": year.state,
        "as_of": _as_of(year),
        "totals": {name: _number(getattr(year, name)) for name in TOTALS},
        "targets": _targets(year),
        "years": [_year(column, known) for column, known in zip(_columns(found), found.years, strict=True)],
        "rows": [_row(bar) for bar in charts.bars(year.by_country)],
        "rows_of": _rows_of(year),
        "sensitivity": _sensitivity(year),
        "audit": _audit(year),
        "restated": _restated(year),
        "rules": {
            name: getattr(year.rules, name)
            for name in ("threshold_minutes", "short_session_minutes", "meeting_minutes")
        },
        "rule": year.rule,
        "ledger_head": year.ledger_head,
        "digest": year.digest or "",
        "page": f"{base_url}/kpi/{year.fiscal_year}",
        "data": base_url + open_data.CSV,
        "licence": open_data.LICENCE,
        "source": text(found.plan.plan.source, LANGUAGE),
        "council": text(found.plan.plan.verified, LANGUAGE),
    }
    return msgspec.json.encode(cleaned(data))


@lru_cache(maxsize=KEPT)
def paper(data: bytes) -> bytes:
    """Return the PDF (PDF/UA would need tags that typst does not yet write; PDF/A-2b is what archives ask for)."""
    return compiled(TEMPLATE, msgspec.json.decode(data), lean=True, format="pdf", pdf_standards=["a-2b"], timestamp=0)


def _columns(found: Publication) -> list[charts.Column]:
    return list(charts.columns(found.years).columns)


def _number(value: int) -> str:
    return f"{value:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _day(moment: dt.datetime | dt.date) -> str:
    there = day_of(moment) if isinstance(moment, dt.datetime) else moment
    return day(there, LANGUAGE)


def _as_of(year: Year) -> str:
    return _day(year.frozen_at) if year.frozen_at else ""


def _share(year: Year, goal: int) -> dict[str, str]:
    """Return a goal with how much of it is reached, cut rather than rounded."""
    return {"goal": _number(goal), "share": _percent((1000 * year.people // goal) / 1000)}


def _targets(year: Year) -> dict[str, Any]:
    if year.targets:
        return {"kind": "plan", "level": _share(year, year.targets.level), "year": _share(year, year.targets.increment)}
    if year.reference:
        last = year.reference
        return {"kind": "reference", "fiscal_year": last.fiscal_year, "level": _share(year, last.level)}
    return {"kind": "none"}


def _year(column: charts.Column, known: Year) -> dict[str, Any]:
    """Return a year of the history; heights from 0 to 1 of the drawing."""
    goals = known.targets
    return {
        "fiscal_year": column.fiscal_year,
        "people": None if column.people is None else _number(column.people),
        "height": _height(column.top) if column.people else 0,
        "level": _number(goals.level) if goals else "",
        "increment": _number(goals.increment) if goals else "",
        "marks": [_height(at) for at in (column.level, column.increment) if at is not None],
        "state": known.state,
    }


def _height(at: float) -> float:
    return round((charts.FLOOR - at) / (charts.FLOOR - charts.TOP), 4)


def _row(bar: charts.Bar) -> dict[str, Any]:
    numbers = {name: _number(getattr(bar.row, name)) for name in open_data.COLUMNS}
    return {"name": _place(bar.row), "is_country": bar.row.country is not None, "width": bar.width, **numbers}


def _place(row: PublicRow) -> str:
    if row.country:
        return country_name(row.country, LANGUAGE)
    return "その他の国・地域" if row.region == WORLD else f"{country_name(row.region, LANGUAGE)}のその他の国・地域"


def _rows_of(year: Year) -> dict[str, str] | None:
    found = year.by_country_of
    return {"day": _day(found.day), "people": _number(found.people)} if found else None


def _sensitivity(year: Year) -> list[dict[str, Any]]:
    longest = max([1, *year.sensitivity.values()])
    return [
        {
            "minutes": minutes,
            "people": _number(people),
            "width": round(100 * people / longest, 1),
            "is_rule": minutes == str(year.rules.threshold_minutes),
        }
        for minutes, people in year.sensitivity.items()
    ]


def _audit(year: Year) -> dict[str, str] | None:
    found, too_many = year.audit, year.too_many
    if found is None or too_many is None:
        return None
    shares = {name: _percent(getattr(found, name)) for name in ("share", "low", "high")}
    numbers = {name: _number(getattr(found, name)) for name in ("looked", "wrong", "unclear")}
    people = dict(zip(("people", "least", "most"), map(_number, too_many), strict=True))
    return {**shares, **numbers, **people, "day": _day(found.audited_at)}


def _restated(year: Year) -> dict[str, str] | None:
    found = year.restated
    return {"people": _number(found.people), "day": _day(found.restated_at), "reason": found.reason} if found else None
