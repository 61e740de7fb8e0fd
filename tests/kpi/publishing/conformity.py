"""Whether JSON is as a JSON Schema says: the words of draft 2020-12 of our schema, and a refusal of others."""

from itertools import chain
from typing import Any

KINDS = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "format", "default"}
KNOWN = {"$ref", "anyOf", "type", "enum", "const", "properties", "required", "additionalProperties", "items"}


def faults(data: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "$") -> list[str]:
    """Return where data is not as the schema says. Raises `AssertionError` for a word that this does not know."""
    top = schema if root is None else root
    assert set(schema) <= ANNOTATIONS | KNOWN, set(schema) - ANNOTATIONS - KNOWN
    if "$ref" in schema:
        return faults(data, top["$defs"][schema["$ref"].removeprefix("#/$defs/")], top, at)
    if "anyOf" in schema:
        tried = [faults(data, one, top, at) for one in schema["anyOf"]]
        return [] if [] in tried else [f"{at}: none of anyOf", *chain.from_iterable(tried)]
    kind = KINDS.get(schema.get("type", ""), object)
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is int):
        return [f"{at}: not {schema['type']}"]
    found = [f"{at}: not allowed"] if data not in schema.get("enum", [schema.get("const", data)]) else []
    if isinstance(data, list):
        return found + [
            f for n, one in enumerate(data) for f in faults(one, schema.get("items", {}), top, f"{at}[{n}]")
        ]
    return found + (_of_object(data, schema, top, at) if isinstance(data, dict) else [])


def _of_object(data: dict[str, Any], schema: dict[str, Any], top: dict[str, Any], at: str) -> list[str]:
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    found = [f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in data]
    for name, value in data.items():
        inside = known.get(name, more)
        if inside is False:
            found.append(f"{at}: has {name}")
        elif isinstance(inside, dict):
            found += faults(value, inside, top, f"{at}.{name}")
    return found
