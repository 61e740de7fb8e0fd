"""The child: limits itself, reads one file from its input, writes what it says, and ends.

`python -m app.exchange.isolating.child MEMORY CPU STROKE REST LONGEST`, in bytes and seconds: it may work so long at a
time and rests so long behind it, until so much time is over. Ends with 3 when its memory does not do.
"""

import gc
import os
import resource
import signal
import sys
import time

NO_MEMORY = 3
NICER = 5
"""Whoever looks at a page waits for it; nobody waits for a calendar."""


def main() -> int:
    """Read one file; return what the process ends with."""
    os.nice(NICER)
    _rest_by_the_clock(*map(float, sys.argv[3:6]))
    from app.exchange.isolating import wire  # noqa: PLC0415  # half of the work, and so after we have stepped back
    from app.exchange.reading.files import read_file  # noqa: PLC0415

    memory, cpu = map(int, sys.argv[1:3])
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # it lives for seconds, and nearly everything that it makes is kept
    try:
        for frame in wire.answered(read_file(wire.question(sys.stdin.buffer.read()))):
            sys.stdout.buffer.write(frame)
        sys.stdout.buffer.flush()
    except MemoryError:
        return NO_MEMORY
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # a handler is forgotten on the way out, and a signal then kills
    return 0


def _rest_by_the_clock(stroke: float, rest: float, longest: float) -> None:
    """Rest again and again whatever is being done; see `app.core.gentle`, which is too much to load here."""
    over = time.monotonic() + longest

    def now(*_: object) -> None:
        if time.monotonic() < over:
            time.sleep(rest)
            signal.setitimer(signal.ITIMER_REAL, stroke)

    if rest:
        signal.signal(signal.SIGALRM, now)
        signal.setitimer(signal.ITIMER_REAL, stroke)


if __name__ == "__main__":
    sys.exit(main())
