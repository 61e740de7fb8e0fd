"""Tables of the KPI: what was frozen, audited and entered by hand. All INSERT only but the items of an open audit."""

from piccolo.columns import (
    UUID,
    BigInt,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table


class FrozenFigure(Table, tablename="frozen_figure"):
    """A fiscal year as counted up to a head of the ledger. `kind` frozen (once a year) | restated (beside it, later).

    `body` is the canonical JSON of the figure, `digest` its SHA-256: recomputed from the ledger it is the same.
    """

    id: UUID = UUID(primary_key=True)
    fiscal_year: Integer = Integer()
    kind: Varchar = Varchar(length=8)
    rule: Varchar = Varchar(length=20)
    position: BigInt = BigInt()
    head: Bytea = Bytea()
    body: Text = Text()
    digest: Bytea = Bytea()
    operator: Varchar = Varchar(length=80)
    reason: Text = Text(default="")
    counted_at: Timestamptz = Timestamptz()


class EnteredValue(Table, tablename="entered_value"):
    """A value of the plan's table that is entered by hand, with its evidence; the latest of a kind holds.

    `kind` actual | level | increment; `number` of the indicator; `value` in its unit.
    """

    id: UUID = UUID(primary_key=True)
    kind: Varchar = Varchar(length=9)
    number: SmallInt = SmallInt()
    fiscal_year: Integer = Integer()
    value: Numeric = Numeric(digits=(14, 2))
    evidence: Text = Text()
    operator: Varchar = Varchar(length=80)
    entered_at: Timestamptz = Timestamptz()


class SamplingAudit(Table, tablename="sampling_audit"):
    """A random sample of the people counted in a fiscal year; `seed` draws it again."""

    id: UUID = UUID(primary_key=True)
    fiscal_year: Integer = Integer()
    rule: Varchar = Varchar(length=20)
    position: BigInt = BigInt()
    head: Bytea = Bytea()
    counted: Integer = Integer()
    seed: BigInt = BigInt()
    size: Integer = Integer()
    drawn_by: Varchar = Varchar(length=80)
    drawn_at: Timestamptz = Timestamptz()
    closed_at: Timestamptz = Timestamptz(null=True, default=None)


class AuditItem(Table, tablename="audit_item"):
    """One counted record of a sample, and what was found: right | double | not_overseas | not_there | unclear."""

    id: UUID = UUID(primary_key=True)
    audit: ForeignKey[SamplingAudit] = ForeignKey(SamplingAudit, null=False, on_delete=OnDelete.restrict, index=True)
    position: Integer = Integer()
    person: UUID = UUID(default=None)
    finding: Varchar = Varchar(length=12, null=True, default=None)
    note: Text = Text(default="")
    looked_by: Varchar = Varchar(length=80, null=True, default=None)
    looked_at: Timestamptz = Timestamptz(null=True, default=None)


class PublicRelease(Table, tablename="public_release"):
    """A public table by country, as it was on a day in Japan; `people` are those whom it counts.

    `body` is JSON of `publishing.releasing.Body`: every country and the rows into which they were folded. It has cells
    that are not public: the next release is held against it.
    """

    id: UUID = UUID(primary_key=True)
    fiscal_year: Integer = Integer()
    day: Date = Date()
    position: BigInt = BigInt()
    head: Bytea = Bytea()
    people: Integer = Integer()
    body: Text = Text()
    released_at: Timestamptz = Timestamptz()

    public_release_daily = Unique([fiscal_year, day])


class LiveFigure(Table, tablename="live_figure"):
    """The live figure of a fiscal year up to a link of the ledger, for processes to go on from; see `kpi.kept`.

    `code` is a digest of the code that counted, `tally` JSON pairs of a line and its number. Derived.
    """

    fiscal_year: Integer = Integer(primary_key=True)
    code: Varchar = Varchar(length=64)
    position: BigInt = BigInt()
    digest: Bytea = Bytea()
    tally: Text = Text()
