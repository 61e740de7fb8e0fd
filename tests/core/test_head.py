"""HEAD answers what GET would, without its body."""

import httpx
import pytest


@pytest.mark.parametrize(
    ("path", "status"),
    [("/health/live", 200), ("/yokohama-2026", 200), ("/calendars/yokohama-2026.ics", 200), ("/no/such/place/x", 404)],
)
async def test_head_is_get_without_body(http: httpx.AsyncClient, path: str, status: int) -> None:
    head, get = await http.head(path), await http.get(path)
    assert (head.status_code, head.content) == (status, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
