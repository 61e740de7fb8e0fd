"""Whose ticket it is, what it says, where it is good: everything but time, entry rules and whereabouts."""

from msgspec.structs import replace

from app.attendance.judging.rules import Covered
from app.attendance.judging.verdict import Shown, State
from tests.vectors.world import (
    CITY,
    CLUB,
    CONCERT,
    FESTIVAL,
    FORUM,
    HALL,
    IN_HALL,
    ON_PIER,
    PARK,
    PIER,
    PIER_GATE,
    VIP_ID,
    Vector,
    asks,
    door,
    kind,
    no,
    yes,
)

INSIDE_HALL = State(inside=IN_HALL)
FAR = (Covered(FORUM, CITY, PARK), Covered(CONCERT, CLUB, PIER))
EVENTS = {"events": [str(CONCERT)]}

VALID = [
    yes("valid", "on site"),
    yes("valid", "on site and on line", product=kind(mode="hybrid")),
    yes("valid", "living here", residence="JP"),
    yes("valid", "the first generation", generation=0, shown=Shown(12, 0)),
    yes("valid", "the last generation", generation=255, shown=Shown(12, 255)),
    yes("valid", "a venue without a capacity", gate=door(capacity=None, inside=0)),
    yes("valid", "another event that the pass opens", gate=PIER_GATE),
    yes("valid", "an event without a venue", product=kind(covers=(Covered(FESTIVAL, CITY),))),
    yes("valid", "held somewhere else than its gate", product=kind(covers=(Covered(FESTIVAL, CITY, PARK),))),
    yes("valid", "leaving", direction="exit", state=INSIDE_HALL),
    yes("valid", "a hybrid pass leaves", direction="exit", state=INSIDE_HALL, product=kind(mode="hybrid")),
]

STATUS = [
    ("canceled", "canceled", "canceled"),
    ("blocked", "blocked", "blocked"),
    ("unpaid", "unpaid", "unpaid"),
    ("unapproved", "unapproved", "unapproved"),
    ("unapproved", "waiting", "unapproved"),
    ("unapproved", "offered", "unapproved"),
    ("blocked", "in a state that is not known here", "blocked"),
]
"""Situation, state of the ticket, reason."""

STATUSES = [
    vector
    for situation, status, reason in STATUS
    for vector in (
        no(situation, f"{status} does not come in", reason, status=status),
        no(situation, f"{status} does not come in at another event", reason, status=status, gate=PIER_GATE),
        yes(situation, f"{status} may leave", status=status, direction="exit", state=INSIDE_HALL),
        no(situation, f"{status} cannot leave from outside", "not_inside", status=status, direction="exit"),
    )
]

CODES = [
    no("wrong convention", "another convention's code", "wrong_convention", shown=Shown(reason="wrong_convention")),
    no("wrong convention", "another convention's ticket", "wrong_convention", product=kind(convention=13)),
    no("wrong convention", "signed for another, in no book", "wrong_convention", shown=Shown(13, 0), listed=False),
    no("wrong convention", "does not leave either", "wrong_convention", product=kind(convention=13), direction="exit",
       state=INSIDE_HALL),
    no("wrong convention", "in no book, leaving", "wrong_convention", shown=Shown(13, 0), listed=False,
       direction="exit"),
    no("valid", "a text that is no code", "bad_code", shown=Shown(reason="bad_code"), listed=False),
    no("valid", "a text that is no code, leaving", "bad_code", shown=Shown(reason="bad_code"), direction="exit",
       state=INSIDE_HALL),
    no("valid", "a forged code", "bad_signature", shown=Shown(reason="bad_signature")),
    no("valid", "a forged code, leaving", "bad_signature", shown=Shown(reason="bad_signature"), direction="exit",
       state=INSIDE_HALL),
    no("key rotation while off line", "a key that is not known here", "unknown_key", shown=Shown(reason="unknown_key")),
    no("key rotation while off line", "a leaked key signs what nobody has issued", "revoked", listed=False),
    no("key rotation while off line", "and that does not leave either", "revoked", listed=False, direction="exit"),
    yes("key rotation while off line", "issued under a key that is distrusted now: its code is known"),
    no("revoked", "withdrawn", "revoked", status="revoked"),
    no("revoked", "withdrawn, leaving", "revoked", status="revoked", direction="exit", state=INSIDE_HALL),
    no("revoked", "withdrawn in every generation", "revoked", status="revoked", shown=Shown(12, 0)),
    no("revoked", "a generation that was never issued", "revoked", shown=Shown(12, 2)),
    no("revoked", "a generation that was never issued, leaving", "revoked", shown=Shown(12, 2), direction="exit",
       state=INSIDE_HALL),
    no("superseded", "the generation before", "superseded", shown=Shown(12, 0)),
    no("superseded", "many generations before", "superseded", shown=Shown(12, 3), generation=200),
    no("superseded", "the generation before, leaving", "superseded", shown=Shown(12, 0), direction="exit",
       state=INSIDE_HALL),
    no("superseded", "replaced and canceled", "superseded", shown=Shown(12, 0), status="canceled"),
    yes("superseded", "the new code", shown=Shown(12, 2), generation=2),
]  # fmt: skip

