"""The jury's minutes: appended, without anybody who has a tie in the room, with a reason for every other order."""

import datetime as dt
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from app.awards.deciding.carrying import carried
from app.awards.deciding.deliberating import Deliberated, deliberate
from app.awards.deciding.errors import NotClosed, ReleaseStands
from app.awards.deciding.minutes import decision, minutes_of
from app.awards.reach import any_round
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import Invalid
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Principal
from tests.awards import planting
from tests.awards.deciding.judged import ranked, round_with
from tests.awards.planting import Field
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value

pytestmark = pytest.mark.usefixtures("http")

_RELEASE = """
INSERT INTO award_release (id, round, proposed_by, proposed_at, bundle, digest, result)
VALUES ($1, $2, $3, $4, '', '', '{}')
"""
ADVISED = {6: 1, 1: 2, 2: 3, 5: 4, 3: 5, 4: 6}


async def who(field: Field) -> Principal:
    return await access.by_token(await planting.secretary(field.award), NOW)


def sent(field: Field, places: dict[int, int], **fields: Any) -> Deliberated:
    """Return minutes of the whole panel that give places to entries by their numbers."""
    ids = {entry.number: entry.id for entry in field.entries}
    by_number = {name: {ids[n]: said for n, said in fields.pop(name, {}).items()} for name in ("reasons", "out")}
    held = {
        "held_at": NOW,
        "chair": field.judges[0].id,
        "present": tuple(judge.id for judge in field.judges),
        "minutes": "We talked about each.",
    }
    return Deliberated(**{**held, **by_number, **fields}, places={ids[n]: place for n, place in places.items()})


async def keep(field: Field, places: dict[int, int], **fields: Any) -> int:
    found = await any_round(field.round)
    return await deliberate(principal=await who(field), found=found, sent=sent(field, places, **fields), now=NOW)


async def refused(field: Field, places: dict[int, int], **fields: Any) -> list[tuple[str, str]]:
    """Return what is wrong with minutes: fields with the numbers of entries, and codes."""
    with pytest.raises(Invalid) as error:
        await keep(field, places, **fields)
    numbers = {str(entry.id): str(entry.number) for entry in field.entries}
    return [
        (".".join(numbers.get(part, part) for part in one.field.split(".")), one.code) for one in error.value.errors
    ]


async def test_minutes_in_the_order_advised_need_no_reason() -> None:
    field = await round_with()
    number = await keep(field, ADVISED)
    found = await decision(await any_round(field.round))
    assert found is not None
    assert (found.id, found.minutes, found.decision.chair) == (number, "We talked about each.", field.judges[0].id)
    assert [place for _entry, place in found.decision.places] == [1, 2, 3, 4, 5, 6]
    assert set(found.present) == {judge.id for judge in field.judges}
    row = await fetch_one("SELECT subject, detail FROM audit_entry WHERE action = 'award_round.decide'")
    assert row is not None
    assert row["subject"] == f"award:{field.award}"
    assert set(msgspec.json.decode(row["detail"])) == {"round", "minutes", "present", "placed", "inputs"}


async def test_another_order_needs_a_reason_at_one_of_the_two() -> None:
    field = await round_with(("554", "332", "111"))
    assert await refused(field, {2: 1, 1: 2, 3: 3}) == [("reasons.2", "required")]
    await keep(field, {2: 1, 1: 2, 3: 3}, reasons={1: "Its measurements were withdrawn."})
    assert await refused(field, {1: 1, 2: 1, 3: 3}) == [("reasons.2", "required")]
    assert await refused(field, {3: 1}, reasons={3: "   "}) == [("reasons.3", "required")]


async def test_entries_that_the_scores_cannot_tell_apart_may_change_places() -> None:
    field = await round_with(("554", "545", "111"))
    await keep(field, {2: 1, 1: 2, 3: 3})
    await keep(field, {1: 1, 2: 1, 3: 3})


async def test_places_leave_out_as_many_as_are_shared() -> None:
    field = await round_with(("554", "545", "111"))
    assert await refused(field, {1: 1, 2: 1, 3: 2}) == [("places.3", "range")]
    assert await refused(field, {1: 2}) == [("places.1", "range")]
    await keep(field, {})


async def test_who_has_a_tie_must_be_out_of_the_room_for_that_entry() -> None:
    field = await round_with(("554", "332", "111"))
    tied = field.judges[1].id
    await planting.recuse(tied, field.entries[2].id)
    order = {1: 1, 2: 2, 3: 3}
    assert await refused(field, order) == [("out.3", "tie")]
    assert await refused(field, {1: 1, 2: 2}) == [("out.3", "tie")]
    assert await refused(field, order, out={3: (field.judges[2].id,)}) == [("out.3", "tie")]
    await keep(field, order, out={3: (tied,)})
    await keep(field, order, present=(field.judges[0].id, field.judges[2].id))


