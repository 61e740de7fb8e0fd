"""Addresses and keys that partners gave us in confidence, as the database keeps them."""

from functools import cache

from app.core import signing


@cache
def _key() -> bytes:
    return signing.derived("exchange")


def sealed(words: str) -> bytes:
    """Return what is stored of an address or a key; nothing stays nothing."""
    return signing.seal(_key(), words.encode()) if words else b""


def opened(stored: bytes) -> str:
    """Return what `sealed` was given, or raise `ValueError` when another secret sealed it."""
    return signing.unseal(_key(), stored).decode() if stored else ""
