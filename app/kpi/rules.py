"""The rule sets of KPI 2 as data. A published rule set is never edited: a change is a new one under a new name."""

from msgspec import Struct


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every parameter of the definition, so that a figure can name, store and disclose what it was counted by.

    Attributes:
        rule: the name under which figures are published.
        threshold_minutes: measured online time in one event-day from which it counts.
        short_session_minutes: a session scheduled for less than this counts from a share of its length instead.
        short_session_percent: that share.
        meeting_minutes: a one-to-one meeting counts from this much time shared by both.
        sensitivity_minutes: thresholds at which the number is published as well; all else stays as it is.
        home: the country (ISO 3166-1 alpha-2) whose residents are not from overseas.
        countable_roles: roles that count. Every role not named here never counts by itself.
        exhibitor_roles: roles added for the side line "with exhibitors".
        headline_scopes, core_scopes: event scopes of the headline and of the line "core alone".
        on_site_classes, online_classes: the evidence classes under which each kind of entry is evidence of each mode.
        signed_kinds, reviewed_classes: entries that are evidence only with a named operator and a reason.
    """

    rule: str
    threshold_minutes: int
    short_session_minutes: int
    short_session_percent: int
    meeting_minutes: int
    sensitivity_minutes: tuple[int, ...]
    home: str
    countable_roles: frozenset[str]
    exhibitor_roles: frozenset[str]
    headline_scopes: frozenset[str]
    core_scopes: frozenset[str]
    on_site_classes: dict[str, str]
    online_classes: dict[str, str]
    signed_kinds: frozenset[str]
    reviewed_classes: frozenset[str]


KPI2_V1 = Rules(
    rule="kpi2-v1",
    threshold_minutes=10,
    short_session_minutes=20,
    short_session_percent=50,
    meeting_minutes=5,
    sensitivity_minutes=(0, 1, 10, 30),
    home="JP",
    countable_roles=frozenset({"delegate", "visitor", "speaker", "award_entrant", "city_delegation", "student"}),
    exhibitor_roles=frozenset({"exhibitor"}),
    headline_scopes=frozenset({"core", "linked"}),
    core_scopes=frozenset({"core"}),
    on_site_classes={"scan": "A", "manual": "B"},
    online_classes={"presence": "C", "import": "DE"},
    signed_kinds=frozenset({"manual"}),
    reviewed_classes=frozenset({"E"}),
)

RULE_SETS = {rules.rule: rules for rules in (KPI2_V1,)}
