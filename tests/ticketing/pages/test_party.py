"""The party of a form: people come and go."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ticketing.pages import party
from app.ticketing.schemas import LARGEST_PARTY

TYPES = ("pass", "day", "booth")
MEMBER = st.fixed_dictionaries(
    {"ticket_type": st.sampled_from(TYPES)}, optional={"name": st.sampled_from("林孫李"), "residence": st.just("SG")}
)
PARTY = st.lists(MEMBER, min_size=1, max_size=LARGEST_PARTY)
COUNTS = st.dictionaries(st.sampled_from(TYPES), st.integers(0, 12))


@given(PARTY, COUNTS)
def test_party_has_the_tickets_that_were_chosen_and_loses_nobody_without_need(
    people: list[dict[str, Any]], counts: dict[str, int]
) -> None:
    fitted = party.fitted(people, counts)

    assert party.counted(fitted, dict.fromkeys(TYPES)) == +Counter(counts)
    names = [m["name"] for m in people if "name" in m]
    kept = [m["name"] for m in fitted if "name" in m]
    typed = sum(1 for m in people if m.keys() & set(party.TYPED))
    assert len([m for m in fitted if m.keys() & set(party.TYPED)]) == min(typed, sum(counts.values()))
    assert not Counter(kept) - Counter(names)
    if sum(counts.values()) >= typed:
        assert kept == names


@given(PARTY, st.sampled_from(["add", "add.5", "remove", "remove.0", "remove.99", "copy", "names", "drop.0.x"]))
def test_party_has_always_one_to_forty_people(people: list[dict[str, Any]], action: str) -> None:
    changed = party.act(people, action, {"names": "A\n\n B \nC"})
    assert changed is not None
    assert 1 <= len(changed) <= LARGEST_PARTY


@pytest.mark.parametrize("action", ["", "send", "save", "adds", "copying", "__init__"])
def test_other_buttons_change_nobody(action: str) -> None:
    assert party.act([{}], action, {}) is None


def test_names_fill_the_nameless_first() -> None:
    people = [{"name": "李"}, {"ticket_type": "day"}, {"ticket_type": "pass"}]
    filled = party.act(people, "names", {"names": "林\n孫\n王"})
    assert filled is not None
    assert [(m.get("name"), m.get("ticket_type")) for m in filled] == [
        ("李", None), ("林", "day"), ("孫", "pass"), ("王", "pass"),
    ]  # fmt: skip


def test_what_others_typed_is_not_copied_over() -> None:
    people = [{"residence": "JP", "organisation": "A"}, {"organisation": "B"}, {"residence": "SG"}]
    copied = party.act(people, "copy", {})
    assert copied is not None
    assert [(m["residence"], m["organisation"]) for m in copied] == [("JP", "A"), ("JP", "B"), ("SG", "A")]


@pytest.mark.parametrize("bent", [None, "x", [], ["x"], {"a": 1}, [{"answers": "x"}], [{"answers": ["x"]}]])
def test_bent_party_is_a_party(bent: object) -> None:
    assert all("answers" not in m for m in party.members({"party": bent}))


def test_names_pasted_from_a_spreadsheet_hold_no_tabs() -> None:
    named = party.act([{}], "names", {"names": "山田\t太郎\n\t林\t\n\n"})
    assert named is not None
    assert [m["name"] for m in named] == ["山田 太郎", "林"]
