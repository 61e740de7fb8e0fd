"""KPI 2 for everybody: the page, open data, and the paper for the council, all of one publication."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import PathParameter

from app.core.settings import settings
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.conditional import answer
from app.kpi.publishing import charts, council, open_data, words
from app.kpi.publishing.publication import publication
from app.kpi.schemas import FIRST_YEAR, LAST_YEAR

LICENSED = {"link": f'<{open_data.LICENCE}>; rel="license"', "access-control-allow-origin": "*"}
"""Open data may be read by pages of others."""
PathYear = Annotated[int, PathParameter(ge=FIRST_YEAR, le=LAST_YEAR)]


@get("/kpi", include_in_schema=False)
async def show_present(request: Request) -> Response[str]:
    """Show the present fiscal year."""
    return await _shown(request, None)


@get("/kpi/{year:str}", include_in_schema=False)
async def show_year(request: Request, year: PathYear) -> Response[str]:
    """Show a fiscal year: this address stays."""
    return await _shown(request, year)


async def _shown(request: Request, fiscal_year: int | None) -> Response[str]:
    found = await publication(fiscal_year=fiscal_year, now=request.now)
    return page(
        request,
        "kpi/public.html",
        headers={"link": LICENSED["link"]},
        found=found,
        year=found.year,
        bars=charts.bars(found.year.by_country),
        chart=charts.columns(found.years),
        words=words,
        data=open_data,
    )


@get("/kpi/{year:str}/council.pdf", include_in_schema=False)
async def show_paper(request: Request, year: PathYear) -> Response[bytes]:
    """Answer the paper for the council, in Japanese."""
    found = await publication(fiscal_year=year, now=request.now)
    body = await asyncio.to_thread(council.paper, council.contents(found, base_url=settings().base_url))
    name = f'inline; filename="kpi2-{year}.pdf"'
    headers = {"content-disposition": name, "link": LICENSED["link"], "content-language": "ja"}
    return answer(request, body, media_type="application/pdf", headers=headers)


@get("/open-data/kpi2.csv", tags=["KPI"], media_type="text/csv")
async def show_csv(request: Request) -> Response[bytes]:
    """Answer every published number of every year as a table; its metadata are named in `Link`."""
    found = await publication(fiscal_year=None, now=request.now)
    described = f'<{open_data.CSV_SCHEMA}>; rel="describedby"; type="application/csvm+json"'
    headers = {**LICENSED, "link": f"{LICENSED['link']}, {described}"}
    return answer(
        request, open_data.as_csv(found.counted), media_type="text/csv; charset=utf-8; header=present", headers=headers
    )


@get("/open-data/kpi2.json", tags=["KPI"], media_type="application/json")
async def show_json(request: Request) -> Response[bytes]:
    """Answer the same as JSON, with its schema and licence."""
    found = await publication(fiscal_year=None, now=request.now)
    body = open_data.as_json(found.counted, base_url=settings().base_url)
    return answer(request, body, media_type="application/json", headers=LICENSED)


@get("/open-data/kpi2.csv-metadata.json", tags=["KPI"], media_type="application/csvm+json")
async def show_csv_schema(request: Request) -> Response[bytes]:
    """Describe the CSV as "CSV on the Web" does."""
    return _schema(request, open_data.csv_schema(base_url=settings().base_url), "application/csvm+json")


@get("/open-data/kpi2.schema.json", tags=["KPI"], media_type="application/schema+json")
async def show_json_schema(request: Request) -> Response[bytes]:
    """Describe the JSON by a JSON Schema."""
    return _schema(request, open_data.json_schema(base_url=settings().base_url), "application/schema+json")


def _schema(request: Request, found: dict[str, Any], media_type: str) -> Response[bytes]:
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    return answer(request, body, media_type=media_type, headers=LICENSED)


HANDLERS: list[Any] = [show_present, show_year, show_paper, show_csv, show_json, show_csv_schema, show_json_schema]
