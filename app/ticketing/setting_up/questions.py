"""Questions of the registration form: an organiser's about one event, the city's about the whole convention."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import Text, text
from app.core.i18n import gettext as _
from app.events import changes, desk
from app.events.edits import Lines
from app.events.errors import StillNeeded
from app.events.owned import Held
from app.events.slugs import candidates, proposal
from app.people.roles import Principal
from app.ticketing.registering import offers
from app.ticketing.schemas import Option, ShownWhen
from app.ticketing.setting_up import choices, ticket_types
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up.edits import NewQuestion, QuestionEdit
from app.ticketing.setting_up.repeats import made_before

CHOOSING = ("choice", "choices")
"""Kinds of questions with choices of their own."""
LEADING = (*CHOOSING, "yes_no")
"""Kinds of questions on whose answer another may hang."""
MOST = 40
"""Questions of one event; nobody answers more."""


class OwnQuestion(msgspec.Struct, frozen=True):
    """A question as whoever asks it works with it; without an `organiser` it is the city's, asked of everybody.

    `types` are the ticket types it is asked with, none for all; `answers` how many people have answered.
    """

    id: UUID
    organiser: UUID | None
    event: UUID | None
    slug: str
    position: int
    kind: str
    label: Text
    hint: Text
    options: list[Option]
    shown_when: ShownWhen | None
    required: bool
    keep_days: int
    retired_at: dt.datetime | None
    revision: int
    types: list[UUID]
    answers: int
    mine: bool = False

    @property
    def values(self) -> dict[str, str]:
        """The answers on which another question may hang, in words."""
        if self.kind == "yes_no":
            return {"yes": _("Yes"), "no": _("No")}
        return {o.value: text(o.label) for o in self.options}


_QUESTIONS = """
SELECT q.id, q.organiser, q.event, q.slug, q.position, q.kind, q.label, q.hint, q.options, q.shown_when, q.required,
  q.keep_days, q.retired_at, q.revision,
  (SELECT coalesce(jsonb_agg(u.ticket_type), '[]') FROM question_use u WHERE u.question = q.id) AS types,
  (SELECT count(*) FROM answer a WHERE a.question = q.id) AS answers
