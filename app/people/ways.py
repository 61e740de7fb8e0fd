"""Where to go on to after signing in: addresses of this site alone."""

import re

START = "/start"
LONGEST = 500
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII, no backslash: browsers read that as a slash


def local(address: object) -> str:
    """Return `address` when it is a path of this site, else the start page."""
    usable = isinstance(address, str) and len(address) <= LONGEST and _LOCAL.fullmatch(address)
    return str(address) if usable else START
