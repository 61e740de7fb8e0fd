"""What two events must share to be one without anybody looking: a UID, an origin or an address of their own. Pure.

Each of these is given to more than one event somewhere: exporters with one UID for everything, the page of a series.
So nothing joins by it unless the titles agree and contradict each other in no number.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from msgspec import Struct

from app.exchange.joining.likeness import Traits, comparable, corroborated, titles_alike, told_apart
from app.exchange.joining.places import LEAST_AFAR, LEAST_NAME, compared, two_cities
from app.exchange.joining.times import fit, same_span, same_start
from app.exchange.joining.titles import letters
from app.exchange.schemas import Incoming

SOME: Final = 0.3
"""How alike titles in two languages must be at least, by what the list of words knows."""
By = Literal["same_uid", "same_origin", "same_url"]
_TRACKING: Final = re.compile(r"^(?:utm_\w+|fbclid|gclid|yclid|mc_[ce]id|ref|ref_src|igshid)$", re.IGNORECASE)
_FRONT: Final = re.compile(r"^(?:/(?:index\.\w+|[a-z]{2}(?:-[A-Za-z]+)?|home|top|events?|calendar|event/?list))?/?$")
_HOST = re.compile(r"@[\w-]+(?:\.[\w-]+)+$", re.ASCII)
_RANDOM = re.compile(r"[0-9a-f]{12}|[0-9a-z]{20}", re.IGNORECASE)


class Told(Struct, frozen=True, kw_only=True):
    """An event with what identifies it. `shared` are the keys that other events of its source have too."""

    event: Incoming
    traits: Traits
    shared: frozenset[str] = frozenset()

    @property
    def address(self) -> str:
        """Its web address as it can be compared, "" where that names no single event."""
        return "" if address(self.event.url) in self.shared else address(self.event.url)


def address(url: str) -> str:
    """Return a web address without what does not matter (scheme, www, tracking, last slash); "" for a front page."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    query = urlencode(sorted((k, v) for k, v in parse_qsl(parts.query) if not _TRACKING.match(k)))
    if not host or (not query and _FRONT.match(parts.path)):
        return ""
    path = re.sub(r"/index\.\w+$|/+$", "", parts.path)
    route = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    return f"{host}{path}{f'?{query}' if query else ''}{route}"


def is_strong(uid: str) -> bool:
    """Whether a UID is made to be one of a kind: random, or with the name of a host; `12` and `event` are not."""
    return bool(_RANDOM.search(uid) or (_HOST.search(uid) and len(uid) >= 12))


def joins(one: Told, other: Told) -> By | None:
    """Return by what two events of two sources are one beyond doubt, None where an officer has to look."""
    if one.event.recurrence_id != other.event.recurrence_id or not _consistent(one, other):
        return None
    if _same_origin(one, other) and _origin_holds(one, other):
        return "same_origin"
    if not same_start(one.traits.span, other.traits.span) or _one_whole_day(one, other):
        return None
    if one.event.uid == other.event.uid and not _made(one, other) and _uid_holds(one, other):
        return "same_uid"
    return "same_url" if _same_address(one, other) else None


def _consistent(one: Told, other: Told) -> bool:
    """Whether neither the numbers in the titles nor the places contradict each other."""
    return not told_apart(one.traits, other.traits)


def _made(one: Told, other: Told) -> bool:
    return one.event.made_uid or other.event.made_uid


def _one_whole_day(one: Told, other: Told) -> bool:
    """Whether one has a time and the other has none: which of several of that day it is, nobody can say."""
    return (one.event.first_day is None) != (other.event.first_day is None)


def _same_origin(one: Told, other: Told) -> bool:
    first, second = one.event, other.event
    pairs = ((first.origin, second.origin), (first.origin, second.uid), (first.uid, second.origin))
    return any(a == b and a and a not in one.shared | other.shared for a, b in pairs)


def _origin_holds(one: Told, other: Told) -> bool:
    """Whether an origin is believed: by titles that agree, and by the start unless it is one of a kind.

    A copy that lags behind tells another time for a while, and stays what it is.
    """
    name = one.event.origin or other.event.origin
    strong, begins = is_strong(name), same_start(one.traits.span, other.traits.span)
    alike = corroborated(one.traits, other.traits)
    return (alike and (strong or begins)) or (strong and begins and _fits(one, other))


def _uid_holds(one: Told, other: Told) -> bool:
    if one.event.uid in one.shared | other.shared:
        return False
    if _elsewhere(one, other):
        return False
    return corroborated(one.traits, other.traits) or (is_strong(one.event.uid) and _fits(one, other))


def _fits(one: Told, other: Told) -> bool:
    """Whether titles in two scripts belong to one event: something in them means the same, times and places agree."""
    if comparable(one.traits, other.traits) or compared(one.traits.place, other.traits.place) == "different":
        return False
    return same_span(one.traits.span, other.traits.span) and titles_alike(one.traits, other.traits).score >= SOME


def _same_address(one: Told, other: Told) -> bool:
    """Whether they share a page of their own, begin together, and nothing speaks against it."""
    if not one.address or one.address != other.address or fit(one.traits.span, other.traits.span) < 0.9:
        return False
    return not _elsewhere(one, other) and corroborated(one.traits, other.traits)


def _elsewhere(one: Told, other: Told) -> bool:
    """Whether the places are two, or may be: names that are not alike, of two cities, in letters that compare."""
    first, second = one.traits.place, other.traits.place
    verdict = compared(first, second, LEAST_AFAR if two_cities(first, second) else LEAST_NAME)
    if verdict in {"same", "different"}:
        return verdict == "different"
    return two_cities(first, second) and bool(letters(first.name) & letters(second.name))


def shared_keys(events: Iterable[Incoming]) -> frozenset[str]:
    """Return the origins and addresses that more than one event of a source has; instances of a series are one."""
    seen: dict[str, set[str]] = {}
    for event in events:
        for key, what in ((event.origin, event.uid + event.recurrence_id), (address(event.url), event.uid)):
            if key:
                seen.setdefault(key, set()).add(what)
    return frozenset(key for key, who in seen.items() if len(who) > 1)