FROM question q WHERE q.convention = $1 AND (q.event = $2 OR q.event IS NULL)
"""
_JSON = ("label", "hint", "options", "shown_when", "types")


def _read(row: asyncpg.Record, principal: Principal) -> OwnQuestion:
    plain = {name: msgspec.json.decode(row[name]) for name in _JSON if row[name] is not None}
    return msgspec.convert({**dict(row), **plain, "mine": console.may_change(principal, row["organiser"])}, OwnQuestion)


async def of_event(*, event: UUID, principal: Principal) -> list[OwnQuestion]:
    """Return what somebody is asked whose ticket opens the event, in the order of the form; also what is retired.

    The city's questions come first. Raises `NotFound`.
    """
    at = await desk.own_event(principal=principal, event=event)
    return await _of(at, principal)


async def _of(at: Held, principal: Principal) -> list[OwnQuestion]:
    order = "ORDER BY q.event IS NOT NULL, q.position, q.slug"
    return [_read(row, principal) for row in await fetch(f"{_QUESTIONS} {order}", at.convention.id, at.event.id)]


async def own_question(*, event: UUID, question: UUID, principal: Principal) -> OwnQuestion:
    """Return a question that the principal may change, or raise `NotFound`."""
    at = await desk.own_event(principal=principal, event=event)
    row = await fetch_one(f"{_QUESTIONS} AND q.id = $3", at.convention.id, at.event.id, question)
    if row is None or not console.may_change(principal, row["organiser"]):
        raise NotFound
    return _read(row, principal)


async def add(*, event: UUID, edit: NewQuestion, principal: Principal, now: dt.datetime) -> UUID:
    """Add a question at the end and return its id; with `city` it is asked of everybody, for officers only.

    Raises `NotFound`, and `Invalid` with every wrong field. The same form sent again makes none.
    """
    made = once.row_id(edit.form, edit, principal.account)
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        if await made_before("question", made):
            return made
        if edit.city and not console.may_change(principal, None):
            raise NotFound
        others = await _of(at, principal)
        options, when = await _checked(edit, at, [q for q in others if q.event is None or not edit.city])
        if sum(q.organiser == at.event.organiser for q in others if q.retired_at is None) >= MOST:
            raise Invalid([FieldError("label", "too_many", _("These are too many questions for one form."))])
        await _insert(made, edit, options, when, at, retired_at=None)
        await _note(principal, "add", made, now)
        await _refresh(at, city=edit.city)
    offers.forget()
    return made


async def _checked(
    edit: QuestionEdit, at: Held, earlier: Sequence[OwnQuestion], old: OwnQuestion | None = None
) -> tuple[list[Option], ShownWhen | None]:
    """Return choices and condition as they are stored, or raise `Invalid` with every wrong field."""
    answered = old is not None and old.answers > 0
    kept = old.options if old and old.kind in CHOOSING else []
    options, errors = choices.read(edit.options, kept, fixed=answered) if edit.kind in CHOOSING else ([], [])
    if old and answered and edit.kind != old.kind:
        words = _("People have answered already, so the kind of the question stays.")
        errors = [FieldError("kind", "answered", words)]
    known = {t.id for t in await console.types_asked(at.convention.id, None if edit.city else at.event.id)}
    if not set(edit.types) <= known:
        errors.append(FieldError("types", "choice", _("There is no such ticket type.")))
    if edit.label == Lines():
        errors.append(FieldError("label", "required", _("This is needed.")))
    when, wrong = _condition(edit.shown, earlier)
    if errors + wrong:
        raise Invalid(errors + wrong)
    return options, when


def _condition(shown: Iterable[str], earlier: Sequence[OwnQuestion]) -> tuple[ShownWhen | None, list[FieldError]]:
    """Read the answers that lead to a question; they are those of one that is asked before it."""
    asked = {q.slug: q for q in earlier if q.kind in LEADING and q.retired_at is None}
    pairs = [words.partition(":")[::2] for words in shown]
    if not pairs:
        return None, []
    if any(slug not in asked or value not in asked[slug].values for slug, value in pairs):
        return None, [FieldError("shown", "choice", _("Please choose one of the values offered."))]
    if len({slug for slug, _value in pairs}) > 1:
        return None, [FieldError("shown", "several", _("Choose answers of one question only."))]
    return ShownWhen(pairs[0][0], [value for _slug, value in pairs]), []


_INSERT = """
INSERT INTO question (id, convention, organiser, event, slug, position, kind, label, hint, options, shown_when,
  required, keep_days, retired_at, revision)
VALUES ($1, $2, $3, $4, $5, (SELECT coalesce(max(position), 0) + 1 FROM question WHERE convention = $2
  AND event IS NOT DISTINCT FROM $4), $6, $7, $8, $9, $10, $11, $12, $13, 0)
