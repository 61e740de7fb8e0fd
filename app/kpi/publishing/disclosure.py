"""What several public tables of one year tell together: whether any folded cell could be worked out from them. Pure.

Numbers of a year mostly grow. Whoever keeps the tables of all days and knows that much may narrow down what each of
them hides: if a country stood in a folded row with nine people or fewer yesterday and has a row of its own with ten
today, then it had nine, and its neighbours had the rest. So a table is published only when every folded cell, of this
table and of all before it, is still in doubt.

Doubt is proved by another world: people moved between two countries that share a row, over a span of tables in which
they share it, so that every published number stays what it is. `_other_world` finds one, in which everything that a
reader may know holds as it does in ours:

* which countries took part at all, in each table, and which of them are small;
* that no number of a country falls between two tables where in truth it does not.

The reader so imagined is stronger than any real one: the tables do not say which countries are in a folded row. A
nought is not protected; it tells about nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from msgspec import Struct

from app.kpi.counting import CountryRow
from app.kpi.publishing.folding import MINIMUM, Fold

Ways = tuple[int, int, int]
"""People of a country on site only, on line only, in both ways."""
_Both = tuple[Ways, Ways]

COLUMNS = ("people", "on_site", "online", "both")

_ONES: tuple[Ways, ...] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
_SWAPS: tuple[Ways, ...] = ((1, -1, 0), (1, 0, -1), (0, 1, -1))
MOVES: tuple[Ways, ...] = tuple(
    (sign * on_site, sign * online, sign * both) for on_site, online, both in _ONES + _SWAPS for sign in (1, -1)
)
"""What a country may gain and another one lose: a person, or a person of one way for one of another."""


class Shown(Struct, frozen=True):
    """A public table with what it hides: the people of every country, and the row in which each folded one stands."""

    ways: Mapping[str, Ways]
    folded: Mapping[str, str]


def shown(rows: Iterable[CountryRow], fold: Fold) -> Shown:
    """Return a table as `hidden` looks at it."""
    ways = {row.country: (row.on_site - row.both, row.online - row.both, row.both) for row in rows if row.people}
    return Shown(ways, fold.folded)


def hidden(history: Sequence[Shown], *, minimum: int = MINIMUM) -> bool:
    """Whether every folded cell of these tables, in order of time, is in doubt to whoever has them all."""
    return not any(disclosed(history, at, minimum=minimum) for at in range(len(history)))


def disclosed(history: Sequence[Shown], at: int, *, minimum: int = MINIMUM) -> set[tuple[str, str]]:
    """Return the folded cells (country, column) of one table that nothing proves to be in doubt."""
    return {
        (country, column)
        for country in history[at].folded
        for column in _certain(history, at, country=country, minimum=minimum)
    }


def _certain(history: Sequence[Shown], at: int, *, country: str, minimum: int) -> set[str]:
    """Return the columns of a folded country that no other world changes."""
    table = history[at]
    certain = _named(table.ways[country])
    neighbours = [other for other, row in table.folded.items() if row == table.folded[country] and other != country]
    for other, move in product(neighbours, MOVES):
        if not certain:
            break
        if certain & _named(move) and _other_world(
            history, at, country=country, other=other, move=move, minimum=minimum
        ):
            certain -= _named(move)
    return certain


def _named(ways: Ways) -> set[str]:
    """Return the columns in which there is something."""
    return {name for name, people in zip(COLUMNS, _columns(ways), strict=True) if people}


def _columns(ways: Ways) -> tuple[int, int, int, int]:
    """Return people, on site, on line, both."""
    on_site, online, both = ways
    return on_site + online + both, on_site + both, online + both, both


class _Pair(Struct, frozen=True):
    """Two countries in each table: as they are (`now`), and with the move made (`then`, None where that cannot be)."""

    now: Sequence[_Both]
    then: Sequence[_Both | None]

    def can_begin(self, at: int) -> bool:
        """Whether the move can have been made from table `at` on, or from one before it."""
        while (then := self.then[at]) is not None:
            if at == 0 or self._may_follow(at, self.now[at - 1], then):
                return True
            before = self.then[at - 1]
            if before is None or not self._may_follow(at, before, then):
                return False
            at -= 1
        return False

    def can_end(self, at: int) -> bool:
        """Whether it can have been made up to table `at`, or up to one after it."""
        while (then := self.then[at]) is not None:
            if at == len(self.now) - 1 or self._may_follow(at + 1, then, self.now[at + 1]):
                return True
            after = self.then[at + 1]
            if after is None or not self._may_follow(at + 1, then, after):
                return False
            at += 1
        return False

    def _may_follow(self, at: int, before: _Both, after: _Both) -> bool:
        """Whether from the table before `at` to `at` no column falls that does not fall in truth."""
        truth = zip(_cells(self.now[at - 1]), _cells(self.now[at]), strict=True)
        world = zip(_cells(before), _cells(after), strict=True)
        return all(new >= old or is_now < was for (old, new), (was, is_now) in zip(world, truth, strict=True))


def _cells(both: _Both) -> tuple[int, ...]:
    return _columns(both[0]) + _columns(both[1])


def _other_world(history: Sequence[Shown], at: int, *, country: str, other: str, move: Ways, minimum: int) -> bool:
    """Whether `country` may have had `move` more, and `other` so much less, over a span of tables around `at`.

    The nearest ends on both sides are enough: a longer span asks for more.
    """
    pair = _Pair(
        now=[(_of(table, country), _of(table, other)) for table in history],
        then=[_moved(table, country=country, other=other, move=move, minimum=minimum) for table in history],
    )
    return pair.can_begin(at) and pair.can_end(at)


def _of(table: Shown, country: str) -> Ways:
    return table.ways.get(country, (0, 0, 0))


def _moved(table: Shown, *, country: str, other: str, move: Ways, minimum: int) -> _Both | None:
    """Return both countries with the move made, or None where a reader would see or rule out such a move."""
    row = table.folded.get(country)
    if row is None or table.folded.get(other) != row:
        return None
    (a, b, c), (d, e, f), (x, y, z) = _of(table, country), _of(table, other), move
    more, less = (a + x, b + y, c + z), (d - x, e - y, f - z)
    alike = _kind(more, minimum) == _kind((a, b, c), minimum) and _kind(less, minimum) == _kind((d, e, f), minimum)
    return (more, less) if min(*more, *less) >= 0 and alike else None


def _kind(ways: Ways, minimum: int) -> tuple[bool, bool]:
    """Whether anybody took part, and whether the country is large."""
    return sum(ways) > 0, sum(ways) >= minimum
