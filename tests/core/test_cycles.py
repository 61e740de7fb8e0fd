"""Nothing of a request lives on in circles: what does waits for a look of Python's, and everybody waits for that."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from jinja2.runtime import Context, Macro

from app.core.web.request import Request
from app.events.schemas import Programme

ASKED = [
    ("GET", "/", 200),
    ("GET", "/yokohama-2026", 200),
    ("GET", "/yokohama-2026?view=timetable&day=all", 200),
    ("GET", "/yokohama-2026/events/yoxo-festival", 200),
    ("GET", "/yokohama-2026/partners", 200),
    ("GET", "/search?q=music", 200),
    ("GET", "/sign-in", 200),
    ("GET", "/nowhere", 404),
    ("GET", "/api/v1/nowhere", 404),
    ("POST", "/api/v1/scans", 401),
]
MADE_OF = (Context, Macro, Request, Programme)
"""What a page is made of; the client that asks may do as it likes."""


@contextmanager
def circles() -> Iterator[Counter[str]]:
    """Yield what a page is made of and died in circles while the block ran, counted at its end."""
    found = Counter[str]()
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found.update(type(one).__name__ for one in gc.garbage if isinstance(one, MADE_OF))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize(("method", "path", "status"), ASKED)
async def test_request_leaves_nothing_in_circles(http: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    headers = {"accept": "text/html"} if method == "GET" else {"content-type": "application/json"}
    await http.request(method, path, headers=headers)  # what is made once for all is made now
    with circles() as found:
        answer = await http.request(method, path, headers=headers)
        assert answer.status_code == status
        del answer
    assert found == {}
