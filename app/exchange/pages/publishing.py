"""The season of several cities, for everybody."""

from litestar import Response, get
from litestar.params import FromPath

from app.core.web.pages import page, script_json
from app.core.web.request import Request
from app.events.addresses import convention_path
from app.events.pages.programme import frame
from app.events.programme import programme
from app.exchange.publishing import season


@get("/{convention:str}/partners", include_in_schema=False)
async def partner_events(request: Request, convention: FromPath[str]) -> Response[str]:
    """Show what partner cities do around the days of a convention, by city and day."""
    found = await programme(convention=convention)
    cities = await season.cities(found, request.language, now=request.now)
    return page(
        request,
        "exchange/publishing/season.html",
        **frame(found),
        canonical=f"{convention_path(found)}/partners",
        cities=cities,
        data=script_json(season.data(cities)),
    )


HANDLERS = [partner_events]
