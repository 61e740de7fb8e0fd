"""Every wrong field at once: msgspec stops at the first, people deserve the whole list."""

import types
import typing
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _

T = TypeVar("T")

# No control characters but tab and newline; no bidirectional overrides or isolates (they disguise text);
# no lone surrogates, no non-characters.
# `$(?!\n)` because Python's `$` also matches before a last newline.
NOT_TEXT = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
# A character that shows: neither a space nor one of the joiners and marks that only steer others.
_SEEN = r"[^\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]"
Line = Annotated[str, msgspec.Meta(max_length=200, pattern=rf"^[^\t\n{NOT_TEXT}]*$(?!\n)")]
"""One line of text, at most 200 characters, without control characters."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=rf"^(?=.*{_SEEN})[^\t\n{NOT_TEXT}]*$(?!\n)")]
"""A name as its bearer writes it: any script, one character is enough."""
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=rf"^(?=.*{_SEEN})[^\t\n{NOT_TEXT}]*$(?!\n)")]
"""How an account, a phone or a key is called in lists."""
Paragraph = Annotated[str, msgspec.Meta(max_length=4000, pattern=rf"^[^{NOT_TEXT}]*$(?!\n)")]
"""Text of several lines."""
Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9-]*$(?!\n)")]
_ADDRESS = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    rf"[^\s@<>\"(),:;\[\]\\_{NOT_TEXT}]+\.[^\s@.<>\"(),:;\[\]\\_{NOT_TEXT}]{{2,}}"
)
Address = Annotated[str, msgspec.Meta(max_length=254, pattern=rf"^{_ADDRESS}$(?!\n)")]
"""A mail address: generous, the confirmation mail is the real test."""
MaybeAddress = Annotated[str, msgspec.Meta(max_length=254, pattern=rf"^(?:{_ADDRESS})?$(?!\n)")]
"""A mail address or nothing; a union with `""` would have to be an address all the same."""


def check(raw: object, kind: type[T]) -> T:
    """Turn decoded JSON into `kind`, or raise `Invalid` with every wrong field."""
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError:
        raise Invalid(problems(raw, kind)) from None


def problems(raw: object, kind: Any, path: str = "") -> list[FieldError]:
    """List what is wrong with `raw` as a `kind`, each with its path; empty when all is well."""
    kind = _bare(kind, raw)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(raw, dict):
        return _struct_problems(raw, kind, path)
    item = _item(kind)
    if item is not None and isinstance(raw, list):
        found = [p for i, value in enumerate(raw) for p in problems(value, item, f"{path}[{i}]")]
        return found or _whole(raw, kind, path)
    return _whole(raw, kind, path)


def _struct_problems(raw: dict[Any, Any], kind: type[msgspec.Struct], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    fields = _fields(kind)
    for name, field in fields.items():
        place = f"{path}.{name}" if path else name
        if name in raw:
            found += problems(raw[name], field.type, place)
        elif field.required:
            found.append(FieldError(place, "required", _("This is needed.")))
    if kind.__struct_config__.forbid_unknown_fields:
        unknown = [str(name)[:80] for name in raw if name not in fields]
        found += [
            FieldError(f"{path}.{name}" if path else name, "unknown", _("There is no such field.")) for name in unknown
        ]
    return found or _whole(raw, kind, path)


def _whole(raw: object, kind: Any, path: str) -> list[FieldError]:
    try:
        msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        return [_field_error(path, str(error))]
    return []


def _field_error(path: str, message: str) -> FieldError:
    """Translate msgspec's sentence; the table lists its forms, the last line is for forms to come."""
    for fragment, code, detail in (
        ("length >= 1", "required", _("This is needed.")),
        ("length <=", "too_long", _("This is too long.")),
        ("length >=", "too_short", _("This is too short.")),
        ("matching regex", "format", _("This is not in the form we understand, or holds invisible characters.")),
        ("Expected `int`, got", "number", _("A number is needed here.")),
        ("`str` >=", "range", _("This is outside the range allowed.")),
        ("<=", "range", _("This is outside the range allowed.")),
        (">=", "range", _("This is outside the range allowed.")),
        ("Invalid enum value", "choice", _("Please choose one of the values offered.")),
        ("UUID", "format", _("This is not an identifier of ours.")),
        ("date", "format", _("A date or time is needed here, such as 2026-11-21T10:00:00+09:00.")),
        ("got `null`", "required", _("This is needed.")),
    ):
        if fragment in message:
            return FieldError(path, code, detail)
    return FieldError(path, "type", _("This value is of the wrong kind."))


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(kind)}


def _bare(kind: Any, raw: object) -> Any:
    """Look through `X | None` so that a nested Struct is walked; a null stays with the union."""
    if get_origin(kind) in {typing.Union, types.UnionType}:
        others = [k for k in get_args(kind) if k is not type(None) and k is not msgspec.UnsetType]
        if raw is not None and len(others) == 1:
            return others[0]
    return kind


def _item(kind: Any) -> Any:
    """Return the item type of a `list[X]` or a `tuple[X, ...]`, looking through `Annotated`, else None."""
    if get_origin(kind) is Annotated:
        return _item(get_args(kind)[0])
    args = get_args(kind)
    is_list = get_origin(kind) is list or (get_origin(kind) is tuple and args[-1] is Ellipsis)
    return args[0] if is_list else None
