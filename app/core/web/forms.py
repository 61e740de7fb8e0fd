"""Forms as nested data: `party.0.name` becomes `{"party": [{"name": ...}]}`, so that it can be shown again."""

import re
from itertools import islice
from typing import Any

from app.core.web.request import MOST_FIELDS, Request

MOST_ITEMS = 100
MOST_PARTS = 8
"""Dotted parts of one name; no form of ours nests deeper."""
_NUMBERS = dict.fromkeys(map(str, range(MOST_ITEMS)))
_PART = re.compile(r"^(?:[a-z_0-9-]{1,80}|zh-Hans)$")  # texts are named by their languages: `title.zh-Hans`


async def read_form(request: Request) -> dict[str, Any]:
    """Return the form of a POST, nested; numbered parts become lists, repeated names as well."""
    return nest(list((await request.form()).multi_items()))


def nest(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Nest dotted names; strings are stripped, empty strings are left out so that "missing" means missing."""
    tree: dict[str, Any] = {}
    for name, value in items[:MOST_FIELDS]:
        parts = name.split(".")
        words = value.strip().replace("\r\n", "\n") if isinstance(value, str) else value  # as HTML sends new lines
        if words in ("", None) or not _is_ours(parts):
            continue
        _put(tree, parts, words)
    found: dict[str, Any] = _listed(tree)
    return found


def _is_ours(parts: list[str]) -> bool:
    """Whether a form of ours may have this name. Rows within rows, none of ours, would fill memory with their gaps."""
    return len(parts) <= MOST_PARTS and all(map(_PART.match, parts)) and sum(map(str.isdecimal, parts)) <= 1


def _put(tree: dict[str, Any], parts: list[str], value: Any) -> None:
    for part in parts[:-1]:
        below = tree.setdefault(part, {})
        if not isinstance(below, dict):
            return
        tree = below
    last = parts[-1]
    if last not in tree:
        tree[last] = value
    elif isinstance(tree[last], list):
        tree[last].append(value)
    else:
        tree[last] = [tree[last], value]


def _listed(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and tree.keys() <= _NUMBERS.keys():
        numbers = islice(_NUMBERS, max(map(int, tree)) + 1)
        return [_listed(tree[number]) if number in tree else {} for number in numbers]
    return {key: _listed(value) for key, value in tree.items()}
