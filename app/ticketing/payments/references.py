"""References that payers write: short, found again however they were typed, and in whatever else a bank adds.

Seven random characters and a check character, as in YK7-4F2Q-9. No two of the alphabet look alike, and there are 23 of
them: a prime, so that the check finds every single wrong character and every two that were swapped.
"""

import re
import secrets
import unicodedata

ALPHABET = "ACDEFGHJKMNPQRTWXY34679"
LENGTH = 8
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_APART = re.compile(r"[^0-9A-Z]+")


def new_reference() -> str:
    """Return a reference drawn at random; whether somebody has it already is the table's to say."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return _grouped(body + _check(body))


def _check(body: str) -> str:
    return ALPHABET[sum(weight * _VALUES[c] for weight, c in enumerate(body, start=1)) % len(ALPHABET)]


def _grouped(plain: str) -> str:
    return f"{plain[:3]}-{plain[3:7]}-{plain[7:]}"


def is_sound(plain: str) -> bool:
    """Whether eight characters without hyphens are a reference with the right check character."""
    return len(plain) == LENGTH and set(plain) <= _VALUES.keys() and _check(plain[:-1]) == plain[-1]


def found_in(words: str) -> list[str]:
    """Return every reference that stands in a text, in the order in which they stand, each once.

    Full-width and small letters, spaces and hyphens of any kind do no harm, nor what a bank writes around it: every
    eight characters are looked at. One in 23 of them is sound by chance, and then unknown to the table.
    """
    plain = _APART.sub("", unicodedata.normalize("NFKC", words).upper())
    windows = (plain[start : start + LENGTH] for start in range(len(plain) - LENGTH + 1))
    return list(dict.fromkeys(_grouped(w) for w in windows if is_sound(w)))
