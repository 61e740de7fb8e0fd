"""Forms that make a row make one, however often they are sent: by two clicks, or again after the back button."""

from uuid import UUID, uuid4, uuid5

import msgspec


def row_id(form: UUID | None, asked: msgspec.Struct, by: UUID | None) -> UUID:
    """Return the id of the row that a form makes: the same whenever somebody sends the same form with the same content.

    `form` was drawn when the form was shown. Whoever goes back and writes something else makes another row; nobody
    chooses an id. Without `form` each sending is a new one.
    """
    return uuid4() if form is None else uuid5(form, f"{by} {msgspec.json.encode(asked).decode()}")
