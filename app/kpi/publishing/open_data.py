"""KPI 2 as open data: one table of lines as CSV, the same years as JSON, each with its schema and the licence. Pure.

CSV is RFC 4180 in UTF-8, described by "CSV on the Web" metadata (https://www.w3.org/TR/tabular-metadata/); JSON by a
JSON Schema of draft 2020-12. Codes are ISO 3166-1 alpha-2 and, for regions and the rest of the world, M49.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from app.kpi.publishing.publication import TOTALS, Year

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAME = "CC BY 4.0"
PUBLISHER = {"ja": "横浜市", "en": "City of Yokohama"}
TITLE = {
    "ja": "国際コンベンションへの海外からの参加者数（オンラインを含む）",
    "en": "Participants from overseas in the international convention, online included (KPI 2)",
}
CSV, JSON = "/open-data/kpi2.csv", "/open-data/kpi2.json"
CSV_SCHEMA, JSON_SCHEMA = "/open-data/kpi2.csv-metadata.json", "/open-data/kpi2.schema.json"
COLUMNS = ("people", "on_site", "online", "both")

Line = tuple[str, str, int]
"""What is counted, of what, how many."""

HEADINGS: dict[str, tuple[str, str]] = {
    "fiscal_year": ("integer", "Fiscal year in Japan: 2026 is 1 April 2026 to 31 March 2027."),
    "rule": ("string", "The rule set that counted it."),
    "state": ("string", "frozen: verified by the council in July, never changed; open: as it stands."),
    "line": ("string", "What is counted; see the page /kpi for each in words."),
    "of": ("string", "Minutes of the online threshold, or a country (ISO 3166-1) or region (M49); else empty."),
    "number": ("integer", "People; visits, participations and registrations in their own units."),
}
"""The columns of the CSV with their type and what they hold."""


def lines(year: Year) -> Iterator[Line]:
    """Yield every number that is published of a year, totals first."""
    yield from ((name, "", getattr(year, name)) for name in TOTALS)
    yield from (("sensitivity", minutes, people) for minutes, people in year.sensitivity.items())
    yield from _beside(year)
    for row in year.by_country:
        yield from ((f"country_{name}", row.country or row.region, getattr(row, name)) for name in COLUMNS)


def _beside(year: Year) -> Iterator[Line]:
    """Yield what stands beside the number: targets, the restated value, the audited sample."""
    if year.targets:
        yield from (("target_level", "", year.targets.level), ("target_increment", "", year.targets.increment))
    if year.reference:
        yield "reference_level", str(year.reference.fiscal_year), year.reference.level
    if year.restated:
        yield from ((f"restated_{name}", "", getattr(year.restated, name)) for name in COLUMNS)
    if year.audit:
        yield from (("audit_looked", "", year.audit.looked), ("audit_wrong", "", year.audit.wrong))
        yield "audit_unclear", "", year.audit.unclear
    if year.too_many:
        names = ("audit_too_many", "audit_too_many_low", "audit_too_many_high")
        yield from ((name, "", people) for name, people in zip(names, year.too_many, strict=True))


def as_csv(years: Sequence[Year]) -> bytes:
    """Return all years as one table; the first line names the columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for year in years:
        writer.writerows((year.fiscal_year, year.rule, year.state, *line) for line in lines(year))
    return text.getvalue().encode()


def as_json(years: Sequence[Year], *, base_url: str) -> bytes:
    """Return all years as `JSON_SCHEMA` describes them."""
    found = {
        "$schema": base_url + JSON_SCHEMA,
        "title": TITLE,
        "publisher": PUBLISHER,
        "licence": {"name": LICENCE_NAME, "url": LICENCE},
        "definition": f"{base_url}/kpi#definition",
        "years": years,
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=2)


def csv_schema(*, base_url: str) -> dict[str, Any]:
    """Return the metadata of the CSV."""
    columns = [
        {"name": name, "titles": name, "datatype": kind, "dc:description": words, "required": name != "of"}
        for name, (kind, words) in HEADINGS.items()
    ]
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": base_url + CSV,
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"]},
        "dc:title": [{"@value": words, "@language": tag} for tag, words in TITLE.items()],
        "dc:publisher": [{"@value": words, "@language": tag} for tag, words in PUBLISHER.items()],
        "dc:license": {"@id": LICENCE},
        "tableSchema": {"columns": columns, "primaryKey": ["fiscal_year", "line", "of"]},
    }


def json_schema(*, base_url: str) -> dict[str, Any]:
    """Return the JSON Schema of the JSON."""
    (year,), parts = msgspec.json.schema_components([Year], ref_template="#/$defs/{name}")
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    licence = {"type": "object", "properties": {"name": {"type": "string"}, "url": {"type": "string", "format": "uri"}}}
    properties = {
        "$schema": {"type": "string", "format": "uri"},
        "title": texts,
        "publisher": texts,
        "licence": licence,
        "definition": {"type": "string", "format": "uri"},
        "years": {"type": "array", "items": year},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": base_url + JSON_SCHEMA,
        "title": TITLE["en"],
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": parts,
    }
