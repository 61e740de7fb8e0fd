"""Wrong voucher codes are counted for each network: nobody finds one by trying, and only who types codes is held up."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core import limits
from app.core.errors import Invalid

MOST = 60
"""Wrong codes from one network `WITHIN` so long; a hall full of people shares one."""
WITHIN = dt.timedelta(minutes=10)


@asynccontextmanager
async def counted(*, network: str, typed: bool, now: dt.datetime) -> AsyncIterator[None]:
    """Run the block in which a code is looked up; `typed` tells whether there is one at all.

    Raises `TooManyRequests` before anything is looked up, so that the answer says nothing of whether a code is good.
    """
    if typed:
        await limits.require_left(purpose="voucher", subject=network, most=MOST, within=WITHIN, now=now)
    try:
        yield
    except Invalid as error:
        if any(wrong.code == "voucher" for wrong in error.errors):
            await limits.take(purpose="voucher", subject=network, most=MOST, within=WITHIN, now=now)
        raise
