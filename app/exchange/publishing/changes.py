"""The change feed: what we publish as JSON, and what has changed since somebody looked last."""

import datetime as dt
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from app.exchange.publishing.audiences import Reader, Selection
from app.exchange.publishing.listing import Item, head, items
from app.exchange.publishing.said import Said

MOST = 1000
Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Since(Struct, frozen=True, kw_only=True):
    """What is asked for: what changed after `since`, in the `selection` that an earlier answer named.

    `complete` when it goes on with an answer that was complete.
    """

    since: Number = 0
    selection: Annotated[str, msgspec.Meta(max_length=64)] = ""
    complete: bool = False
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = MOST
    lang: Annotated[str, msgspec.Meta(max_length=35)] = ""


class Changed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A publication as it stands after a change; of one that is `gone` nothing else is said."""

    uid: str
    change: int
    gone: bool = False
    sequence: int = 0
    changed_at: dt.datetime | None = None
    event: Said | None = None


class Changes(Struct, frozen=True, kw_only=True):
    """What has changed. Bring `change` and `selection` next time, or follow `next` at once.

    A `complete` answer, with those that `next` leads to, names everything there is: what it does not name is gone.
    """

    name: str
    change: int
    selection: str
    complete: bool
    items: list[Changed]
    next: str | None


async def changes(
    reader: Reader, selection: Selection, asked: Since, *, address: str, name: str, language: str, now: dt.datetime
) -> Changes:
    """Return the change feed from where somebody stands; everything, when he cannot be told what is gone."""
    here = await head(reader, selection, now=now)
    goes_on = asked.selection == here.selection and asked.complete
    tells = asked.since > 0 and not goes_on and here.knows(asked.since, asked.selection)
    since = asked.since if tells or goes_on else 0
    found = await items(reader, selection, since=since, language=language, limit=asked.limit + 1, gone=tells)
    page, more = found[: asked.limit], len(found) > asked.limit
    upto = page[-1].change if more else here.change
    further = {"since": upto, "selection": here.selection, "limit": asked.limit, "lang": language}
    return Changes(
        name=name,
        change=upto,
        selection=here.selection,
        complete=not tells,
        items=[_changed(item) for item in page],
        next=f"{address}?{urlencode(further | ({} if tells else {'complete': 'true'}))}" if more else None,
    )


def _changed(item: Item) -> Changed:
    if item.gone:
        return Changed(uid=item.uid, change=item.change, gone=True)
    return Changed(
        uid=item.uid,
        change=item.change,
        sequence=item.sequence,
        changed_at=item.changed_at,
        event=item.said,
    )
