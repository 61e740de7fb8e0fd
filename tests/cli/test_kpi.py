"""`machi kpi show`: the same figure as the API's, in three forms."""

import csv
import io
from decimal import Decimal

import msgspec
import pytest
from click.testing import CliRunner

from app.commands.kpi import as_csv, as_json, as_plan, as_table, kpi
from app.kpi.errors import TooEarly
from app.kpi.freezing.entered import Entered, rows
from app.kpi.plan import Targets, load_plan
from app.kpi.publishing.folding import PublicRow
from app.kpi.schemas import KpiFigure
from tests.clock import NOW

FIGURE = KpiFigure(
    fiscal_year=2025,
    rule="kpi2-v1",
    people=1234,
    on_site=1000,
    online=300,
    both=66,
    core_only=17,
    visits=2000,
    participations=1900,
    registrations=3000,
    unknown_residence=5,
    by_country=(PublicRow(country="SG", region="142", people=1234, on_site=1000, online=300, both=66),),
    sensitivity={"0": 1300, "1": 1290, "10": 1234, "30": 900},
    targets=Targets(level=30000, increment=10000),
    ledger_head="ab" * 32,
)


def test_csv_has_every_number():
    rows = list(csv.DictReader(io.StringIO(as_csv(FIGURE))))
    assert {(row["fiscal_year"], row["rule"]) for row in rows} == {("2025", "kpi2-v1")}
    assert [(row["line"], row["of"], int(row["number"])) for row in rows] == [
        ("people", "", 1234),
        ("on_site", "", 1000),
        ("online", "", 300),
        ("both", "", 66),
        ("core_only", "", 17),
        ("visits", "", 2000),
        ("participations", "", 1900),
        ("registrations", "", 3000),
        ("unknown_residence", "", 5),
        ("sensitivity", "0", 1300),
        ("sensitivity", "1", 1290),
        ("sensitivity", "10", 1234),
        ("sensitivity", "30", 900),
        ("country_people", "SG", 1234),
        ("country_on_site", "SG", 1000),
        ("country_online", "SG", 300),
        ("country_both", "SG", 66),
    ]


def test_json_is_the_api_form():
    assert msgspec.json.decode(as_json(FIGURE), type=KpiFigure) == FIGURE


def test_table_shows_country_rows_and_both_readings():
    table = as_table(FIGURE).splitlines()
    assert table[0] == "KPI 2, fiscal year 2025, rule kpi2-v1"
    assert "people                  1,234" in table
    assert "country                people     on site      online        both" in table
    assert "SG                      1,234       1,000         300          66" in table
    assert table[-2:] == [
        "Target of the plan: 30,000 read as a level, 10,000 read as a year",
        f"Ledger head {'ab' * 32}",
    ]


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (2026, "No target in the plan; for reference its last level, of 2025: 30,000"),
        (2022, "The plan names no target for this year"),
    ],
)
def test_table_of_a_year_without_target(year, words):
    figure = msgspec.structs.replace(FIGURE, fiscal_year=year, targets=None, by_country=())
    assert as_table(figure).splitlines()[-2] == words


@pytest.mark.parametrize("arguments", [["--fiscal-year", "1999"], ["--fiscal-year", "next"], ["--format", "xml"]])
def test_wrong_call(arguments):
    answer = CliRunner().invoke(kpi, ["show", *arguments])
    assert answer.exit_code == 2


def test_plan_names_targets_actuals_and_what_is_counted():
    entered = Entered("actual", 1, 2025, Decimal("62.50"), "report", "o", NOW)
    table = as_plan(rows(load_plan(), [entered])).splitlines()
    assert table[3] == "                        2023                2024                2025"
    assert table[4] == "KPI 1                  0 / -               5 / -          95 / 62.50"
    assert table[5] == "KPI 2       10,000 / counted    10,000 / counted    10,000 / counted"


@pytest.mark.parametrize("command", ["freeze", "recompute"])
def test_what_stands_for_ever_needs_its_year_by_name(command):
    assert CliRunner().invoke(kpi, [command]).exit_code == 2


def test_refusal_before_its_day_says_what_to_do(monkeypatch):
    def refuse(_use: object) -> None:
        raise TooEarly(due="2027-06-30")

    monkeypatch.setattr("app.commands.kpi.with_database", refuse)
    answer = CliRunner().invoke(kpi, ["freeze", "--fiscal-year", "2026"])
    assert answer.exit_code == 1
    assert "Its day is 2027-06-30: say --reason to do it before." in answer.output
