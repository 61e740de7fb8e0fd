"""Pairs and orders as JSON: the same sent twice is there once, and nobody reaches what is not his."""

import pytest

from app.core.web.frame import Frame
from tests.awards import planting
from tests.awards.scoring.desks import at_desk, planted
from tests.doors import value

pytestmark = pytest.mark.usefixtures("rollback")


async def test_pairs_are_listed_compared_and_compared_anew(app: Frame) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=2)
    async with at_desk(app, where) as judge:
        listed = (await judge.get(f"{where.api}/pairs")).json()
        assert (listed["done"], listed["all"], [one["compared"] for one in listed["pairs"]]) == (0, 3, [False] * 3)
        first, second = listed["pairs"][0]["first"], listed["pairs"][0]["second"]
        for address, better in (
            (f"{first}/{second}", first),
            (f"{first}/{second}", first),
            (f"{second}/{first}", None),
            (f"{first}/{second}", second),
        ):
            answer = await judge.put(f"{where.api}/pairs/{address}", json={"better": better})
            assert (answer.status_code, answer.json()["better"]) == (200, better), answer.text
        listed = (await judge.get(f"{where.api}/pairs")).json()
        assert (listed["done"], listed["pairs"][0]["better"]) == (1, second)
        assert await value("SELECT count(*) FROM comparison") == 1
        (third,) = {str(entry.id) for entry in where.field.entries} - {first, second}
        strange = await judge.put(f"{where.api}/pairs/{first}/{second}", json={"better": third})
        assert strange.status_code == 422
    async with at_desk(app, where, 1) as other:
        assert (await other.get(f"{where.api}/pairs")).json()["done"] == 0


async def test_pair_that_is_not_the_judges_is_not_found(app: Frame) -> None:
    where = await planted(method="pairs", entries_count=3, judges_count=1)
    a, b = (entry.id for entry in where.field.entries[:2])
    await planting.recuse(where.field.judges[0].id, a)
    async with at_desk(app, where) as judge:
        assert (await judge.put(f"{where.api}/pairs/{a}/{b}", json={"better": str(b)})).status_code == 404
        await planting.close_round(where.field.round)
        c = where.field.entries[2].id
        assert (await judge.put(f"{where.api}/pairs/{b}/{c}", json={"better": None})).status_code == 409


async def test_order_is_kept_by_revision_and_sent_twice_is_there_once(app: Frame) -> None:
    where = await planted(method="ranks", entries_count=3, judges_count=1)
    ids = [str(entry.id) for entry in where.field.entries]
    async with at_desk(app, where) as judge:
        shown = await judge.get(f"{where.api}/order")
        assert (shown.headers["etag"], shown.json()["entries"], shown.json()["submitted_at"]) == ('"0"', ids, None)
        assert (await judge.put(f"{where.api}/order", json={"entries": ids})).status_code == 428
        for body, seen, status, revision in (
            ({"entries": ids[::-1]}, 0, 200, 1),
            ({"entries": ids[::-1]}, 0, 200, 1),
            ({"entries": ids}, 0, 409, None),
            ({"entries": ids[:2]}, 1, 422, None),
            ({"entries": ids, "submit": True}, 1, 200, 2),
            ({"entries": ids, "submit": True}, 1, 200, 2),
        ):
            answer = await judge.put(f"{where.api}/order", json=body, headers={"if-match": f'"{seen}"'})
            assert answer.status_code == status, (body, answer.text)
            assert revision is None or (answer.headers["etag"], answer.json()["revision"]) == (
                f'"{revision}"',
                revision,
            )
        assert answer.json()["submitted_at"] is not None
    assert await value("SELECT revision FROM rank_ballot") == 2


@pytest.mark.parametrize(("method", "part"), [("scores", "pairs"), ("ranks", "pairs"), ("pairs", "order")])
async def test_rounds_of_another_method_have_none(app: Frame, method: str, part: str) -> None:
    where = await planted(method=method, entries_count=2, judges_count=1)
    ids = [str(entry.id) for entry in where.field.entries]
    async with at_desk(app, where) as judge:
        assert (await judge.get(f"{where.api}/{part}")).status_code == 404
        address = f"{where.api}/pairs/{ids[0]}/{ids[1]}" if part == "pairs" else f"{where.api}/order"
        body = {"better": None} if part == "pairs" else {"entries": ids}
        assert (await judge.put(address, json=body, headers={"if-match": '"0"'})).status_code == 404
