"""How much a judge has to do in a round, and how much is done: sheets, pairs, or one order. Pure."""

from typing import NamedTuple, Protocol


class Counts(Protocol):
    """What is counted of a judge in a round."""

    @property
    def assigned(self) -> int:
        """Entries assigned."""

    @property
    def undeclared(self) -> int:
        """Those of them still without a declaration."""

    @property
    def submitted(self) -> int:
        """Sheets submitted."""

    @property
    def compared(self) -> int:
        """Pairs compared."""

    @property
    def ranked(self) -> bool:
        """Whether an order was submitted."""


class Amount(NamedTuple):
    """Work done and work to do, in the same unit."""

    done: int
    all: int

    @property
    def left(self) -> int:
        """What is still to be done."""
        return self.all - self.done


def amount(method: str, counts: Counts) -> Amount:
    """Return the work of a judge: in sheets, in pairs of declared entries, or one order.

    Entries that wait for a declaration are work as well, whatever the method.
    """
    if method == "pairs":
        free = counts.assigned - counts.undeclared
        asked = free * (free - 1) // 2
        return Amount(min(counts.compared, asked), asked + counts.undeclared)
    if method == "ranks":
        whole = 1 if counts.assigned else 0
        return Amount(whole if counts.ranked else 0, whole + counts.undeclared)
    return Amount(counts.submitted, counts.assigned)