ON CONFLICT (convention, slug) DO NOTHING RETURNING id
"""


async def _insert(
    made: UUID,
    edit: QuestionEdit,
    options: list[Option],
    when: ShownWhen | None,
    at: Held,
    *,
    retired_at: dt.datetime | None,
) -> None:
    holder = (None, None) if edit.city else (at.event.organiser, at.event.id)
    for slug in candidates(proposal(msgspec.to_builtins(edit.label), "question")):
        values = (slug, edit.kind, *_values(edit, options, when), retired_at)
        if await fetch_one(_INSERT, made, at.convention.id, *holder, *values):
            break
    await _ask_with(made, edit.types)


def _values(edit: QuestionEdit, options: list[Option], when: ShownWhen | None) -> list[Any]:
    """Return label, hint, options, condition, required and keep_days; JSONB takes text."""
    texts = [msgspec.json.encode(part).decode() for part in (edit.label, edit.hint, options)]
    return [*texts, msgspec.json.encode(when).decode() if when else None, edit.required, edit.keep_days]


async def _ask_with(question: UUID, types: Iterable[UUID]) -> None:
    """Make the rows of `question_use` those wished for."""
    wished = list(set(types))
    await fetch("DELETE FROM question_use WHERE question = $1 AND ticket_type <> ALL($2::uuid[])", question, wished)
    await fetch(
        "INSERT INTO question_use (id, question, ticket_type) SELECT gen_random_uuid(), $1, t"
        " FROM unnest($2::uuid[]) AS t ON CONFLICT (question, ticket_type) DO NOTHING",
        question,
        wished,
    )


async def _refresh(at: Held, *, city: bool) -> None:
    """Let no form that was checked against the questions before be taken any more: it is checked again."""
    events = [e.id for e in await console.coverable(at.convention.id, None)] if city else [at.event.id]
    await ticket_types.follow_withdrawal(events=events)


async def _note(principal: Principal, what: str, question: UUID, now: dt.datetime, **detail: object) -> None:
    await audit.record(
        actor=principal.actor, action=f"question.{what}", subject=f"question:{question}", now=now, detail=detail
    )


async def change(
    *, event: UUID, question: UUID, edit: QuestionEdit, seen: int, principal: Principal, now: dt.datetime
) -> None:
    """Change a question; once there are answers its kind and the values of its choices stay.

    Raises `NotFound`, `Outdated`, and `Invalid` with every wrong field.
    """
    async with transaction():
        at, old, others = await _locked(event, question, principal)
        before = edit_of(old)
        after = msgspec.structs.replace(edit, city=before.city, types=tuple(sorted(set(edit.types))))
        changes.refuse_outdated(seen=seen, revision=old.revision, stored=before, sent=after)
        options, when = await _checked(after, at, _before(old, others), old)
        _refuse_lost_conditions(old, after, options, others)
        await fetch(
            "UPDATE question SET kind = $2, label = $3, hint = $4, options = $5, shown_when = $6, required = $7,"
            " keep_days = $8, revision = revision + 1 WHERE id = $1",
            question,
            after.kind,
            *_values(after, options, when),
        )
        await _ask_with(question, after.types)
        await _note(principal, "change", question, now, **changes.told(before, after))
    offers.forget()


async def _locked(event: UUID, question: UUID, principal: Principal) -> tuple[Held, OwnQuestion, list[OwnQuestion]]:
    """Return a question, locked, and all of its form: answers under way are counted, new ones wait.

    Ticket types are locked first, as by whoever registers. No form that was checked before is taken afterwards.
    """
    at = await desk.own_event(principal=principal, event=event)
    found = await own_question(event=event, question=question, principal=principal)
    await _refresh(at, city=found.event is None)
    await fetch_one("SELECT 1 FROM question WHERE id = $1 FOR UPDATE", question)
    old = await own_question(event=event, question=question, principal=principal)
    return at, old, await _of(at, principal)


def _before(old: OwnQuestion, others: Sequence[OwnQuestion]) -> list[OwnQuestion]:
    return list(others[: next(n for n, q in enumerate(others) if q.id == old.id)])


def _refuse_lost_conditions(
    old: OwnQuestion, after: QuestionEdit, options: Sequence[Option], others: Sequence[OwnQuestion]
) -> None:
    """Refuse to take answers away after which another question is asked."""
    left = {"yes", "no"} if after.kind == "yes_no" else {o.value for o in options}
    for q in _hanging(old, others):
        if q.shown_when and not set(q.shown_when.values) <= left:
            words = _("“%(words)s” is asked only after one of these answers.", words=text(q.label))
            raise Invalid([FieldError("options" if after.kind in CHOOSING else "kind", "needed", words)])


def _hanging(question: OwnQuestion, others: Iterable[OwnQuestion]) -> list[OwnQuestion]:
    """Return the questions asked only after an answer to this one."""
    return [q for q in others if q.retired_at is None and q.shown_when and q.shown_when.question == question.slug]


def edit_of(held: OwnQuestion) -> QuestionEdit:
    """Return a question as its form shows it."""
    when = held.shown_when
    return QuestionEdit(
        label=msgspec.convert(held.label, Lines),
        kind=held.kind,  # type: ignore[arg-type]  # the column holds nothing else
        hint=msgspec.convert(held.hint, Lines),
        options=choices.written(held.options),
        required=held.required,
        types=tuple(sorted(held.types)),
        shown=tuple(f"{when.question}:{value}" for value in when.values) if when else (),
        keep_days=held.keep_days,
        city=held.event is None,
    )


async def copy(*, event: UUID, question: UUID, principal: Principal, now: dt.datetime) -> UUID:
    """Copy a question, not yet asked, and return the copy's id. Raises `NotFound`."""
    async with transaction():
        at, old, _others = await _locked(event, question, principal)
        label = {tag: _("%(title)s (copy)", title=words)[:200] for tag, words in old.label.items()}
        edit = msgspec.structs.replace(edit_of(old), label=msgspec.convert(label, Lines))
        made = uuid4()
        await _insert(made, edit, old.options, old.shown_when, at, retired_at=now)
        await _note(principal, "copy", made, now, of=str(question))
    return made


