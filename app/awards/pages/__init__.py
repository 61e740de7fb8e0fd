"""Pages of the awards: a module per room, each offers its `HANDLERS`."""

from typing import Any

from app.awards.pages import (
    assigning,
    conflicts,
    deciding,
    entering,
    entries,
    entry,
    entry_members,
    entry_parts,
    judging,
    profiles,
    public,
    releasing,
    results,
    screening,
    setting,
    setting_rounds,
    setting_rubrics,
    showing,
    voting,
)

HANDLERS: list[Any] = [
    *assigning.HANDLERS,
    *conflicts.HANDLERS,
    *deciding.HANDLERS,
    *entering.HANDLERS,
    *entries.HANDLERS,
    *entry.HANDLERS,
    *entry_members.HANDLERS,
    *entry_parts.HANDLERS,
    *judging.HANDLERS,
    *profiles.HANDLERS,
    *public.HANDLERS,
    *releasing.HANDLERS,
    *results.HANDLERS,
    *screening.HANDLERS,
    *setting.HANDLERS,
    *setting_rounds.HANDLERS,
    *setting_rubrics.HANDLERS,
    *showing.HANDLERS,
    *voting.HANDLERS,
]
