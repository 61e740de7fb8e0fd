"""A form that makes a row makes one."""

from uuid import UUID, uuid4

import msgspec

from app.core.once import row_id


class Asked(msgspec.Struct):
    title: str


def test_same_form_with_the_same_content_is_the_same_row() -> None:
    form, by = uuid4(), uuid4()
    made = row_id(form, Asked("a"), by)
    assert made == row_id(form, Asked("a"), by)
    assert (
        len({made, row_id(form, Asked("b"), by), row_id(uuid4(), Asked("a"), by), row_id(form, Asked("a"), None)}) == 4
    )


def test_nobody_chooses_an_id() -> None:
    form = UUID(int=1)
    assert row_id(form, Asked("a"), None) != form


def test_without_a_form_each_sending_is_a_row() -> None:
    assert row_id(None, Asked("a"), None) != row_id(None, Asked("a"), None)
