"""The time of the tests."""

import datetime as dt

NOW = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
"""10:00 in Yokohama on the first day of the test convention."""
FIRST_DAY = dt.date(2026, 11, 21)


class Clock:
    """A clock that shows what the test says."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> dt.datetime:
        """Return the moment set last."""
        return self.moment

    def forward(self, **by: float) -> None:
        """Let time pass: `forward(minutes=10)`."""
        self.moment += dt.timedelta(**by)
