"""Time zones that a form proposes, and whether there is such a zone."""

from zoneinfo import ZoneInfo

ZONES = ("Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Bangkok", "Europe/Berlin", "America/New_York", "UTC")
"""Any other may be typed."""


def is_zone(zone: str) -> bool:
    """Whether there is such a time zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        return False
    return True
