"""Ids under which people are sent to platforms: they name nobody, and come back as who they were."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.online.reports.opaque import Holding, address, is_like_one, opaque_id, opened

EVENT, OTHER = UUID(int=1), UUID(int=2)
ids = st.uuids()


@given(ids, ids)
def test_an_id_comes_back_as_who_it_was(ticket: UUID, person: UUID) -> None:
    holding = Holding(ticket, person)
    said = address(holding, event=EVENT)
    assert opened(said, event=EVENT) == holding
    assert opened(f"Guest <{said.upper()}>", event=EVENT) == holding
    assert opened(opaque_id(holding, event=EVENT), event=EVENT) == holding


@given(ids, ids)
def test_an_id_shows_nobody_and_not_that_two_events_share_a_guest(ticket: UUID, person: UUID) -> None:
    one, two = (opaque_id(Holding(ticket, person), event=event) for event in (EVENT, OTHER))
    assert one != two
    assert opened(one, event=OTHER) != Holding(ticket, person)
    assert not {ticket.hex[:8], person.hex[:8]} & {one[2:10], one[-8:]}


def test_two_tickets_of_one_person_have_nothing_in_common() -> None:
    person = uuid4()
    one, two = (opaque_id(Holding(uuid4(), person), event=EVENT) for _ in range(2))
    assert one[2:28] != two[2:28]
    assert one[28:] != two[28:]


def test_an_id_is_a_mail_address_that_platforms_take() -> None:
    said = address(Holding(uuid4(), uuid4()), event=EVENT)
    local, _, domain = said.partition("@")
    assert len(local) == 54  # of 64 that an address may have
    assert domain == "join.test"
    assert said == said.lower()


@pytest.mark.parametrize(
    "text", ["", "t-abc", "t-abc@example.org", "at-" + "a" * 52, "t-" + "a" * 53, "li.na@join.test"]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert opened(text, event=EVENT) is None


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("t-abc@join.test", True),
        ("t-" + "a" * 40, True),
        ("t-" + "1" * 52 + "@join.test", True),
        ("t-shirt", False),
        ("t-bone@example.org", False),
        ("pat-abc@join.test", False),
    ],
)
def test_what_wants_to_be_an_id_is_told_from_an_address(text: str, like: bool) -> None:  # noqa: FBT001
    assert is_like_one(text) is like
