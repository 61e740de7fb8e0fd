"""The receipt of a payment, for the screen and for paper."""

from litestar import Response, get
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.ticketing.documents.words import yen
from app.ticketing.payments import due, receipts

LONGEST = 120
"""Characters of the name a receipt is made out to."""


@get("/receipts/{token:str}", include_in_schema=False)
async def show_receipt(request: Request, token: FromPath[str]) -> Response[str]:
    """Show a receipt to whoever holds its link; `?to=` is the name it is made out to."""
    found = await receipts.behind(token)
    if found is None:
        raise NotFound
    view = found.entry.view
    to = request.query_params.get("to", "").strip()[:LONGEST]
    return page(
        request,
        "ticketing/receipt.html",
        headers=UNKEPT,
        convention={"slug": view.convention_slug, "title": view.convention_title},
        view=view,
        items=found.items,
        said=due.words(view),
        to=to or found.entry.organisation or found.entry.name,
        yen=yen,
        longest=LONGEST,
    )


HANDLERS = [show_receipt]
