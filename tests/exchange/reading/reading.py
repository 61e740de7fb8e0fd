"""Asking the reader."""

import datetime as dt

from app.exchange.reading.files import read_file
from app.exchange.reading.request import Request
from app.exchange.schemas import Kind, Reading

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def file(raw: bytes, kind: Kind = "ics", *, known: frozenset[bytes] = frozenset(), zone: str = "Asia/Tokyo") -> Reading:
    return read_file(Request(kind=kind, body=raw, zone=zone, known=known, now=NOW))


def calendar(raw: bytes, *, known: frozenset[bytes] = frozenset(), zone: str = "Asia/Tokyo") -> Reading:
    return file(raw, known=known, zone=zone)
