"""A thousand random things that a city does to its feed, each read over HTTP, beside an oracle."""

import datetime as dt
import random
from dataclasses import dataclass, field, replace

import pytest

from app.core.db import fetch
from app.exchange.merging import waiting
from app.exchange.merging.deciding import decide_missing, decide_vanishing
from app.people.roles import Principal
from tests.clock import NOW
from tests.exchange.pulling.feeds import HEAD, TAIL, moment
from tests.exchange.pulling.oracle import File, Oracle, Told
from tests.exchange.pulling.partners import FEED, Partner

OFFICER = Principal(role="officer")
MINUTE = dt.timedelta(minutes=1)
A_DAY = 24 * 60
WORDS = ("花火大会", "マルシェ", "Jazz am Hafen", "講演会①", "展覧会髙﨑", "マラソン🏃")
OPERATIONS = (
    *("add",) * 6, *("change",) * 6, *("change_quietly",) * 3, *("sequence_back",) * 2, *("stamp",) * 3, "move",
    *("delete",) * 3, "delete_many", *("restore",) * 2, *("replay",) * 3, *("truncated",) * 4, "half", "html", "500",
    "empty", "no_events", "twice", "officer_keeps", "officer_withdraws",
)  # fmt: skip


@dataclass
class Feed:
    """What a city holds, what it has deleted, and the files it has served; `minute` is now."""

    luck: random.Random
    events: dict[str, Told] = field(default_factory=dict)
    deleted: dict[str, Told] = field(default_factory=dict)
    served: list[tuple[Told, ...]] = field(default_factory=list)
    minute: int = 0
    born: int = 0

    def do(self, operation: str) -> None:
        """Change what the city holds; operations that only concern how it is served change nothing."""
        method = getattr(self, f"_{operation}", None)
        if method:
            method()

    def _add(self) -> None:
        for _ in range(self.luck.randint(1, 4)):
            start = self.minute + self.luck.randint(-2 * A_DAY, 40 * A_DAY)
            sequence, modified = self.luck.randint(0, 3), self.luck.choice([None, self.minute])
            uid, self.born = f"u{self.born}", self.born + 1
            self.events[uid] = Told(uid, self._title(), start, sequence, modified, self.minute)

    def _title(self) -> str:
        return f"{self.luck.choice(WORDS)} {self.luck.randint(1, 999)}"

    def _change(self) -> None:
        self._each(lambda one: replace(one, title=self._title(), sequence=one.sequence + 1, **self._when(one)))

    def _when(self, one: Told) -> dict[str, int | None]:
        return {"modified": one.modified if one.modified is None else self.minute, "stamp": self.minute}

    def _change_quietly(self) -> None:
        self._each(lambda one: replace(one, title=self._title()))

    def _sequence_back(self) -> None:
        self._each(lambda one: replace(one, title=self._title(), sequence=0, **self._when(one)))

    def _move(self) -> None:
        self._each(lambda one: replace(one, start=one.start + A_DAY, sequence=one.sequence + 1, **self._when(one)))

    def _stamp(self) -> None:
        self.events = {uid: replace(one, stamp=self.minute) for uid, one in self.events.items()}

    def _each(self, by: object) -> None:
        for uid in self._some(2):
            self.events[uid] = by(self.events[uid])  # type: ignore[operator]

    def _some(self, most: int) -> list[str]:
        return self.luck.sample(sorted(self.events), min(len(self.events), self.luck.randint(1, most)))

    def _delete(self) -> None:
        for uid in self._some(1):
            self.deleted[uid] = self.events.pop(uid)

    def _delete_many(self) -> None:
        for uid in self._some(max(1, len(self.events) * 2 // 3)):
            self.deleted[uid] = self.events.pop(uid)

    def _restore(self) -> None:
        for uid in self.luck.sample(sorted(self.deleted), min(len(self.deleted), 3)):
            self.events[uid] = replace(self.deleted.pop(uid), stamp=self.minute)


def text_of(one: Told) -> str:
    """Return an event as its feed has it."""
    at = {name: moment(NOW + minutes * MINUTE) for name, minutes in (("start", one.start), ("stamp", one.stamp))}
    lines = [
        "BEGIN:VEVENT",
        f"UID:{one.uid}",
        f"DTSTAMP:{at['stamp']}",
        f"SEQUENCE:{one.sequence}",
        *([] if one.modified is None else [f"LAST-MODIFIED:{moment(NOW + one.modified * MINUTE)}"]),
        f"DTSTART:{at['start']}",
        "DURATION:PT1H",
        f"SUMMARY:{one.title}",
        "END:VEVENT",
        "",
    ]
    return "\r\n".join(lines)


def body_of(events: tuple[Told, ...]) -> bytes:
    """Return a whole file."""
    return ("\r\n".join([*HEAD, ""]) + "".join(map(text_of, events)) + "\r\n".join([*TAIL, ""])).encode()


def cut(events: tuple[Told, ...], size: int) -> tuple[bytes, File]:
    """Return the first bytes of a file, and what is whole in them."""
    at, whole, half = len("\r\n".join([*HEAD, ""]).encode()), list[Told](), ""
    for one in events:
        ends = at + len(text_of(one).encode())
        if ends - len("\r\n") <= size:
            whole.append(one)
        elif at < size:
            half = text_of(one).encode()[: size - at].decode(errors="ignore").partition("UID:")[2].partition("\r")[0]
        at = ends
    return body_of(events)[:size], File(tuple(whole), whole=False, size=size, half=half, broken=size < len(HEAD[0]))


def serve(partner: Partner, feed: Feed, operation: str) -> File:
    """Let the city serve what it holds, in whatever state; return what that says."""
    events = tuple(feed.events.values())
    if operation == "replay" and feed.served:
        events = feed.luck.choice(feed.served)
    if operation == "half":
        events = events[: len(events) // 2]
    if operation == "twice" and feed.served:
        starts = {one.uid: one.start for one in events}  # copies of other times would be events of their own
        events = (*(one for one in feed.luck.choice(feed.served) if starts.get(one.uid) == one.start), *events)
    body, file = body_of(events), File(events, size=len(body_of(events)))
    if operation == "truncated":
        body, file = cut(events, feed.luck.randint(len(HEAD[0]) + 2, len(body) - len("END:VCALENDAR\r\n") - 1))
    elif operation in {"html", "empty", "500"}:
        body = {"html": b"<!doctype html><html>", "empty": b""}.get(operation, body)
        file = File(broken=True)
    elif operation == "no_events":
        body, file = body_of(()), File(size=len(body_of(())))
    else:
        feed.served.append(events)
    partner.city.serve(FEED, body, status=500 if operation == "500" else 200)
    return file


async def decide(partner: Partner, oracle: Oracle, now: dt.datetime, *, keep: bool) -> None:
    """Let an officer decide of all that waits."""
    decision = "keep" if keep else "withdraw"
    missing = await waiting.missing(partner.source, now=now)
    for one in missing:
        await decide_missing(event=one.id, decision=decision, by=OFFICER, now=now)  # type: ignore[arg-type]
    oracle.decide({one.event.uid for one in missing}, keep=keep)
    held = await waiting.held(partner.source)
    if held:
        await decide_vanishing(vanishing=held.id, decision=decision, by=OFFICER, now=now)  # type: ignore[arg-type]
        oracle.decide(set(oracle.waiting), keep=keep)


async def stored(partner: Partner) -> dict[str, tuple[str, int, int, str, bool]]:
    """Return what we hold, as `expected` does."""
    rows = await partner.rows("uid, title, sequence, starts_at, state, kept_at")
    return {
        row["uid"]: (
            row["title"],
            row["sequence"],
            round((row["starts_at"] - NOW) / MINUTE),
            row["state"],
            row["kept_at"] is not None,
        )
        for row in rows
    }


def expected(oracle: Oracle) -> dict[str, tuple[str, int, int, str, bool]]:
    return {
        uid: (one.told.title, one.told.sequence, one.told.start, one.state, one.kept)
        for uid, one in oracle.known.items()
    }


async def waits(partner: Partner) -> set[str]:
    held = await waiting.held(partner.source)
    if held is None:
        return set()
    rows = await fetch("SELECT uid FROM exchanged_event WHERE id = ANY($1::uuid[])", list(held.events))
    return {row["uid"] for row in rows}


@pytest.mark.parametrize(
    ("count", "seed"),
    [(15, 20261121), *(pytest.param(1000, seed, marks=pytest.mark.faults) for seed in (1, 2, 3))],
)
async def test_whatever_a_city_does_our_rows_are_those_of_the_oracle(fukuoka: Partner, count: int, seed: int) -> None:
    luck = random.Random(seed)  # not a secret
    feed, oracle = Feed(luck), Oracle()
    for n in range(count):
        feed.minute += luck.choice([1, 5, 60, 600])
        now = NOW + feed.minute * MINUTE
        operation = "add" if n == 0 else luck.choice(OPERATIONS)
        feed.do(operation)
        if operation.startswith("officer"):
            await decide(fukuoka, oracle, now, keep=operation == "officer_keeps")
        else:
            oracle.read(serve(fukuoka, feed, operation), feed.minute)
            await fukuoka.read(now=now)
        assert await stored(fukuoka) == expected(oracle), (n, operation)
        assert await waits(fukuoka) == oracle.waiting, (n, operation)
