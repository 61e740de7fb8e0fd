"""Ledgers for tests: one entry by hand, and small random ledgers in which every rule has something to bite on."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from msgspec.structs import replace

from app.attendance.ledger_entry import Evidence

YEAR = 2026
OPENING = datetime(2026, 11, 14, 1, 0, tzinfo=UTC)  # 10:00 in Japan
RECORDED = datetime(2026, 11, 14, 3, 0, tzinfo=UTC)


def person(number: int) -> UUID:
    return UUID(int=number)


def event(number: int) -> UUID:
    return UUID(int=1000 + number)


def session(number: int) -> UUID:
    return UUID(int=2000 + number)


def ticket(number: int) -> UUID:
    return UUID(int=3000 + number)


def scan(position: int, who: int = 1, **changes) -> Evidence:
    """An admitted scan of a visitor from Singapore at a linked event's gate."""
    entry = Evidence(
        position=position,
        kind="scan",
        evidence_class="A",
        recorded_at=RECORDED,
        person=person(who),
        ticket=ticket(who),
        event=event(1),
        scope="linked",
        mode="on_site",
        scheduled_at=OPENING,
        starts_at=OPENING,
        ends_at=OPENING,
        role="visitor",
        residence="SG",
    )
    return replace(entry, **changes)


def stay(position: int, who: int = 1, *, begin: float = 0, minutes: float = 10, **changes) -> Evidence:
    """A visitor from Singapore on line, from `begin` minutes after the start of an hour's session."""
    start = OPENING + timedelta(minutes=begin)
    common = {
        "kind": "presence",
        "evidence_class": "C",
        "mode": "online",
        "session": session(1),
        "scheduled_minutes": 60,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=minutes),
    }
    return scan(position, who, **{**common, **changes})


def manual(position: int, who: int = 1, **changes) -> Evidence:
    signed = {"kind": "manual", "evidence_class": "B", "operator": "o-1", "reason": "code unreadable"}
    return scan(position, who, **{**signed, **changes})


def correction(position: int, kind: str, who: int = 1, **changes) -> Evidence:
    """A correction by an operator; it has no place in the programme."""
    entry = Evidence(
        position=position,
        kind=kind,
        evidence_class="B",
        recorded_at=RECORDED,
        person=person(who),
        role="",
        operator="o-1",
        reason="asked",
    )
    return replace(entry, **changes)


_TICKS = (0, 1, 2, 3, 9, 10, 11, 14, 15, 16, 19, 20, 21, 30, 59, 60, 61)  # of 30 s, around every bar
_STARTS = (
    OPENING,
    OPENING + timedelta(hours=3),
    OPENING + timedelta(days=1),
    datetime(2026, 11, 14, 14, 30, tzinfo=UTC),  # 23:30 in Japan
    datetime(2026, 11, 14, 15, 0, tzinfo=UTC),  # midnight in Japan
    datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC),  # the last second of the year
    datetime(2027, 3, 31, 15, 0, tzinfo=UTC),  # the first instant of the next
    datetime(2026, 3, 31, 15, 0, tzinfo=UTC),  # the first instant of the year
    datetime(2026, 3, 31, 14, 59, tzinfo=UTC),  # the minute before
)
_ROLES = ("visitor", "delegate", "student", "staff", "exhibitor", "press", "contractor", "test")
_LENGTHS = (10, 15, 19, 20, 60, None)


def _residence(rng: Random, who: int) -> str | None:
    usual = (None, "SG", "SG", "KR", "JP", None)[who]
    return usual if rng.random() < 0.9 else rng.choice(("SG", "JP", "TH", None))


