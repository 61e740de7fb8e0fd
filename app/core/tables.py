"""Tables of the kernel."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Bytea, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table


class Job(Table, tablename="job"):
    """Outbox row: work promised by a committed transaction, done once `done_at` is set.

    A written migration makes the indexes `job_open` on (due_at) of the rows neither done nor given up, and `job_done`.
    """

    id: UUID = UUID(primary_key=True)
    name: Varchar = Varchar(length=100)
    payload: JSONB = JSONB()
    key: Varchar = Varchar(length=200, null=True, default=None, unique=True)
    promised_at: Timestamptz = Timestamptz()
    due_at: Timestamptz = Timestamptz()
    done_at: Timestamptz = Timestamptz(null=True, default=None)
    given_up_at: Timestamptz = Timestamptz(null=True, default=None)
    tries: SmallInt = SmallInt(default=0)
    last_error: Text = Text(default="")


class StoredAnswer(Table, tablename="stored_answer"):
    """The answer once given under an `Idempotency-Key`, sealed; `request` is the digest of what was asked."""

    id: UUID = UUID(primary_key=True)
    scope: Varchar = Varchar(length=120)
    key: Varchar = Varchar(length=200)
    request: Bytea = Bytea()
    answer: Bytea = Bytea(null=True, default=None)
    created_at: Timestamptz = Timestamptz(index=True)

    stored_answer_once = Unique([scope, key])


class LimitedUse(Table, tablename="limited_use"):
    """When one subject did one thing lately; `subject` is a keyed hash of both, `ends_at` when the row may go.

    A written migration makes the table unlogged: a server that has crashed begins to count anew.
    """

    subject: Bytea = Bytea(primary_key=True)
    uses: Array = Array(base_column=Timestamptz())
    ends_at: Timestamptz = Timestamptz(index=True)


class ChainHead(Table, tablename="chain_head"):
    """The last link of an append-only chain; its row lock is the queue of the writers."""

    name: Varchar = Varchar(length=40, primary_key=True)
    position: BigInt = BigInt()
    digest: Bytea = Bytea()


class AuditEntry(Table, tablename="audit_entry"):
    """Who did what to which row, chained; INSERT only (a trigger refuses the rest).

    A written migration makes the index `audit_entry_subject` on (subject, position), for the history of one thing.
    """

    position: BigInt = BigInt(primary_key=True)
    at: Timestamptz = Timestamptz(index=True)
    actor: Varchar = Varchar(length=80)
    action: Varchar = Varchar(length=80)
    subject: Varchar = Varchar(length=120)
    detail: Text = Text(default="{}")
    digest: Bytea = Bytea()


class SigningKey(Table, tablename="signing_key"):
    """The public half of a key; times in UTC, null means no limit. `purpose` ticket | pack: what it signs."""

    id: UUID = UUID(primary_key=True)
    purpose: Varchar = Varchar(length=8, default="ticket")
    scope: BigInt = BigInt()
    kid: SmallInt = SmallInt()
    public: Bytea = Bytea()
    not_before: Timestamptz = Timestamptz()
    not_after: Timestamptz = Timestamptz(null=True, default=None)
    distrust_after: Timestamptz = Timestamptz(null=True, default=None)

    signing_key_one_per_purpose = Unique([purpose, scope, kid])