async def test_a_proposed_conflict_counts_as_a_tie_until_it_is_decided() -> None:
    field = await round_with(("554", "332", "111"))
    proposed = uuid4()
    await fetch(
        "INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, found_at)"
        " VALUES ($1, $2, $3, 'detected', 'organisation', 'proposed', '', $4)",
        proposed,
        field.judges[1].id,
        field.entries[0].id,
        NOW,
    )
    assert await refused(field, {1: 1, 2: 2, 3: 3}) == [("out.1", "tie")]
    await fetch("UPDATE conflict SET state = 'dismissed' WHERE id = $1", proposed)
    await keep(field, {1: 1, 2: 2, 3: 3})


async def test_somebody_must_be_in_the_room() -> None:
    field = await round_with(("554", "332", "111"))
    only = (field.judges[0].id,)
    out = {2: only}
    assert await refused(field, {1: 1, 2: 2}, present=only, out=out) == [("out.2", "empty")]
    await keep(field, {1: 1}, present=only, out=out, reasons={1: "The second could not be discussed."})
    assert await refused(field, {}, present=()) == [("present", "choice"), ("chair", "choice")]
    assert await refused(field, {}, present=(*only, uuid4())) == [("present", "choice")]
    assert await refused(field, {}, chair=field.judges[2].id, present=only) == [("chair", "choice")]


async def test_jury_may_meet_in_the_minute_in_which_the_round_opened() -> None:
    """Forms know no seconds."""
    field = await round_with(("554",), closed=False)
    later = await planting.round_(field.category, field.rubric, position=2)
    await planting.seats(later, field.judges)
    await planting.open_round(later, at=NOW + dt.timedelta(seconds=40))
    await planting.close_round(later)
    now = NOW + dt.timedelta(minutes=5)

    async def meet(at: dt.datetime) -> int:
        who_writes, found = await who(field), await any_round(later)
        return await deliberate(principal=who_writes, found=found, sent=sent(field, {}, held_at=at), now=now)

    with pytest.raises(Invalid) as error:
        await meet(NOW - dt.timedelta(milliseconds=1))
    assert [one.field for one in error.value.errors] == ["held_at"]
    assert await meet(NOW)


async def test_minutes_say_when_and_what_and_know_the_entries() -> None:
    field = await round_with(("554", "332", "111"))
    late, early = NOW + dt.timedelta(milliseconds=1), NOW - dt.timedelta(days=2)
    assert await refused(field, {}, held_at=late, minutes=" ") == [("held_at", "range"), ("minutes", "required")]
    assert await refused(field, {}, held_at=early) == [("held_at", "range")]
    stranger = uuid4()
    strange = msgspec.structs.replace(sent(field, {}), places={stranger: 1})
    with pytest.raises(Invalid) as error:
        await deliberate(principal=await who(field), found=await any_round(field.round), sent=strange, now=NOW)
    assert [(one.field, one.code) for one in error.value.errors] == [(f"places.{stranger}", "unknown")]


