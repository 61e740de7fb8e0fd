"""Write the shared vectors of verdicts: `python -m tests.vectors.build`."""

from pathlib import Path
from typing import Any

import msgspec

from tests.vectors import cases_of_entry, cases_of_situations, cases_of_tickets, cases_of_time
from tests.vectors.codes_read import CODES
from tests.vectors.folds import FOLDS
from tests.vectors.world import SITUATIONS, Vector

FILE = Path(__file__).with_name("verdicts.json")
CASES: list[Vector] = [
    *cases_of_tickets.VECTORS,
    *cases_of_time.VECTORS,
    *cases_of_entry.VECTORS,
    *cases_of_situations.VECTORS,
]
ABOUT = (
    "What both engines must answer, stated by hand. Fields are those of the structs of app/attendance/judging; one that"
    " is missing has its default. `codes`: reading a text with these keys gives these fields, or this reason."
    " `cases`: the verdict on a case; its `seen` is also what gate and product of the case make of the moment, the"
    " device and the number. `folds`: the state that the scans make without the undone ones, in whatever order they are"
    " given; `verdicts` are why the ticket's own earlier scans refuse each of those that count, ordered by time, device"
    " and number."
)


def written() -> bytes:
    """Return the file as it must be."""
    body = {
        "about": ABOUT,
        "situations": list(SITUATIONS),
        "codes": [msgspec.to_builtins(code) for code in CODES],
        "cases": [_case(vector) for vector in CASES],
        "folds": [msgspec.to_builtins(fold) for fold in FOLDS],
    }
    lines = [f'"{name}": {_lines(value)}' for name, value in body.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _case(vector: Vector) -> dict[str, Any]:
    expect = vector.expect
    return {
        "name": vector.name,
        "situation": vector.situation,
        "case": msgspec.to_builtins(vector.case),
        "expect": {"verdict": expect.verdict, "reason": expect.reason, "facts": expect.facts},
    }


def _lines(value: object) -> str:
    """Write a list with one line for each of its items, so that a change of one shows as one."""
    if not isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return "[\n" + ",\n".join(msgspec.json.encode(item).decode() for item in value) + "\n]"


if __name__ == "__main__":
    FILE.write_bytes(written())
