"""Large calendars, the same for the same numbers."""

import random


def feed(events: int, *, stamp: str = "20260101T000000Z", changed: frozenset[int] = frozenset()) -> bytes:
    """Return a calendar of Japanese events, folded as programs fold; `changed` have another title."""
    rng = random.Random(1)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-TIMEZONE:Asia/Tokyo"]
    for n in range(events):
        day, hour = f"2027{rng.randint(1, 12):02}{rng.randint(1, 28):02}", rng.randint(8, 18)
        lines += [
            "BEGIN:VEVENT",
            f"UID:event-{n}@city.example",
            f"DTSTAMP:{stamp}",
            "SEQUENCE:1",
            f"DTSTART;TZID=Asia/Tokyo:{day}T{hour:02}0000",
            f"DTEND;TZID=Asia/Tokyo:{day}T{hour + 2:02}0000",
            f"SUMMARY:第{n}回横浜みなとみらい市民まつり{'改' if n in changed else ''}",
            "LOCATION:横浜市中区海岸通1丁目1番4号 大さん橋ホール",
            "DESCRIPTION:" + "子どもから大人まで楽しめる催しです。\\n参加費は無料\\, 申込不要。" * 4,
            f"URL:https://city.example/events/{n}",
            "CATEGORIES:音楽,子ども",
            "STATUS:CONFIRMED",
            "END:VEVENT",
        ]
    return b"\r\n".join(_folded(line.encode()) for line in [*lines, "END:VCALENDAR", ""])


def _folded(line: bytes) -> bytes:
    parts = []
    while len(line) > 75:
        parts.append(line[:75])
        line = b" " + line[75:]
    return b"\r\n".join([*parts, line])
