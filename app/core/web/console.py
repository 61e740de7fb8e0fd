"""What the forms of the consoles have in common: rows that come and go, several of a kind, moments, and the notice."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Response

from app.core.web.pages import see_other

MOST_ROWS = 100


def done(address: str, key: str) -> Response[bytes]:
    """Send the browser on after a form; the page it comes to says the words of `key`, such as `saved`."""
    return see_other(f"{address}{'&' if '?' in address else '?'}{urlencode({'done': key})}")


def listed(form: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the form with these fields as lists: one ticked box comes as a string, none does not come at all."""
    return form | {name: _list(form.get(name)) for name in names}


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def timed(form: dict[str, Any], zone: str, *names: str) -> dict[str, Any]:
    """Return the form with these `datetime-local` fields as moments with the offset of `zone`.

    What cannot be read stays as it is, so that `check` names it.
    """
    return form | {name: _moment(form[name], zone) for name in names if name in form}


def _moment(typed: Any, zone: str) -> Any:
    try:
        return dt.datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (TypeError, ValueError):
        return typed


def typed_moment(moment: dt.datetime | None, zone: str) -> str:
    """Return a moment as a `datetime-local` field holds it, by the clocks of `zone`."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if moment else ""


def change_rows(form: dict[str, Any]) -> bool:
    """Do what the buttons of `row_fields` say (`add.NAME`, `remove.NAME.2`); return whether one of them was pressed.

    The form is then shown again rather than saved. `action` leaves the form in any case.
    """
    verb, _, rest = str(form.pop("action", "")).partition(".")
    name, _, number = rest.partition(".")
    rows = form.get(name, [])
    if verb not in {"add", "remove"} or not name or not isinstance(rows, list):
        return False
    if verb == "add":
        form[name] = [*rows, {}][:MOST_ROWS]
    else:
        form[name] = [row for n, row in enumerate(rows) if str(n) != number]
    return True