async def test_a_correction_is_appended_and_the_last_one_stands() -> None:
    field = await round_with(("554", "332", "111"))
    first = await keep(field, {1: 1, 2: 2, 3: 3})
    second = await keep(field, {1: 1, 2: 2}, reasons={3: "It leaves the competition."}, minutes="Corrected.")
    found = await any_round(field.round)
    assert [one.id for one in await minutes_of(found)] == [second, first]
    assert (await minutes_of(found))[0].minutes == "Corrected."
    for statement in ("UPDATE deliberation SET minutes = ''", "DELETE FROM deliberation"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await _inside(statement)


async def _inside(statement: str) -> None:
    async with transaction():
        await fetch(statement)


async def test_the_jury_decides_only_on_a_closed_round_without_a_standing_result() -> None:
    field = await round_with(closed=False)
    with pytest.raises(NotClosed):
        await keep(field, ADVISED)
    await planting.close_round(field.round)
    release = uuid4()
    await fetch(_RELEASE, release, field.round, (await who(field)).account, NOW)
    with pytest.raises(ReleaseStands):
        await keep(field, ADVISED)
    await fetch("UPDATE award_release SET withdrawn_at = $2 WHERE id = $1", release, NOW)
    await keep(field, ADVISED)
    await fetch("UPDATE award_round SET state = 'released' WHERE id = $1", field.round)
    with pytest.raises(ReleaseStands):
        await keep(field, ADVISED)


@pytest.mark.parametrize(
    ("carry", "count", "expected"),
    [("best", 2, [1, 2]), ("best", 1, [1]), ("all", 1, [1, 2, 3]), ("passed", 1, [1, 2])],
)
async def test_who_goes_on_follows_from_the_decision(carry: str, count: int, expected: list[int]) -> None:
    field = await round_with(("554", "332", "111"), carry=carry, carry_count=count)
    assert await carried(await any_round(field.round)) == []
    await keep(field, {1: 1, 2: 2})
    numbers = {entry.id: entry.number for entry in field.entries}
    assert [numbers[entry] for entry in await carried(await any_round(field.round))] == expected


async def test_whoever_shares_the_last_place_goes_on() -> None:
    field = await round_with(("554", "545", "111"), carry="best", carry_count=1)
    await keep(field, {1: 1, 2: 1, 3: 3})
    assert set(await carried(await any_round(field.round))) == {field.entries[0].id, field.entries[1].id}


async def test_who_passes_has_place_one() -> None:
    field = await round_with(("ppf", "pff", "ppp"), method="pass_fail", carry="passed")
    assert await refused(field, {1: 1, 3: 2}) == [("places.3", "range")]
    assert await refused(field, {1: 1, 2: 1, 3: 1}) == [("reasons.2", "required")]
    assert await refused(field, {2: 1, 3: 1}) == [("reasons.1", "required"), ("reasons.2", "required")]
    assert await refused(field, {1: 1}) == [("reasons.3", "required")]
    await keep(field, {1: 1, 3: 1})
    assert set(await carried(await any_round(field.round))) == {field.entries[0].id, field.entries[2].id}


def page(field: Field, *parts: str) -> str:
    return "/".join([f"/awards/{field.slug}/rounds/{field.round}/deliberation", *parts])


async def test_minutes_are_written_on_a_page_that_comes_filled_with_the_advice(app: Frame) -> None:
    field = await round_with()
    await planting.recuse(field.judges[2].id, field.entries[0].id)  # whom it did not judge
    mine = client(app, await planting.secretary(field.award))
    assert "Nothing is decided yet" in (await mine.get(page(field))).text
    asked = (await mine.get(page(field, "new"))).text
    ids = {entry.number: str(entry.id) for entry in field.entries}
    advised = {line.number: line.place for line in (await ranked(field)).lines}
    assert set(advised.values()) == {1, 2, 3, 4, 5, 6}
    for number, place in advised.items():
        assert f'name="places.{ids[number]}" type="number" min="1" inputmode="numeric" value="{place}"' in asked
    assert asked.count(f'name="out.{ids[1]}"') == 1
    form = {
        "held_at": "2026-11-21T10:00",
        "present": [str(judge.id) for judge in field.judges],
        "chair": str(field.judges[0].id),
        "minutes": "All of them were discussed.",
        **{f"places.{ids[number]}": str(place) for number, place in advised.items()},
    }
    back = await mine.post(page(field, "new"), data=form)
    assert back.status_code == 422
    assert "J03 has a tie to this entry" in back.text
    assert "All of them were discussed." in back.text
    kept = await mine.post(page(field, "new"), data={**form, f"out.{ids[1]}": str(field.judges[2].id)})
    assert kept.status_code == 303
    assert kept.headers["location"] == f"{page(field)}?done=decided"
    shown = (await mine.get(page(field))).text
    assert "All of them were discussed." in shown
    assert "J03 · Judge 3" in shown
    again = (await mine.get(page(field, "new"))).text
    assert "All of them were discussed." in again


async def test_nothing_typed_is_refused_with_everything_that_is_needed(app: Frame) -> None:
    field = await round_with()
    mine = client(app, await planting.secretary(field.award))
    answer = await mine.post(page(field, "new"), data={"held_at": "soon"})
    assert answer.status_code == 422
    assert await value("SELECT count(*) FROM deliberation") == 0
    assert 'id="chair-error"' in answer.text
    assert 'id="held_at-error"' in answer.text


async def test_a_page_says_when_it_is_too_early(app: Frame) -> None:
    field = await round_with(closed=False)
    mine = client(app, await planting.secretary(field.award))
    assert "This round is not closed yet" in (await mine.get(page(field, "new"))).text
    form = {
        "held_at": "2026-11-21T10:00",
        "present": str(field.judges[0].id),
        "chair": str(field.judges[0].id),
        "minutes": "Early.",
    }
    answer = await mine.post(page(field, "new"), data=form)
    assert answer.status_code == 422
    assert "This round is not closed yet" in answer.text


async def test_minutes_of_others_are_not_there(app: Frame) -> None:
    field = await round_with()
    other = client(app, await planting.secretary(await planting.award("other-2026")))
    judge = client(app, field.judges[0].token)
    for address in (page(field), page(field, "new")):
        assert (await other.get(address)).status_code == 404
        assert (await judge.get(address)).status_code == 403
    assert (await other.post(page(field, "new"), data={})).status_code == 404
