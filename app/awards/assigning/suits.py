"""How well a judge suits an entry: a language both have, and topics the judge knows."""

from collections.abc import Collection

LANGUAGE, EXPERTISE = 0.6, 0.4
"""What reading an entry in its own words counts, and what knowing its field counts; together 1."""
UNSAID = 0.5
"""The share of a judge whose profile does not say."""


def suits(
    *,
    written: Collection[str],
    about: Collection[str],
    reads: Collection[str],
    knows: Collection[str],
) -> float:
    """Return 0 to 1 for an entry `written` in languages `about` topics, and a judge who `reads` and `knows`."""
    return LANGUAGE * _language(written, reads) + EXPERTISE * _expertise(about, knows)


def _language(written: Collection[str], reads: Collection[str]) -> float:
    if not reads or not written:
        return UNSAID
    return float(any(language in reads for language in written))


def _expertise(about: Collection[str], knows: Collection[str]) -> float:
    """The share of the topics that the judge knows; an entry that names none asks for nothing."""
    if not about:
        return 1.0
    return sum(topic in knows for topic in about) / len(about) if knows else UNSAID
