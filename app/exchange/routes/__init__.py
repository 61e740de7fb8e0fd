"""The exchange, for programs; each module offers its `HANDLERS`."""

from typing import Any

from app.exchange.routes import agreeing, dav, joining, pinging, publishing, pushing

HANDLERS: list[Any] = [
    *dav.HANDLERS,
    *agreeing.HANDLERS,
    *joining.HANDLERS,
    *pinging.HANDLERS,
    *pushing.HANDLERS,
    *publishing.HANDLERS,
]
