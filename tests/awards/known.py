"""Published data with published answers, and invented judges whose strictness is known."""

from random import Random

from app.awards.calibration import Score
from app.awards.pairwise import Duel

PENICILLIN = """
27 23 26 23 23 21, 27 23 26 23 23 21, 25 21 25 24 24 20, 26 23 25 23 23 20, 25 22 26 22 23 20, 24 22 25 23 22 19,
24 20 23 21 22 19, 26 22 26 24 24 21, 24 21 24 22 22 20, 24 21 24 23 22 19, 26 23 26 24 24 21, 25 22 26 24 24 20,
26 24 26 24 25 22, 26 23 26 23 23 20, 26 23 25 24 24 22, 25 22 25 23 23 20, 25 21 24 23 23 20, 25 22 24 23 23 19,
24 21 23 21 21 19, 26 23 26 24 24 21, 25 21 24 22 22 18, 25 22 25 22 22 20, 24 21 24 22 24 19, 24 21 24 22 21 18
"""
"""Davies and Goldsmith (1972): growth in mm on 24 plates (rows) of 6 samples of penicillin."""

BASEBALL = {
    "Milwaukee": "- 7 9 7 7 9 11",
    "Detroit": "6 - 7 5 11 9 9",
    "Toronto": "4 6 - 7 7 8 12",
    "New York": "6 8 6 - 6 7 10",
    "Boston": "6 2 6 7 - 7 12",
    "Cleveland": "4 4 5 6 6 - 6",
    "Baltimore": "2 4 1 3 1 7 -",
}
"""Agresti (1990), table 10.8: how often the row's team beat the column's in 1987."""


def penicillin() -> list[Score]:
    """Plates as entries, samples as judges."""
    rows = [row.split() for row in PENICILLIN.split(",")]
    return [Score(f"plate {n}", "ABCDEF"[m], float(v)) for n, row in enumerate(rows) for m, v in enumerate(row)]


def baseball() -> list[Duel]:
    teams = list(BASEBALL)
    return [
        Duel(team, other)
        for team, row in BASEBALL.items()
        for other, won in zip(teams, row.split(), strict=True)
        if won != "-"
        for _ in range(int(won))
    ]


def invented(
    seed: int, *, entries: int, judges: int, each: int, noise: float = 0.6
) -> tuple[list[Score], dict[str, float]]:
    """Return scores of `each` random judges per entry, and the true quality of the entries (both of spread 1)."""
    random = Random(seed)
    quality = {f"e{n:04}": random.gauss() for n in range(entries)}
    strictness = [random.gauss() for _ in range(judges)]
    scores = [
        Score(entry, f"j{judge:04}", true + strictness[judge] + random.gauss(0, noise))
        for entry, true in quality.items()
        for judge in random.sample(range(judges), each)
    ]
    return scores, quality
