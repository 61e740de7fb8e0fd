"""A ticket as queries give it, with what a test changes."""

import datetime as dt
from typing import Any
from uuid import UUID

from app.ticketing.schemas import TicketView
from tests.clock import NOW
from tests.ticketing.vector import CODE


def view(**changes: Any) -> TicketView:
    """Return a ticket for two days of a convention."""
    return TicketView(
        **{
            "id": UUID(int=7),
            "registration": UUID(int=8),
            "name": '李娜 "Li\\Na"',
            "reading": "",
            "organisation": "",
            "email": "li.na@example.org",
            "language": "ja",
            "state": "valid",
            "serial": "0123456789abcdef",
            "code": CODE,
            "generation": 2,
            "place": 1,
            "party": 1,
            "created_at": NOW,
            "type_title": {"en": "Citywide Pass", "ja": "全市パス"},
            "type_description": {"en": "Every event"},
            "mode": "on_site",
            "days": [dt.date(2026, 11, 21), dt.date(2026, 11, 23)],
            "convention_slug": "yokohama-2026",
            "convention_title": {"en": "Yokohama Convention", "ja": "横浜コンベンション"},
            "zone": "Asia/Tokyo",
            "first_day": dt.date(2026, 11, 21),
            "last_day": dt.date(2026, 11, 24),
            "events": [],
            "sessions": [],
            **changes,
        }
    )
