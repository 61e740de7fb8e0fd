"""Lists in parts: how many, what follows which one, and the address of the next part."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from litestar.params import QueryParameter

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.web.request import Request
from app.events.addresses import full

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many, 1 to 200.")]
After = Annotated[UUID | None, QueryParameter(description="The last one of the part before.")]
USUAL = 50
T = TypeVar("T")


def part(found: Sequence[T], named: Callable[[T], UUID], after: UUID | None, limit: int) -> tuple[list[T], UUID | None]:
    """Return the part of a list that was asked for, and the cursor of the next one, None where there is none.

    Raises `Invalid` when the one that it should follow is not in the list any more.
    """
    ids = [named(one) for one in found]
    if after is not None and after not in ids:
        words = _("The list has changed; please start again without a cursor.")
        raise Invalid([FieldError("cursor", "unknown", words)])
    first = 0 if after is None else ids.index(after) + 1
    last = first + limit
    return list(found[first:last]), ids[last - 1] if last < len(ids) else None


def further(request: Request, cursor: UUID | str | None) -> dict[str, str]:
    """Return the header that leads to the next part; all else that was asked stays, in the order of its names."""
    if cursor is None:
        return {}
    kept = sorted((name, value) for name, value in request.query_params.multi_items() if name != "cursor")
    address = full(request.scope["path"])
    return {"link": f'<{address}?{urlencode([*kept, ("cursor", str(cursor))])}>; rel="next"'}
