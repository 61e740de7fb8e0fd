"""Damage to a whole file that hides its lines: undone before the lines are looked at, and only where it shows. Pure."""

import re

_MARK = b"\xef\xbb\xbf"
_BEGINS = re.compile(rb"(?:^|[\r\n])[ \t]*BEGIN[ \t]*:[ \t]*VEVENT[ \t]*(?:[\r\n]|$)", re.IGNORECASE)
_BEGINS_ANYWHERE = re.compile(rb"BEGIN:VEVENT", re.IGNORECASE)
_INDENTED = re.compile(rb"(?:^|[\r\n])[ \t]+BEGIN:V[A-Z]+[ \t]*(?=[\r\n]|$)", re.IGNORECASE)
_INDENT = re.compile(rb"(^|[\r\n])[ \t]+(?=[A-Z][A-Z0-9-]*[;:])")
_WRITTEN_OUT = re.compile(rb"(?:\\r)?\\n(?=[A-Z][A-Z0-9-]*[;:]|\s*\Z)")
_GLUED = re.compile(rb"(END:V[A-Z]+)[ \t]*(?=BEGIN:V)", re.IGNORECASE)
_RUN_TOGETHER = re.compile(
    rb"(?<![ \t])[ \t]++(?=(?:BEGIN|END|UID|DTSTART|DTEND|DTSTAMP|SUMMARY|LOCATION|DESCRIPTION|URL|STATUS|SEQUENCE"
    rb"|CREATED|RRULE|LAST-MODIFIED|CLASS|TRANSP|CATEGORIES|ORGANIZER|GEO|DURATION|EXDATE|RDATE|RECURRENCE-ID|VERSION"
    rb"|PRODID|METHOD|CALSCALE|X-[A-Z-]+)[;:])"
)


def repaired(body: bytes, repairs: set[str]) -> bytes:
    """Return a file with its lines where they were; names in `repairs` what was done to it."""
    if _MARK in body:  # of files that were put together
        body = _noted(re.sub(rb"(^|[\r\n])(?:\xef\xbb\xbf)+", rb"\1", body), body, "bom", repairs)
    if _GLUED.search(body):
        body = _noted(_GLUED.sub(rb"\1\r\n", body), body, "lines_joined", repairs)
    if _BEGINS.search(body) is None and _BEGINS_ANYWHERE.search(body):
        body = _noted(_RUN_TOGETHER.sub(b"\r\n", _WRITTEN_OUT.sub(b"\r\n", body)), body, "lines_joined", repairs)
    if _INDENTED.search(body):
        body = _noted(_INDENT.sub(rb"\1", body), body, "indented", repairs)
    return body


def _noted(done: bytes, body: bytes, code: str, repairs: set[str]) -> bytes:
    if done != body:
        repairs.add(code)
    return done
