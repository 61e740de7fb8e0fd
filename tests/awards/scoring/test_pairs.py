"""Rounds of pairs and of ranks: what is asked, what is kept, what counts."""

from collections import Counter
from itertools import combinations
from uuid import UUID

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.reach import any_round
from app.awards.scoring import orders, pairs
from app.core.db import fetch
from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.scoring.desks import Planted, at_desk, planted
from tests.clock import Clock
from tests.doors import value

IDS = [UUID(int=n) for n in range(1, 13)]


@pytest.mark.parametrize("n", range(13))
def test_tournament_asks_every_pair_once(n: int) -> None:
    found = pairs.tournament(IDS[:n])
    assert sorted(pairs.ordered(*pair) for pair in found) == sorted(combinations(IDS[:n], 2))


@given(st.integers(2, 12), st.data())
def test_tournament_is_fair_wherever_it_stops(n: int, data: st.DataObject) -> None:
    found = pairs.tournament(IDS[:n])
    stop = data.draw(st.integers(0, len(found)))
    met = Counter(dict.fromkeys(IDS[:n], 0))
    met.update(one for pair in found[:stop] for one in pair)
    assert max(met.values()) - min(met.values()) <= 2 if n % 2 else max(met.values()) - min(met.values()) <= 1


def test_sides_change() -> None:
    first = Counter(pair[0] for pair in pairs.tournament(IDS[:8]))
    assert all(2 <= first[one] <= 5 for one in IDS[:8])


async def test_pairs_one_after_the_other(app: Frame, rollback: None) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=1)
    address = f"{where.desk}/pairs"
    async with at_desk(app, where) as judge:
        for n in range(3):
            html = (await judge.get(address)).text
            assert f"{n} / 3" in html
            first, second = _asked(html)
            better = [first, second, None][n]
            form = {"first": first, "second": second} | ({"better": better} if better else {"tie": "yes"})
            answer = await judge.post(address, data=form)
            assert answer.status_code == 303
        assert answer.headers["location"] == f"{where.desk}?done=saved"
        assert "Everything compared" in (await judge.get(address)).text
    found = await pairs.comparisons(await any_round(where.field.round))
    assert [one.better is None for one in found].count(True) == 1
    assert all(one.first < one.second for one in found)


def _asked(html: str) -> tuple[str, str]:
    return tuple(html.partition(f'name="{name}" value="')[2][:36] for name in ("first", "second"))  # type: ignore[return-value]


async def compare(http: httpx.AsyncClient, where: Planted, a: UUID, b: UUID, better: UUID | None) -> int:
    form = {"first": str(a), "second": str(b)} | ({"better": str(better)} if better else {})
    return (await http.post(f"{where.desk}/pairs", data=form)).status_code


async def test_mind_may_be_changed_until_the_end(app: Frame, rollback: None, clock: Clock) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=1)
    a, b, _c = (entry.id for entry in where.field.entries)
    async with at_desk(app, where) as judge:
        assert await compare(judge, where, a, b, a) == 303
        assert await compare(judge, where, b, a, b) == 303
        clock.forward(days=7)
        assert await compare(judge, where, a, b, None) == 409
    assert await value("SELECT better FROM comparison") == b
    assert await value("SELECT count(*) FROM comparison") == 1


async def test_only_own_pairs(app: Frame, rollback: None) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=1)
    other = await planted(slug="other-2026", method="pairs")
    a, b, c = (entry.id for entry in where.field.entries)
    await fetch("DELETE FROM declaration WHERE entry = $1", c)
    async with at_desk(app, where) as judge:
        assert await compare(judge, where, a, other.field.entries[0].id, a) == 404
        assert await compare(judge, where, a, c, a) == 404
        assert await compare(judge, where, a, a, a) == 404
        assert await compare(judge, where, a, b, c) == 422
    assert await value("SELECT count(*) FROM comparison") == 0


async def test_comparisons_of_a_recused_judge_do_not_count(app: Frame, rollback: None) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=1)
    a, b, c = (entry.id for entry in where.field.entries)
    async with at_desk(app, where) as judge:
        for pair in ((a, b), (b, c)):
            await compare(judge, where, *pair, pair[0])
    await planting.recuse(where.field.judges[0].id, c)
    found = await pairs.comparisons(await any_round(where.field.round))
    assert [(one.first, one.second, one.better) for one in found] == [(*pairs.ordered(a, b), a)]


