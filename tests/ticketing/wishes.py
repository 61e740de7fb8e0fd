"""What people send in when they register: valid by default, explicit where it matters."""

import datetime as dt
from typing import Any
from uuid import uuid4

import httpx

URL = "/api/v1/conventions/yokohama-2026/registrations"


def member(**changes: Any) -> dict[str, Any]:
    """Return one person of a party."""
    return {"name": "李娜", "reading": "Li Na", "residence": "SG", "ticket_type": "citywide-pass", **changes}


def wish(*party: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a registration."""
    return {
        "email": "li.na@example.org",
        "language": "en",
        "consents": ["terms-2026"],
        "party": list(party) or [member()],
        **changes,
    }


async def register(http: httpx.AsyncClient, body: Any, *, key: str | None = None) -> httpx.Response:
    """Send a registration under a fresh key unless one is given."""
    return await http.post(URL, json=body, headers={"idempotency-key": key or str(uuid4())})


TOMORROW = dt.timedelta(days=1)
