"""Pages of the exchange; each module offers its `HANDLERS`."""

from typing import Any

HANDLERS: list[Any] = []
