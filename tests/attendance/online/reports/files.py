"""Reports as the platforms write them, with the ids of people of ours filled in."""

from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures"


def report(name: str, encoding: str = "utf-8", **ids: str) -> bytes:
    """Return a report; `<A>` in it becomes the id given as `A`."""
    text = (FOLDER / name).read_text()
    for letter, said in ids.items():
        text = text.replace(f"<{letter}>", said)
    return text.replace("\n", "\r\n").encode(encoding)
