"""Ways in which judging says no."""

from collections.abc import Sequence

Component = frozenset[str]
"""Entries that shared judges make comparable with each other."""


class Disconnected(Exception):
    """Some entries have no chain of shared judges between them: their scores cannot be put on one scale."""

    def __init__(self, components: Sequence[Component]) -> None:
        named = "; ".join(", ".join(sorted(part)[:5]) + (" ..." if len(part) > 5 else "") for part in components)
        super().__init__(f"The scores fall into {len(components)} parts without a judge in common: {named}.")
        self.components = list(components)


class TooFewScores(Exception):
    """There are not enough scores to tell strict judges from weak entries."""