async def test_methods_do_not_mix(app: Frame, rollback: None) -> None:
    where = await planted()
    a, b, *_ = (entry.id for entry in where.field.entries)
    async with at_desk(app, where) as judge:
        assert await compare(judge, where, a, b, a) == 404
        assert (await judge.get(f"{where.desk}/pairs")).status_code == 404
        assert (await judge.get(f"{where.desk}/order")).status_code == 404
        form = {"entries": [str(entry.id) for entry in where.field.entries], "revision": "0"}
        assert (await judge.post(f"{where.desk}/order", data=form)).status_code == 404


# Orders


async def test_order_by_buttons(app: Frame, rollback: None) -> None:
    where = await planted(method="ranks", entries_count=3, judges_count=1)
    a, b, c = (entry.id for entry in where.field.entries)
    async with at_desk(app, where) as judge:
        form = {"entries": [str(a), str(b), str(c)], "revision": "0", "move": f"up.{c}"}
        answer = await judge.post(f"{where.desk}/order", data=form)
        assert answer.headers["location"] == f"{where.desk}/order#entry-{c}"
        assert await orders.ballots(await any_round(where.field.round)) == []
        form = {"entries": [str(a), str(c), str(b)], "revision": "1", "action": "submit"}
        assert (await judge.post(f"{where.desk}/order", data=form)).status_code == 303
        html = (await judge.get(f"{where.desk}/order")).text
    assert [html.index(str(one)) for one in (a, c, b)] == sorted(html.index(str(one)) for one in (a, b, c))
    (found,) = await orders.ballots(await any_round(where.field.round))
    assert (found.pseudonym, found.entries) == ("J01", (a, c, b))


async def test_older_or_foreign_order_is_refused(app: Frame, rollback: None) -> None:
    where = await planted(method="ranks", entries_count=3, judges_count=1)
    ids = [str(entry.id) for entry in where.field.entries]
    async with at_desk(app, where) as judge:
        for entries, revision, status in (
            (ids, "7", 409),
            (ids, "0", 303),
            (ids[::-1], "0", 409),
            (ids[:2], "1", 409),
            ([*ids, ids[0]], "1", 409),
            (ids, "7", 409),
            (ids[::-1], "1", 303),
        ):
            form = {"entries": entries, "revision": revision}
            assert (await judge.post(f"{where.desk}/order", data=form)).status_code == status, (entries, revision)
    assert await value("SELECT revision FROM rank_ballot") == 2


async def test_order_follows_the_assignments(app: Frame, rollback: None) -> None:
    where = await planted(method="ranks", entries_count=3, judges_count=1)
    a, b, c = (entry.id for entry in where.field.entries)
    async with at_desk(app, where) as judge:
        form = {"entries": [str(c), str(a), str(b)], "revision": "0", "action": "submit"}
        await judge.post(f"{where.desk}/order", data=form)
        await planting.recuse(where.field.judges[0].id, a)
        (late,) = await planting.entries(where.field.category, [planting.body("Late")])
        await fetch("UPDATE award_entry SET pinned = $2 WHERE id = $1", late.id, late.version)
        await planting.assign(where.field.round, [(late.id, where.field.judges[0].id)])
        html = (await judge.get(f"{where.desk}/order")).text
    assert str(a) not in html
    assert ">New</span>" in html
    (found,) = await orders.ballots(await any_round(where.field.round))
    assert found.entries == (c, b)


@pytest.mark.parametrize(("by", "wanted"), [(-1, "acb"), (-9, "cab"), (1, "abc"), (0, "abc")])
def test_moved(by: int, wanted: str) -> None:
    names = dict(zip("abc", IDS, strict=False))
    assert orders.moved([names[one] for one in "abc"], names["c"], by) == tuple(names[one] for one in wanted)


@pytest.mark.parametrize(
    ("first", "second", "better"),
    [(2, 1, None), (1, 1, None), (1, 2, 3)],
)
async def test_database_refuses_a_pair_that_is_none(
    rollback: None, first: int, second: int, better: int | None
) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=1)
    ids = sorted(entry.id for entry in where.field.entries)
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(
            "INSERT INTO comparison (id, round, judge, first, second, better, made_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, now())",
            where.field.round,
            where.field.judges[0].id,
            ids[first - 1],
            ids[second - 1],
            ids[better - 1] if better else None,
        )
