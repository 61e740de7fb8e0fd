"""The officers' board of KPI 2."""

from litestar import Response, get

from app.core.web.pages import page
from app.core.web.request import Request
from app.kpi import board, figures
from app.kpi.fiscal import fiscal_year_of
from app.kpi.routes import Year


@get("/office/kpi", include_in_schema=False)
async def show_board(request: Request, fiscal_year: Year = None) -> Response[str]:
    """Show the figure of a fiscal year with all that explains it."""
    year = fiscal_year or fiscal_year_of(request.now)
    found = await figures.report(fiscal_year=year, now=request.now)
    view = board.board(found, years=board.years(now=request.now, shown=year))
    return page(request, "kpi/board.html", board=view, number=board.number, share=board.share)


HANDLERS = [show_board]
