"""Tables of the exchange: partner cities, what was agreed, what they send, what we publish."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.events.tables import Convention, Event
from app.people.tables import Account


class Partner(Table, tablename="partner"):
    """A partner city. `code` is its municipal code (全国地方公共団体コード) where it has one."""

    id: UUID = UUID(primary_key=True)
    slug: Varchar = Varchar(length=80, unique=True)
    name: JSONB = JSONB()
    code: Varchar = Varchar(length=6, default="")
    url: Text = Text(default="")
    created_at: Timestamptz = Timestamptz()
    revision: Integer = Integer(default=0)


class Agreement(Table, tablename="agreement"):
    """What was agreed with a partner, from `valid_from` to `valid_until`, days in Tokyo, both included.

    With `renews` it goes on for a year each time, unless notice is given `notice_days` before; `ends_on` is set by a
    notice. `fields` says of each field of their events whether it is public | partner | confidential; what is not
    named is confidential. `onward` lets other partners have their events. `publishes` is `schemas.Publishes` as JSON.
    """

    id: UUID = UUID(primary_key=True)
    partner: ForeignKey[Partner] = ForeignKey(Partner, null=False, on_delete=OnDelete.restrict)
    title: Varchar = Varchar(length=200)
    valid_from: Date = Date(default=None)
    valid_until: Date = Date(default=None)
    renews: Boolean = Boolean(default=True)
    notice_days: SmallInt = SmallInt(default=90)
    notice_on: Date = Date(null=True, default=None)
    revoked_at: Timestamptz = Timestamptz(null=True, default=None)
    licence: Varchar = Varchar(length=200)
    attribution: JSONB = JSONB()
    fields: JSONB = JSONB()
    onward: Boolean = Boolean(default=False)
    publishes: JSONB = JSONB()
    reminded_until: Date = Date(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    revision: Integer = Integer(default=0)

    agreement_days_in_order = Check(valid_from <= valid_until)


class Source(Table, tablename="source"):
    """A feed of a partner. `kind` ics | page | csv | push; `url` is sealed and empty for uploads and push.

    `zone` (IANA) is meant where times name none. `secret` is the sealed key of signed pings. Until somebody has looked
    at what it brings (`live_at`), nothing of it is shown or published. Asked again at `next_at`;
    `etag`, `last_modified`, `file` (SHA-256) and `size` (bytes) are those of the last reading that was good. Whoever
    reads it now is the `reading`, an id drawn for it, until `reading_until` at the latest.
    """

    id: UUID = UUID(primary_key=True)
    agreement: ForeignKey[Agreement] = ForeignKey(Agreement, null=False, on_delete=OnDelete.restrict)
    partner: ForeignKey[Partner] = ForeignKey(Partner, null=False, on_delete=OnDelete.restrict)
    kind: Varchar = Varchar(length=6)
    name: Varchar = Varchar(length=200)
    url: Bytea = Bytea(default=b"")
    zone: Varchar = Varchar(length=64, default="Asia/Tokyo")
    language: Varchar = Varchar(length=35, default="ja")
    secret: Bytea = Bytea(default=b"")
    refresh_seconds: Integer = Integer(default=3600)
    next_at: Timestamptz = Timestamptz(null=True, default=None)
    live_at: Timestamptz = Timestamptz(null=True, default=None)
    paused_at: Timestamptz = Timestamptz(null=True, default=None)
    failures: SmallInt = SmallInt(default=0)
    etag: Text = Text(default="")
    last_modified: Text = Text(default="")
    file: Bytea = Bytea(default=b"")
    size: BigInt = BigInt(default=0)
    read_at: Timestamptz = Timestamptz(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    revision: Integer = Integer(default=0)
    reading: UUID = UUID(null=True, default=None)
    reading_until: Timestamptz = Timestamptz(null=True, default=None)


class RawFile(Table, tablename="raw_file"):
    """The bytes of a reading, kept by what they are: `digest` is their SHA-256, `body` them deflated (zlib)."""

    id: UUID = UUID(primary_key=True)
    digest: Bytea = Bytea(unique=True)
    body: Bytea = Bytea()
    size: BigInt = BigInt()
    kept_at: Timestamptz = Timestamptz()


class Pull(Table, tablename="pull"):
    """One attempt to read a source, or one file that was handed in. `outcome` unchanged | read | held | failed.

    `problem` is a code of `fetching.errors` or `reading`, or the doubt about a reading; `counts` and `report`
    are `schemas.Counts` and the first `schemas.Finding`s of all `found` as JSON, `changes` the first `schemas.Change`s;
    `answered` is the HTTP status, 0 where there was none. A written migration makes the index `pull_of_source` on
    (source, begun_at).
    """

    id: UUID = UUID(primary_key=True)
    source: ForeignKey[Source] = ForeignKey(Source, null=False, on_delete=OnDelete.restrict)
    begun_at: Timestamptz = Timestamptz()
    ended_at: Timestamptz = Timestamptz()
    why: Varchar = Varchar(length=8)
    outcome: Varchar = Varchar(length=9)
    problem: Varchar = Varchar(length=40, default="")
    answered: SmallInt = SmallInt(default=0)
    file: Bytea = Bytea(default=b"")
    counts: JSONB = JSONB(default="{}")
    report: JSONB = JSONB(default="[]")
    found: Integer = Integer(default=0)
    changes: JSONB = JSONB(default="[]")


class Card(Table, tablename="card"):
    """What is one event in the world, however many sources tell of it; `event` when it is one of ours."""

    id: UUID = UUID(primary_key=True)
    event: ForeignKey[Event] = ForeignKey(Event, null=True, default=None, on_delete=OnDelete.set_null)
    owner: UUID = UUID(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    revision: Integer = Integer(default=0)


class ExchangedEvent(Table, tablename="exchanged_event"):
    """An event as one source tells it (`schemas.Incoming`); times in UTC, `ends_at` is exclusive.

    `first_day` and `last_day` (included) only for whole days. `body` holds every other field as JSON. `state` shown |
    missing (no longer in the feed: an officer decides) | withdrawn | deleted (by a push). `kept_at` when an officer
    decided to show it on, though the feed has it no longer. `proposed` cancelled (the title says so: an officer
    decides) | accepted | refused. `own` when it is ours, come back. `revision` counts versions, by whatever the feed
    says of them.

    A written migration makes the indexes `exchanged_event_uid` and `exchanged_event_origin`: copies are looked for
    across sources.
    """

    id: UUID = UUID(primary_key=True)
    source: ForeignKey[Source] = ForeignKey(Source, null=False, on_delete=OnDelete.restrict)
    card: ForeignKey[Card] = ForeignKey(Card, null=False, on_delete=OnDelete.restrict, index=True)
    uid: Text = Text()
    recurrence_id: Varchar = Varchar(length=64, default="")
    sequence: BigInt = BigInt(default=0)
    last_modified: Timestamptz = Timestamptz(null=True, default=None)
    stamp: Timestamptz = Timestamptz(null=True, default=None)
    digest: Bytea = Bytea()
    starts_at: Timestamptz = Timestamptz(index=True)
    ends_at: Timestamptz = Timestamptz()
    first_day: Date = Date(null=True, default=None)
    last_day: Date = Date(null=True, default=None)
    zone: Varchar = Varchar(length=64)
    title: Text = Text()
    place: Text = Text(default="")
    latitude: DoublePrecision = DoublePrecision(null=True, default=None)
    longitude: DoublePrecision = DoublePrecision(null=True, default=None)
    url: Text = Text(default="")
    origin: Text = Text(default="")
    status: Varchar = Varchar(length=9, default="confirmed")
    proposed: Varchar = Varchar(length=9, default="")
    access: Varchar = Varchar(length=12, default="public")
    body: JSONB = JSONB(default="{}")
    own: Boolean = Boolean(default=False)
    state: Varchar = Varchar(length=9, default="shown")
    state_at: Timestamptz = Timestamptz(null=True, default=None)
    kept_at: Timestamptz = Timestamptz(null=True, default=None)
    first_seen_at: Timestamptz = Timestamptz()
    changed_at: Timestamptz = Timestamptz()
    revision: Integer = Integer(default=0)

    exchanged_event_once = Unique([source, uid, recurrence_id])


class Vanishing(Table, tablename="vanishing"):
    """Events that vanished from a source all at once and wait for an officer: `decision` keep | withdraw | "".

    `doubt` is `merging.plan.Doubt`; `events` a JSON list of ids of exchanged events. A later reading that finds it
    otherwise decides "over". At most one of a source is open: a written migration makes the unique index
    `vanishing_open`.
    """

    id: UUID = UUID(primary_key=True)
    source: ForeignKey[Source] = ForeignKey(Source, null=False, on_delete=OnDelete.restrict)
    pull: ForeignKey[Pull] = ForeignKey(Pull, null=False, on_delete=OnDelete.restrict)
    doubt: Varchar = Varchar(length=20)
    events: JSONB = JSONB()
    found_at: Timestamptz = Timestamptz()
    decision: Varchar = Varchar(length=8, default="")
    decided_at: Timestamptz = Timestamptz(null=True, default=None)
    decided_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)


class Likeness(Table, tablename="likeness"):
    """Two cards that may be one event: `score` from 0 to 1, `reasons` in JSON; `decision` same | different | "".

    `one` and `other` are ids of exchanged events, or of an event of ours, the smaller first, and outlive their cards.
    """

    id: UUID = UUID(primary_key=True)
    one: UUID = UUID()
    other: UUID = UUID()
    score: DoublePrecision = DoublePrecision()
    reasons: JSONB = JSONB(default="[]")
    found_at: Timestamptz = Timestamptz()
    decision: Varchar = Varchar(length=9, default="")
    decided_at: Timestamptz = Timestamptz(null=True, default=None)
    decided_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)

    likeness_once = Unique([one, other])
    likeness_in_order = Check(one < other)


class FieldChoice(Table, tablename="field_choice"):
    """Whose value of a field an officer chose for a card whose sources differ; it stands until that value changes.

    `digest` is the SHA-256 of the values that were compared.
    """

    id: UUID = UUID(primary_key=True)
    card: ForeignKey[Card] = ForeignKey(Card, null=False, on_delete=OnDelete.cascade)
    field: Varchar = Varchar(length=20)
    told_by: ForeignKey[ExchangedEvent] = ForeignKey(ExchangedEvent, null=False, on_delete=OnDelete.cascade)
    digest: Bytea = Bytea()
    decided_at: Timestamptz = Timestamptz()
    decided_by: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)

    field_choice_once = Unique([card, field])


class Publication(Table, tablename="publication"):
    """Something in our calendars, as an audience last read it. `kind` event | session | card, `subject` its id.

    `audience` public | partner: what is ours is public alone; a card has a row for each that may see it, so that what
    one may not see changes nothing for it. `told_by` are the partners who tell of a card. It is over at `ends_at`, the
    last time if it recurs. `sequence` rises when time, place or status change (`core` is their SHA-256), `changed_at`
    with anything that shows (`digest`). `change` is its position among all changes, which commit in their order. Gone
    from the calendars since `gone_at`; the row stays as a tombstone. Every change of what is published leaves rows in
    `publication_touch` by triggers, which a written migration makes, with the indexes.
    """

    id: UUID = UUID(primary_key=True)
    uid: Varchar = Varchar(length=255)
    audience: Varchar = Varchar(length=7)
    kind: Varchar = Varchar(length=7)
    subject: UUID = UUID(index=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=True, default=None, on_delete=OnDelete.restrict)
    event: UUID = UUID(null=True, default=None, index=True)
    organiser: UUID = UUID(null=True, default=None, index=True)
    venue: UUID = UUID(null=True, default=None, index=True)
    partner: ForeignKey[Partner] = ForeignKey(Partner, null=True, default=None, on_delete=OnDelete.restrict, index=True)
    told_by: Array = Array(base_column=UUID(), default=list)
    scope: Varchar = Varchar(length=6, default="")
    zone: Varchar = Varchar(length=64, default="")
    starts_at: Timestamptz = Timestamptz()
    ends_at: Timestamptz = Timestamptz()
    status: Varchar = Varchar(length=9)
    sequence: Integer = Integer(default=0)
    core: Bytea = Bytea()
    digest: Bytea = Bytea()
    change: BigInt = BigInt(unique=True)
    changed_at: Timestamptz = Timestamptz()
    gone_at: Timestamptz = Timestamptz(null=True, default=None)

    publication_once = Unique([uid, audience])


class PublishedText(Table, tablename="published_text"):
    """The bytes of a publication in a language: `ics` its VEVENTs, `said` the same as JSON.

    Languages that say nothing of their own have no row: theirs is that of the default language, which is always there.
    """

    id: UUID = UUID(primary_key=True)
    publication: ForeignKey[Publication] = ForeignKey(Publication, null=False, on_delete=OnDelete.cascade)
    language: Varchar = Varchar(length=35)
    ics: Bytea = Bytea()
    said: JSONB = JSONB()

    published_text_once = Unique([publication, language])


class PublicationTouch(Table, tablename="publication_touch"):
    """What may have to be published anew: `part` convention | card | partner, `subjects` their ids.

    A row for each statement that changes something, from triggers, in its transaction; it goes when the log has caught
    up with it. Every reader looks whether there is one, past those of transactions that are not over yet.
    """

    id: UUID = UUID(primary_key=True)
    part: Varchar = Varchar(length=10)
    subjects: Array = Array(base_column=UUID(), default=list)


class PublicationLog(Table, tablename="publication_log"):
    """The one row of the log: its last `change`, and the last of those whose tombstones were `forgotten`.

    It was `written_at`; at `due_at` something changes by time alone. At `moved_at` something of ours went from one of
    the scopes of agreements to another, which nobody sees on it.
    """

    id: SmallInt = SmallInt(primary_key=True, default=1)
    change: BigInt = BigInt(default=0)
    forgotten: BigInt = BigInt(default=0)
    written_at: Timestamptz = Timestamptz()
    due_at: Timestamptz = Timestamptz()
    moved_at: Timestamptz = Timestamptz(null=True, default=None)


class FeedToken(Table, tablename="feed_token"):
    """What opens our feeds for a partner: `digest` is the SHA-256 of the token, `label` says where it is used."""

    id: UUID = UUID(primary_key=True)
    agreement: ForeignKey[Agreement] = ForeignKey(Agreement, null=False, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    label: Varchar = Varchar(length=80)
    created_at: Timestamptz = Timestamptz()
    created_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    revoked_at: Timestamptz = Timestamptz(null=True, default=None)
    used_at: Timestamptz = Timestamptz(null=True, default=None)


class PingTarget(Table, tablename="ping_target"):
    """Where a partner wants to be told that our calendar has changed; `url` and `secret` are sealed.

    `told` is the position of the last change it has heard of.
    """

    id: UUID = UUID(primary_key=True)
    agreement: ForeignKey[Agreement] = ForeignKey(Agreement, null=False, on_delete=OnDelete.restrict)
    url: Bytea = Bytea()
    secret: Bytea = Bytea()
    told: BigInt = BigInt(default=0)
    told_at: Timestamptz = Timestamptz(null=True, default=None)
    failures: SmallInt = SmallInt(default=0)
    created_at: Timestamptz = Timestamptz()


class Ping(Table, tablename="ping"):
    """A ping that came, by the digest of its signature: the same one counts once."""

    id: UUID = UUID(primary_key=True)
    source: ForeignKey[Source] = ForeignKey(Source, null=False, on_delete=OnDelete.cascade)
    digest: Bytea = Bytea(unique=True)
    came_at: Timestamptz = Timestamptz()