PLACES = [
    no("wrong organiser", "opens events of others alone", "wrong_organiser", EVENTS,
       product=kind(covers=(Covered(CONCERT, CLUB, PIER),))),
    no("wrong organiser", "held in the very same venue", "wrong_organiser", EVENTS,
       product=kind(covers=(Covered(CONCERT, CLUB, HALL),))),
    no("wrong organiser", "opens several events of others", "wrong_organiser",
       {"events": [str(CONCERT), str(FORUM)]},
       product=kind(covers=(Covered(FORUM, CLUB, PARK), Covered(CONCERT, CLUB, PIER)))),
    yes("wrong organiser", "but may leave", product=kind(covers=(Covered(CONCERT, CLUB, PIER),)), direction="exit",
        state=INSIDE_HALL),
    no("wrong venue", "opens another event of this organiser, elsewhere", "wrong_venue", {"venues": [str(PARK)]},
       product=kind(covers=(Covered(FORUM, CITY, PARK),))),
    no("wrong venue", "and events of others", "wrong_venue", {"venues": [str(PARK)]}, product=kind(covers=FAR)),
    no("wrong venue", "the other organiser is in this very venue", "wrong_venue", {"venues": [str(PARK)]},
       product=kind(covers=(Covered(FORUM, CITY, PARK), Covered(CONCERT, CLUB, HALL)))),
    no("wrong venue", "opens several events elsewhere", "wrong_venue", {"venues": [str(PIER), str(PARK)]},
       product=kind(covers=(Covered(FORUM, CITY, PARK), Covered(CONCERT, CITY, PIER)))),
    no("wrong venue", "two of them in one place", "wrong_venue", {"venues": [str(PARK)]},
       product=kind(covers=(Covered(FORUM, CITY, PARK), Covered(CONCERT, CITY, PARK)))),
    no("wrong venue", "opens an event that is nowhere yet", "wrong_venue", {"venues": []},
       product=kind(covers=(Covered(FORUM, CITY),))),
    yes("wrong venue", "but may leave", product=kind(covers=FAR), direction="exit", state=INSIDE_HALL),
    no("wrong ticket type", "opens another event in this venue", "not_entitled",
       product=kind(covers=(Covered(FORUM, CITY, HALL),))),
    no("wrong ticket type", "another event here, and one elsewhere", "not_entitled",
       product=kind(covers=(Covered(CONCERT, CITY, PARK), Covered(FORUM, CITY, HALL)))),
    no("wrong ticket type", "opens nothing", "not_entitled", product=kind(covers=())),
    no("wrong ticket type", "for the room on line", "not_entitled", product=kind(mode="online")),
    yes("wrong ticket type", "but may leave", product=kind(mode="online"), direction="exit", state=INSIDE_HALL),
    yes("wrong ticket type", "who has nothing to open may leave", product=kind(covers=()), direction="exit",
        state=INSIDE_HALL),
    no("event deleted or changed", "its event was taken out of the pass", "wrong_organiser", EVENTS,
       product=kind(covers=(Covered(CONCERT, CLUB, PIER),))),
    yes("event deleted or changed", "its event has moved to another venue",
        product=kind(covers=(Covered(FESTIVAL, CITY, PARK),))),
    yes("event deleted or changed", "its event has moved, others have not",
        product=kind(covers=(Covered(CONCERT, CLUB, PIER), Covered(FESTIVAL, CITY, PARK)))),
    yes("event deleted or changed", "its event has another organiser now", gate=door(organiser=CLUB),
        product=kind(covers=(Covered(FESTIVAL, CLUB, HALL),))),
    no("event deleted or changed", "the ticket still names the former one", "not_entitled",
       product=kind(covers=(Covered(FORUM, CITY, HALL),))),
    no("ticket type deleted or changed", "nothing is left of it", "not_entitled", product=kind(covers=())),
    no("ticket type deleted or changed", "on line only by now", "not_entitled", product=kind(mode="online")),
    yes("ticket type deleted or changed", "on site as well by now", product=kind(mode="hybrid")),
    yes("gate deleted or changed", "the gate belongs to another event now", gate=door(event=CONCERT)),
    no("gate deleted or changed", "the gate belongs to an event that the pass does not open", "not_entitled",
       gate=door(event=FORUM)),
]  # fmt: skip

