"""Routes for methods that HTTP itself does not know, such as WebDAV's (RFC 4918, RFC 3253).

The framework names the methods that a handler may have, but routes by whatever word it is given. So policy, guards,
limits and the walks over all routes hold for these as for every other.
"""

from collections.abc import Sequence
from typing import Any, Literal

from litestar.handlers import HTTPRouteHandler

Verb = Literal["PROPFIND", "REPORT"]
VERBS: frozenset[Verb] = frozenset({"PROPFIND", "REPORT"})


def verb(method: Verb, path: str | Sequence[str], **options: Any) -> HTTPRouteHandler:
    """Return a decorator, like `get`, for one of these methods."""
    made = HTTPRouteHandler(path, http_method="GET", include_in_schema=False, **options)
    made.http_methods = {method}  # type: ignore[arg-type]  # the framework's list ends with those of HTTP
    return made
