"""Partner cities of the bench: long calendars, and a server for them in a thread."""

import asyncio
import datetime as dt
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from tests.exchange.cities import City, city

TEXT = (
    "港の見える丘から赤レンガ倉庫まで、まち全体が会場になります。子どもから大人まで、どなたでもご参加いただけます。"
    "雨天の場合は屋内で開催します。詳しくは公式サイトをご覧ください。"
)
PLACES = ("横浜市役所アトリウム", "大さん橋ホール", "象の鼻テラス", "神奈川県民ホール", "みなとみらいホール")
FOLD = 72
"""Bytes of a folded line; a fold may cut a character, as many calendars do it."""


def feed(
    events: int, *, on: dt.date, stamp: int = 0, changed: Collection[int] = (), host: str = "www.city.example.jp"
) -> bytes:
    """Return a Japanese calendar with events over the next year from `on`; those that `changed` have another title.

    `stamp` is in every DTSTAMP, in seconds: it moves while nothing changes. Calendars of one `host` tell one programme.
    """
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//City//Events//JA\r\nX-WR-TIMEZONE:Asia/Tokyo\r\n"
    told = (_event(number, on, stamp, host, is_new=number in changed) for number in range(events))
    return head.encode() + b"".join(told) + b"END:VCALENDAR\r\n"


def _event(number: int, on: dt.date, stamp: int, host: str, *, is_new: bool) -> bytes:
    starts = dt.datetime.combine(on, dt.time(9 + number % 9)) + dt.timedelta(days=1 + number % 330)
    lines = (
        "BEGIN:VEVENT",
        f"UID:event-{number}@{host}",
        f"DTSTAMP:{dt.datetime(2026, 1, 1) + dt.timedelta(seconds=stamp):%Y%m%dT%H%M%SZ}",  # noqa: DTZ001  # as UTC
        f"SEQUENCE:{int(is_new)}",
        f"DTSTART;TZID=Asia/Tokyo:{starts:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Asia/Tokyo:{starts + dt.timedelta(hours=2):%Y%m%dT%H%M%S}",
        f"SUMMARY:第{number}回 {'新・' if is_new else ''}まちぐるみ音楽祭①（髙島会場）",
        f"DESCRIPTION:{TEXT}{number}",
        f"LOCATION:{PLACES[number % len(PLACES)]}",
        f"URL:https://{host}/events/{number}",
        "CATEGORIES:音楽,市民参加",
        "STATUS:CONFIRMED",
        "END:VEVENT",
    )
    return b"".join(map(_folded, lines))


def _folded(line: str) -> bytes:
    raw = line.encode()
    return b"\r\n ".join(raw[at : at + FOLD] for at in range(0, len(raw), FOLD)) + b"\r\n"


@contextmanager
def running() -> Iterator[City]:
    """Run a city beside everything else."""
    found: list[City] = []
    ready, over = threading.Event(), threading.Event()

    async def live() -> None:
        async with city() as there:
            found.append(there)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    ready.wait()
    try:
        yield found[0]
    finally:
        over.set()
        thread.join()
