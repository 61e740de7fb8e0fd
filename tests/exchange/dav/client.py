"""The library `caldav` as somebody's program, in a process of its own: told what to do by lines, answers by lines.

`start` reads everything; `look` asks what has changed since; `spoil` makes of the token one that nobody knows, as after
years. Answers are JSON: [number of items that have come or gone, UIDs of those that are there now, token].
"""

import json
import sys
from typing import Any

import caldav


def held(found: Any) -> list[str]:
    """Return the UIDs of what the library holds."""
    return sorted(str(one.url).rpartition("/")[2].removesuffix(".ics").replace("%40", "@") for one in found)


def main(url: str, name: str, password: str) -> None:
    """Serve lines until there are no more."""
    library: Any = caldav
    client = library.DAVClient(url=url, username=name or None, password=password or None)
    calendar = client.calendar(url=url)
    found: Any = None
    for line in sys.stdin:
        if line.strip() == "start":
            found = calendar.objects(load_objects=True)
            fetched = len(list(found))
        elif line.strip() == "spoil":
            found.sync_token = f"{found.sync_token}x"
            continue
        else:
            updated, deleted = found.sync()
            fetched = len(list(updated)) + len(list(deleted))
        sys.stdout.write(json.dumps([fetched, held(found), found.sync_token]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
