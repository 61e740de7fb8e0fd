"""How often a process looks for what has died in circles (everything else goes the moment nobody holds it)."""

import gc

OBJECTS = 20_000
"""Made and still there since the last look. With Python's own 700, a group of scans alone makes for dozens of looks,
which were a fifth of the web process's time.
"""


def look_seldom() -> None:
    """Leave alone what is there by now, which lives as long as the process, and look at the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS, 10, 10)
