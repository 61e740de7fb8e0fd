"""What a child may use, by the size of its file. Pure."""

from msgspec import Struct

MEGA = 1_000_000
LEAST_MEMORY = 256 * MEGA
MOST_MEMORY = 768 * MEGA
MEMORY_PER_BYTE = 5
LEAST_CPU, CPU_PER_MEGA = 5, 1
"""In seconds; a million bytes take a fifth of one."""
LONGER = 8
"""The deadline is so many times the CPU time: other children, and everything else, run beside it, and go first; and
nearly every file needs less than a third of that CPU time, but a child that rests works a ninth of its own."""


class Limits(Struct, frozen=True):
    """In bytes of address space, seconds of CPU, and seconds by the clock of the parent."""

    memory: int
    cpu: int
    seconds: float


def limits(size: int) -> Limits:
    """Return what reading a file of `size` bytes may use."""
    cpu = LEAST_CPU + CPU_PER_MEGA * size // MEGA
    return Limits(min(MOST_MEMORY, LEAST_MEMORY + MEMORY_PER_BYTE * size), cpu, cpu * LONGER)
