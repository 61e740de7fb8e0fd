"""Figures: what was measured, what was wanted, and whether it is enough."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A line of the result. `target` is null where nothing is asked for; `ok` is true then."""

    name: str
    value: float
    unit: str
    target: float | None = None
    ok: bool = True


def at_least(name: str, value: float, unit: str, target: float) -> Figure:
    """Return a figure that must reach its target."""
    return Figure(name, _short(value), unit, target, value >= target)


def at_most(name: str, value: float, unit: str, target: float) -> Figure:
    """Return a figure that must not pass its target."""
    return Figure(name, _short(value), unit, target, value <= target)


def exactly(name: str, value: int, unit: str, target: int) -> Figure:
    """Return a count that must be right."""
    return Figure(name, value, unit, target, value == target)


def shown(name: str, value: float, unit: str) -> Figure:
    """Return a figure that nobody judges."""
    return Figure(name, _short(value), unit)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the sorted values lie: nearest rank."""
    return ordered[min(len(ordered) - 1, max(0, -(-int(len(ordered) * share * 1000) // 1000) - 1))]


def line(figure: Figure) -> str:
    """Return a figure as a line of the report."""
    value = f"{figure.value:>12,g} {figure.unit}" if figure.value < 1000 else f"{figure.value:>12,.0f} {figure.unit}"
    if figure.target is None:
        return f"{figure.name:<44}{value}"
    return f"{figure.name:<44}{value:<34}target {figure.target:>8,g}   {'ok' if figure.ok else 'NOT OK'}"


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(list(figures)), indent=1) + b"\n")


def _short(value: float) -> float:
    """Keep three significant digits, and all of them before the point."""
    return float(round(value)) if value >= 100 else float(f"{value:.3g}")
