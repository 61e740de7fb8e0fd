"""Which process runs which tests, and in which order, when several run them.

A file stays in one process, and so does all that needs a browser, for it shares a demo and a browser. What lasts
longest comes first: half a minute in one test at the end is half a minute in which the other processes idle.
"""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[1]
BROWSER = "tests/browser"
LASTING = (
    BROWSER,
    "tests/journeys/test_five_hundred.py",
    "tests/attendance/scanning/test_histories.py",
    "tests/security/test_fuzz.py",
    "tests/cli/test_demo.py",
    "tests/ticketing/registering/test_many_processes.py",
    "tests/security/test_limits.py",
    "tests/cli/test_keys.py",
    "tests/kpi/publishing/test_folding.py",
    "tests/security/test_wire.py",
    "tests/attendance/judging/test_mutations.py",
    "tests/core/sandbox/test_postgres.py",
    "tests/cli/test_privacy.py",
    "tests/cli/test_messages.py",
    "tests/attendance/board/test_stop.py",
    "tests/workers/test_kill.py",
)
"""What lasts 5 seconds and more in few tests, the longest first: the sums by file of `--durations=120`."""


def together(test: str) -> str:
    """Return what stays in one process with a test: its file, or all that needs a browser."""
    file = test.partition("::")[0]
    return BROWSER if file.startswith(f"{BROWSER}/") else file


def longest_first(item: pytest.Item) -> int:
    """Return a key to sort by that leaves all the others as they are."""
    whole = together(item.nodeid)
    return LASTING.index(whole) if whole in LASTING else len(LASTING)


def balanced(config: pytest.Config, log: Any) -> Any:
    """Return what hands the tests out: as `--dist loadfile`, but by `together`, and in the order in which they come."""
    config.option.loadscopereorder = False  # else those of the most tests would come first
    found = LoadFileScheduling(config, log)
    found._split_scope = together
    return found
