"""The exchange, for programs; each module offers its `HANDLERS`."""

from typing import Any

HANDLERS: list[Any] = []
