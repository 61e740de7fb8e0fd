"""On what a change depends (RFC 9110, 13.1): `If-Match` and `If-None-Match`. Pure."""

import re

from msgspec import Struct

_TAG = re.compile(r'\s*((?:W/)?"[^"]*"|\*)\s*(?:,|$)')


class Conditions(Struct, frozen=True):
    """The headers as they came, "" when there was none."""

    if_match: str = ""
    if_none_match: str = ""

    def hold(self, etag: str) -> bool:
        """Whether an event in the version `etag` may be changed; "" when there is none.

        A weak tag matches nothing that is to be changed. A header that cannot be read holds for nothing.
        """
        wanted, unwanted = _tags(self.if_match), _tags(self.if_none_match)
        there = {etag, "*"} if etag else set()
        if wanted is not None and not there & wanted:
            return False
        return unwanted is None or bool(unwanted and not there & {tag.removeprefix("W/") for tag in unwanted})


def _tags(header: str) -> set[str] | None:
    """Return the tags that a header names, None without a header, none at all when it is malformed."""
    if not header.strip():
        return None
    found, at = set(), 0
    while at < len(header):
        tag = _TAG.match(header, at)
        if tag is None:
            return set()
        found.add(tag[1])
        at = tag.end()
    return found