GATE_RULES = [
    no("rules of a gate", "not through this door", "not_entitled", gate=door(rules=(asks(admits=False),))),
    no("rules of a gate", "nobody through this door", "not_entitled",
       gate=door(rules=(asks(product=None, admits=False),))),
    yes("rules of a gate", "others not through this door", gate=door(rules=(asks(product=VIP_ID, admits=False),))),
    yes("rules of a gate", "nobody but this type",
        gate=door(rules=(asks(product=None, admits=False), asks(admits=True)))),
    no("rules of a gate", "everybody but this type", "not_entitled",
       gate=door(rules=(asks(product=None, admits=True), asks(admits=False)))),
    no("rules of a gate", "everybody but this type, written the other way round", "not_entitled",
       gate=door(rules=(asks(admits=False), asks(product=None, admits=True)))),
    yes("rules of a gate", "a closed door lets people out", gate=door(rules=(asks(admits=False),)), direction="exit",
        state=INSIDE_HALL),
    no("rules of a gate", "a door does not open what the type does not", "not_entitled",
       gate=door(rules=(asks(admits=True),)), product=kind(covers=())),
    no("rules of a gate", "nor on site what is on line", "not_entitled", gate=door(rules=(asks(admits=True),)),
       product=kind(mode="online")),
    yes("rules of a gate", "a rule that asks nothing", gate=door(rules=(asks(),))),
]  # fmt: skip

MISSING = [
    no("residence missing", "nobody has asked", "residence_missing", residence=None),
    no("residence missing", "an empty answer", "residence_missing", residence=""),
    no("residence missing", "under free entry", "residence_missing", residence=None, product=kind(entry_rule="free")),
    yes("residence missing", "leaving all the same", residence=None, direction="exit", state=INSIDE_HALL),
]

FULL = [
    no("venue full", "one more would be too many", "venue_full", {"capacity": 100}, full=True),
    no("venue full", "however small", "venue_full", {"capacity": 1}, full=True, gate=door(capacity=1, inside=1)),
    no("venue full", "who is inside another venue", "venue_full", {"capacity": 100}, full=True,
       state=State(inside=ON_PIER)),
    no("venue full", "under any entry rule", "venue_full", {"capacity": 100}, full=True,
       product=kind(entry_rule="free")),
    no("venue full", "nobody knows how many there may be", "venue_full", full=True, gate=door(capacity=None)),
    yes("venue full", "who is in this venue already takes no new place", full=True,
        state=State(inside=replace(IN_HALL, event=FORUM))),
    yes("venue full", "nor does who comes in once more", full=True, state=INSIDE_HALL, product=kind(entry_rule="free")),
    yes("venue full", "leaving", full=True, direction="exit", state=INSIDE_HALL),
    yes("venue full", "leaving another place", full=True, direction="exit", state=State(inside=ON_PIER),
        gate=PIER_GATE),
]  # fmt: skip

VECTORS: list[Vector] = [*VALID, *STATUSES, *CODES, *PLACES, *GATE_RULES, *MISSING, *FULL]
