"""Pages of the KPI: the officers' board, freezing and auditing a year, the plan's table, and what everybody may see."""

from typing import Any

from app.kpi.pages import audits, board, freezing, plan, public

HANDLERS: list[Any] = [
    *board.HANDLERS,
    *freezing.HANDLERS,
    *audits.HANDLERS,
    *plan.HANDLERS,
    *public.HANDLERS,
]