async def move(*, event: UUID, question: UUID, earlier: bool, principal: Principal, now: dt.datetime) -> None:
    """Let a question change places with its neighbour; at the end nothing happens.

    Raises `NotFound`, and `StillNeeded` when one of the two is asked only after an answer to the other.
    """
    async with transaction():
        _at, held, others = await _locked(event, question, principal)
        mine = [q for q in others if q.retired_at is None and q.event == held.event]
        here = next((n for n, q in enumerate(mine) if q.id == question), None)
        there = -1 if here is None else here + (-1 if earlier else 1)
        if here is None or not 0 <= there < len(mine):
            return
        first, second = mine[min(here, there)], mine[max(here, there)]
        if second in _hanging(first, [second]):
            raise StillNeeded(
                _("“%(words)s” is asked only after an answer to the one above.", words=text(second.label))
            )
        mine[here], mine[there] = mine[there], mine[here]
        await _renumber(mine)
        await _note(principal, "move", question, now)
    offers.forget()


async def _renumber(ordered: Sequence[OwnQuestion]) -> None:
    await fetch(
        "UPDATE question q SET position = o.position FROM unnest($1::uuid[], $2::int[]) AS o (id, position)"
        " WHERE q.id = o.id AND q.position <> o.position",
        [q.id for q in ordered],
        list(range(1, len(ordered) + 1)),
    )


async def retire(*, event: UUID, question: UUID, asked: bool, principal: Principal, now: dt.datetime) -> None:
    """Ask a question no more, or again with `asked`; its answers stay either way. Twice is once.

    Raises `NotFound`, and `StillNeeded` when another question hangs on it, or it on one that is not asked.
    """
    async with transaction():
        _at, held, others = await _locked(event, question, principal)
        if (held.retired_at is None) is asked:
            return
        if not asked and (hanging := _hanging(held, others)):
            raise StillNeeded(_("“%(words)s” is asked only after an answer to it.", words=text(hanging[0].label)))
        before = {q.slug for q in _before(held, others) if q.retired_at is None}
        if asked and held.shown_when and held.shown_when.question not in before:
            raise StillNeeded(_("The question that leads to it is not asked before it. Change that first."))
        await fetch("UPDATE question SET retired_at = $2 WHERE id = $1", question, None if asked else now)
        await _note(principal, "ask" if asked else "retire", question, now)
    offers.forget()
