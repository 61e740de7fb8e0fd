"""Pages of the exchange; each module offers its `HANDLERS`."""

from typing import Any

from app.exchange.pages import agreeing, decisions, joining, publishing, sources, tokens

HANDLERS: list[Any] = [
    *agreeing.HANDLERS,
    *joining.HANDLERS,
    *publishing.HANDLERS,
    *sources.HANDLERS,
    *decisions.HANDLERS,
    *tokens.HANDLERS,
]
