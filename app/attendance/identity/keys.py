"""The keys by which two persons may turn out to be one: keyed hashes, which reveal no name. Pure but for the secret.

A key finds people to compare (`matching`), it decides nothing. It is of the letters of a form in the alphabet's order,
so that one key stands for every order of family and given name. Each is bound to a country abroad: whoever lives in
Japan alone is found by the address only, and has none.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from app.attendance.identity.matching import Known, Place
from app.core.signing import keyed_hash

SIZE: Final = 16
"""Bytes of a key."""
OF_A_NAME: Final = ("name", "reading")
"""Kinds of keys: the name in its own script, its sound. Alone, such a key finds no more than pairs for an officer."""
AT_ORGANISATION: Final = ("tokens", "name_country_organisation")
"""Kinds of keys: the words of a name at an organisation, the whole there."""
READ: Final = "read"
"""Kind of the row that says up to which change of its tickets somebody's keys were made."""


def keys_of(known: Known) -> set[tuple[str, bytes]]:
    """Return the keys of somebody, each with its kind."""
    return {(kind, keyed_hash("person-key", f"{kind}\0{text}")[:SIZE]) for kind, text in _texts(known)}


def _texts(known: Known) -> Iterator[tuple[str, str]]:
    own, sound = _letters(known.name.own), _letters(known.name.sound)
    for place in known.abroad:
        yield from (("name", f"{form}\0{place.country}") for form in own)
        yield from (("reading", f"{form}\0{place.country}") for form in sound)
        if place.organisation:
            where = _where(place)
            yield from (("name_country_organisation", f"{form}\0{where}") for form in own | sound)
            yield from (("tokens", f"{word}\0{where}") for word in known.name.words if len(word) > 1)


def _where(place: Place) -> str:
    return f"{place.country}\0{place.organisation}"


def _letters(forms: Iterable[str]) -> set[str]:
    """Return the letters of each form in order; the script in front stays in front."""
    return {f"{script}{sep}{''.join(sorted(form))}" for script, sep, form in map(_parted, forms)}


def _parted(form: str) -> tuple[str, str, str]:
    return form.partition(":") if ":" in form else ("", "", form)
