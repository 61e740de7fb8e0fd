"""Publications made up for drawings: every part filled, numbers of a year as it may be."""

import datetime as dt

from app.kpi.plan import Targets, kpi_of, load_plan, reference, targets
from app.kpi.publishing.folding import fold_small_cells
from app.kpi.publishing.publication import Publication, Year
from app.kpi.schemas import Released, Restated, SampleAudit
from tests.kpi.publishing.years import figure

FROZEN_AT = dt.datetime(2026, 6, 30, 3, 0, tzinfo=dt.UTC)
COUNTRIES = {
    "KR": (4100, 1800, 240), "CN": (2800, 1900, 150), "TW": (1900, 600, 90), "SG": (900, 500, 60), "TH": (700, 420, 31),
    "US": (820, 1010, 44), "DE": (310, 400, 22), "FR": (270, 260, 9), "VN": (250, 240, 12), "IN": (130, 320, 6),
    "GB": (160, 190, 8), "AU": (140, 90, 4), "BR": (12, 40, 1), "CA": (60, 55, 2), "MX": (3, 4, 0), "PE": (2, 3, 0),
    "KE": (3, 5, 0), "EG": (4, 3, 1), "NZ": (4, 2, 0), "FJ": (3, 4, 0), "IT": (60, 70, 3),
    "PT": (2, 4, 0), "IE": (4, 3, 0),
}  # fmt: skip


def year(fiscal_year: int, *, people: int | None = None, is_frozen: bool = True, is_empty: bool = False) -> Year:
    """A year with everything in it; `people` instead of the sum of the countries."""
    found = figure({} if is_empty else COUNTRIES)
    total = 0 if is_empty else people or found.people
    kpi = kpi_of(load_plan(), 2)
    goal: Targets | None = targets(kpi, fiscal_year=fiscal_year)
    sealed = is_frozen and not is_empty
    return Year(
        fiscal_year=fiscal_year,
        state="frozen" if sealed else "open",
        rule="kpi2-v1",
        people=total,
        on_site=found.on_site,
        online=found.online,
        both=found.both,
        core_only=total * 7 // 10,
        visits=total * 2,
        participations=total * 3 // 2,
        registrations=total * 6 // 5,
        unknown_residence=total // 200,
        sensitivity={"0": total * 11 // 10, "1": total * 21 // 20, "10": total, "30": total * 9 // 10},
        by_country=fold_small_cells(found.by_country),
        by_country_of=Released(day=dt.date(2026, 7, 1), people=found.people, ledger_head="ab" * 32),
        targets=goal,
        reference=reference(kpi, fiscal_year=fiscal_year),
        ledger_head="ab" * 32,
        digest="cd" * 32 if sealed else None,
        frozen_at=FROZEN_AT if sealed else None,
        restated=_restated(total) if sealed else None,
        audit=_audit() if sealed else None,
    )


def publication(shown: int, *years: Year) -> Publication:
    """These years, one of them shown."""
    return Publication(year=next(y for y in years if y.fiscal_year == shown), years=years, plan=load_plan())


def _restated(people: int) -> Restated:
    return Restated(
        people=people - 3, on_site=1, online=2, both=0, position=9, ledger_head="ef" * 32, digest="01" * 32,
        reason="x", entries={"void": 3}, restated_at=FROZEN_AT + dt.timedelta(days=40),
    )  # fmt: skip


def _audit() -> SampleAudit:
    return SampleAudit(looked=400, wrong=5, unclear=1, share=0.0125, low=0.0054, high=0.0288, audited_at=FROZEN_AT)