def _base(rng: Random, position: int) -> dict:
    who = rng.randint(1, 5)
    number = rng.randint(1, 3)
    start = rng.choice(_STARTS) if rng.random() < 0.5 else OPENING
    held = rng.randint(0, 1)
    role = _ROLES[(who + 3 * held) % len(_ROLES)] if rng.random() < 0.5 else "visitor"
    return {
        "position": position,
        "recorded_at": RECORDED + timedelta(minutes=rng.randint(0, 3)),
        "person": person(who),
        "ticket": ticket(10 * who + held) if rng.random() < 0.9 else None,
        "event": event(number) if rng.random() < 0.97 else None,
        "scope": rng.choice(("core", "linked", "out", None))
        if rng.random() < 0.1
        else ("core", "linked", "linked")[number - 1],
        "scheduled_at": start if rng.random() < 0.97 else None,
        "role": role,
        "residence": _residence(rng, who),
    }


def _on_site(rng: Random, position: int) -> Evidence:
    fields = _base(rng, position)
    kind = rng.choice(("scan", "manual"))
    right = "A" if kind == "scan" else "B"
    signed = rng.random() < 0.7
    return Evidence(
        kind=kind,
        evidence_class=right if rng.random() < 0.9 else rng.choice("ABCDEFG"),
        mode="on_site" if rng.random() < 0.95 else rng.choice(("online", None)),
        starts_at=fields["scheduled_at"],
        ends_at=fields["scheduled_at"],
        operator="o-1" if signed or rng.random() < 0.3 else None,
        reason="forgot" if signed else None,
        **fields,
    )


def _online(rng: Random, position: int) -> Evidence:
    fields = _base(rng, position)
    kind = rng.choice(("presence", "import"))
    number = rng.randint(0, 5)
    begin = OPENING + timedelta(seconds=30 * rng.randint(0, 30))
    end = begin + timedelta(seconds=30 * rng.choice(_TICKS))
    if rng.random() < 0.04:
        begin, end = end, begin
    signed = rng.random() < 0.5
    meeting = number < 2 and rng.random() < 0.8
    return Evidence(
        kind=kind,
        evidence_class=("C" if kind == "presence" else rng.choice("DE"))
        if rng.random() < 0.9
        else rng.choice("ABCDEFG"),
        mode="online" if rng.random() < 0.95 else rng.choice(("on_site", None)),
        session=session(number) if rng.random() < 0.9 else None,
        scheduled_minutes=_LENGTHS[number] if rng.random() < 0.9 else rng.choice((0, 12, 60, None)),
        starts_at=begin if rng.random() < 0.97 else None,
        ends_at=end if rng.random() < 0.97 else None,
        other=person(rng.randint(1, 5)) if meeting else None,
        operator="o-1" if signed else None,
        reason="seen" if signed else None,
        **fields,
    )


def _correct(rng: Random, position: int) -> Evidence:
    who = rng.randint(1, 5)
    kind = rng.choice(("void", "void", "merge", "merge", "split", "residence", "role"))
    return correction(
        position,
        kind,
        who,
        recorded_at=RECORDED + timedelta(minutes=rng.randint(0, 3)),
        subject=rng.randint(0, position + 2) if kind in {"void", "split"} else None,
        other=person(rng.randint(1, 5)) if kind == "merge" else None,
        residence=rng.choice(("SG", "JP", "KR", None)) if kind == "residence" else None,
        role=rng.choice(_ROLES) if kind == "role" else "",
        ticket=ticket(10 * who + rng.randint(0, 1)) if kind == "role" and rng.random() < 0.7 else None,
        scheduled_at=rng.choice(_STARTS) if rng.random() < 0.1 else None,
    )


def random_ledger(rng: Random, *, most: int = 30, corrections: float = 0.2) -> list[Evidence]:
    """Up to `most` entries of five persons at three events; every rule's edge turns up somewhere."""
    ledger = []
    for position in range(1, rng.randint(1, most) + 1):
        if rng.random() < corrections:
            ledger.append(_correct(rng, position))
        else:
            ledger.append((_on_site if rng.random() < 0.3 else _online)(rng, position))
    return ledger
