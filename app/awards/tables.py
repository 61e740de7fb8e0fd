"""Tables of awards: what is asked, what is handed in, who judges what, what was decided."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Real,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from app.events.tables import Convention
from app.people.tables import Account, Person
from app.ticketing.tables import Ticket


class Award(Table, tablename="award"):
    """An award of a convention. `slug` is unique over all, ends with the year; `languages` a JSON list, first its own.

    Public once `published_at` is set. `revision` counts the changes of its set-up.
    """

    id: UUID = UUID(primary_key=True)
    convention: ForeignKey[Convention] = ForeignKey(Convention, null=False, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80, unique=True)
    title: JSONB = JSONB()
    description: JSONB = JSONB()
    languages: JSONB = JSONB()
    created_at: Timestamptz = Timestamptz()
    published_at: Timestamptz = Timestamptz(null=True, default=None)
    revision: Integer = Integer(default=0)


class AwardCategory(Table, tablename="award_category"):
    """A category: entries come in from `opens_at` until before `closes_at` plus `grace_ms`, shown in `zone` (IANA).

    An entry has at least `least_members` members. With `evidence` climate evidence is asked for. `next_number` is the
    number of the next entry.
    """

    id: UUID = UUID(primary_key=True)
    award: ForeignKey[Award] = ForeignKey(Award, null=False, on_delete=OnDelete.restrict)
    slug: Varchar = Varchar(length=80)
    position: SmallInt = SmallInt()
    title: JSONB = JSONB()
    description: JSONB = JSONB()
    opens_at: Timestamptz = Timestamptz()
    closes_at: Timestamptz = Timestamptz()
    grace_ms: Integer = Integer(default=0)
    zone: Varchar = Varchar(length=64, default="Asia/Tokyo")
    least_members: SmallInt = SmallInt(default=1)
    evidence: Boolean = Boolean(default=True)
    next_number: Integer = Integer(default=1)
    revision: Integer = Integer(default=0)

    award_category_one_per_slug = Unique([award, slug])


class Rubric(Table, tablename="rubric"):
    """One version of a rubric: `body` is `awards.rubric.Rubric` as text, `digest` its SHA-256; never changed."""

    id: UUID = UUID(primary_key=True)
    award: ForeignKey[Award] = ForeignKey(Award, null=False, on_delete=OnDelete.restrict)
    name: Varchar = Varchar(length=120)
    version: SmallInt = SmallInt()
    body: Text = Text()
    digest: Bytea = Bytea()
    created_at: Timestamptz = Timestamptz()

    rubric_one_per_version = Unique([award, name, version])


class Round(Table, tablename="award_round"):
    """A round of a category, judged from `opens_at` until before `closes_at` plus `grace_ms`, shown in `zone` (IANA).

    `kind` eligibility | document | final; `method` pass_fail | scores | pairs | ranks. Each entry gets `each` judges,
    each judge `least` to `most` entries; `unlinked` says that one judge for each entry is meant. With `blind` judges do
    not learn who stands behind an entry. `peers` own | after_own | after_close: when members of the panel see each
    other's sheets. `carry` all | passed | best: who goes on into the next round, with `carry_count` the best so many.
    `best` are the winners. `missing_rule` and `tie_rule` name versioned rules. `public_percent` is the weight of the
    public vote, open from `vote_opens_at` until before `vote_closes_at`.

    Opening pins all of it: `rules` is the text that was pinned, `opened_at` the moment, and nothing above may change
    afterwards but `closes_at`, later only, with a reason in the audit log. `state` draft | open | closed | released.
    """

    id: UUID = UUID(primary_key=True)
    category: ForeignKey[AwardCategory] = ForeignKey(AwardCategory, null=False, on_delete=OnDelete.restrict)
    position: SmallInt = SmallInt()
    title: JSONB = JSONB()
    kind: Varchar = Varchar(length=12)
    method: Varchar = Varchar(length=12, default="scores")
    rubric: ForeignKey[Rubric] = ForeignKey(Rubric, null=True, default=None, on_delete=OnDelete.restrict)
    opens_at: Timestamptz = Timestamptz()
    closes_at: Timestamptz = Timestamptz()
    grace_ms: Integer = Integer(default=0)
    zone: Varchar = Varchar(length=64, default="Asia/Tokyo")
    each: SmallInt = SmallInt(default=3)
    unlinked: Boolean = Boolean(default=False)
    least: SmallInt = SmallInt(default=0)
    most: SmallInt = SmallInt(default=40)
    blind: Boolean = Boolean(default=False)
    peers: Varchar = Varchar(length=12, default="own")
    carry: Varchar = Varchar(length=8, default="best")
    carry_count: SmallInt = SmallInt(default=10)
    best: SmallInt = SmallInt(default=3)
    missing_rule: Varchar = Varchar(length=40, default="unjudged-v1")
    tie_rule: Varchar = Varchar(length=40, default="highest-points-v1")
    public_percent: SmallInt = SmallInt(default=0)
    vote_opens_at: Timestamptz = Timestamptz(null=True, default=None)
    vote_closes_at: Timestamptz = Timestamptz(null=True, default=None)
    reminders: JSONB = JSONB(default="[]")
    state: Varchar = Varchar(length=10, default="draft")
    rules: Text = Text(null=True, default=None)
    opened_at: Timestamptz = Timestamptz(null=True, default=None)
    revision: Integer = Integer(default=0)

    award_round_one_per_position = Unique([category, position])
    award_round_public_weight = Check((public_percent >= 0) & (public_percent <= 50))


class Judge(Table, tablename="judge"):
    """An account as a judge of an award. `sealed` is `awards.schemas.JudgeProfile`: what ties it may have to entries.

    `languages` and `topics` are JSON lists; `pseudonym` is how bundles and other judges know it ("J03").
    """

    id: UUID = UUID(primary_key=True)
    award: ForeignKey[Award] = ForeignKey(Award, null=False, on_delete=OnDelete.restrict)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    pseudonym: Varchar = Varchar(length=8)
    sealed: Bytea = Bytea()
    languages: JSONB = JSONB(default="[]")
    topics: JSONB = JSONB(default="[]")
    created_at: Timestamptz = Timestamptz()

    judge_once = Unique([award, account])
    judge_one_per_pseudonym = Unique([award, pseudonym])


class PanelSeat(Table, tablename="panel_seat"):
    """A judge sits on the panel of a round, perhaps as its chair; `left_at` when not any more."""

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    chair: Boolean = Boolean(default=False)
    left_at: Timestamptz = Timestamptz(null=True, default=None)

    panel_seat_once = Unique([round, judge])


class Entry(Table, tablename="award_entry"):
    """What competes in a category, under `number` there. `state` draft | submitted | withdrawn.

    `origin` self | nomination. `draft` is the JSON of `awards.schemas.EntryForm`, `draft_revision` counts its saves:
    who saves over a newer one is told. `language` is that of the lead member's mails. `pinned` is the version judged:
    the last one that every member has signed off; a trigger keeps it once a round of judging has opened. A nominee
    takes part from `consented_at` on; `nominator` is who named it. `open_until` lets a reopened entry change after the
    category has closed, for `open_reason`.
    """

    id: UUID = UUID(primary_key=True)
    category: ForeignKey[AwardCategory] = ForeignKey(AwardCategory, null=False, on_delete=OnDelete.restrict)
    number: Integer = Integer()
    origin: Varchar = Varchar(length=12, default="self")
    state: Varchar = Varchar(length=10, default="draft")
    language: Varchar = Varchar(length=12)
    draft: Text = Text()
    draft_revision: Integer = Integer(default=0)
    pinned: UUID = UUID(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    changed_at: Timestamptz = Timestamptz()
    submitted_at: Timestamptz = Timestamptz(null=True, default=None)
    withdrawn_at: Timestamptz = Timestamptz(null=True, default=None)
    nominator: ForeignKey[Person] = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    consented_at: Timestamptz = Timestamptz(null=True, default=None)
    open_until: Timestamptz = Timestamptz(null=True, default=None)
    open_reason: Text = Text(default="")

    award_entry_one_per_number = Unique([category, number])


class EntryVersion(Table, tablename="entry_version"):
    """What was handed in, word for word: `body` is the JSON that `digest` (SHA-256) names. Never changed."""

    id: UUID = UUID(primary_key=True)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict)
    number: SmallInt = SmallInt()
    body: Text = Text()
    digest: Bytea = Bytea()
    submitted_at: Timestamptz = Timestamptz()

    entry_version_one_per_number = Unique([entry, number])


class Member(Table, tablename="entry_member"):
    """A member of an entry's consortium, or its nominee: an organisation and the person who speaks for it.

    `kind` company | startup | university | city | npo | other; `country` ISO 3166-1 alpha-2. The person's name and
    address are in `person`. `signed_digest` is the version it signed off; `declined_at` when it would not.
    `removed_at` when it left after signing: it stays while a version that names it is pinned.
    """

    id: UUID = UUID(primary_key=True)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict, index=True)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    position: SmallInt = SmallInt()
    kind: Varchar = Varchar(length=12)
    organisation: Varchar = Varchar(length=200)
    country: Varchar = Varchar(length=2)
    lead: Boolean = Boolean(default=False)
    language: Varchar = Varchar(length=12)
    invited_at: Timestamptz = Timestamptz(null=True, default=None)
    signed_at: Timestamptz = Timestamptz(null=True, default=None)
    signed_digest: Bytea = Bytea(null=True, default=None)
    declined_at: Timestamptz = Timestamptz(null=True, default=None)
    removed_at: Timestamptz = Timestamptz(null=True, default=None)

    entry_member_once = Unique([entry, person])


class EntryFile(Table, tablename="entry_file"):
    """A file of an entry under an id of our own, sealed; `size` in bytes, `digest` the SHA-256 of what was sent.

    `shared` is the same file without what its format says about who made it, sealed too: what judges of a blind round
    get. `removed_at` when a draft dropped it; what a version names stays.
    """

    id: UUID = UUID(primary_key=True)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict, index=True)
    name: Bytea = Bytea()
    media_type: Varchar = Varchar(length=80)
    size: Integer = Integer()
    digest: Bytea = Bytea()
    sealed: Bytea = Bytea()
    shared: Bytea = Bytea(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    removed_at: Timestamptz = Timestamptz(null=True, default=None)


class Screening(Table, tablename="screening"):
    """A decision of the secretary whether an entry goes into a round; the latest of an entry stands.

    `outcome` passed | failed | questions; the `reason` goes to the applicant.
    """

    id: BigSerial = BigSerial(primary_key=True)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict, index=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    outcome: Varchar = Varchar(length=10)
    reason: Text = Text()
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    decided_at: Timestamptz = Timestamptz()


class Conflict(Table, tablename="conflict"):
    """A tie between a judge and an entry; what is confirmed becomes a `Recusal` in the same transaction, for ever.

    `source` declared | detected | secretary; `tie` person | organisation | group | city | former_employer | other;
    `state` proposed | confirmed | dismissed. `sealed` says which names met.
    """

    id: UUID = UUID(primary_key=True)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict, index=True)
    source: Varchar = Varchar(length=10)
    tie: Varchar = Varchar(length=16)
    state: Varchar = Varchar(length=10)
    sealed: Bytea = Bytea()
    score: Real = Real(null=True, default=None)
    found_at: Timestamptz = Timestamptz()
    decided_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    decided_at: Timestamptz = Timestamptz(null=True, default=None)
    reason: Text = Text(default="")

    conflict_once = Unique([judge, entry, source, tie])


class Declaration(Table, tablename="declaration"):
    """A judge said, before seeing the content, whether there is a tie to the parties of an entry.

    `outdated_at` when the parties may be others since, and the judge is asked again; at most one of a pair stands, by
    an index of a written migration.
    """

    id: UUID = UUID(primary_key=True)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict)
    free: Boolean = Boolean()
    declared_at: Timestamptz = Timestamptz()
    outdated_at: Timestamptz = Timestamptz(null=True, default=None)


class Recusal(Table, tablename="recusal"):
    """A judge has nothing to do with an entry, ever. Appended only; a trigger refuses every assignment of the pair."""

    id: BigSerial = BigSerial(primary_key=True)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict)
    conflict: ForeignKey[Conflict] = ForeignKey(Conflict, null=True, default=None, on_delete=OnDelete.restrict)
    recused_at: Timestamptz = Timestamptz()

    recusal_once = Unique([judge, entry])


class Solved(Table, tablename="assignment_run"):
    """One run of the optimisation: `wishes` and `certificate` as JSON texts, `digest` of the wishes; kept for ever."""

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict, index=True)
    state: Varchar = Varchar(length=10)
    wishes: Text = Text()
    certificate: Text = Text(default="")
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    asked_at: Timestamptz = Timestamptz()
    solved_at: Timestamptz = Timestamptz(null=True, default=None)
    taken_at: Timestamptz = Timestamptz(null=True, default=None)


class Assignment(Table, tablename="assignment"):
    """A judge is to judge an entry in a round. `source` solved | manual | file; at most one of a pair stands.

    `removed_at` when taken back, with the reason. Index and trigger by a written migration.
    """

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict, index=True)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict, index=True)
    source: Varchar = Varchar(length=8)
    made_at: Timestamptz = Timestamptz()
    removed_at: Timestamptz = Timestamptz(null=True, default=None)
    removed_for: Varchar = Varchar(length=200, null=True, default=None)


class Sheet(Table, tablename="sheet"):
    """A judge's scores for one assignment. `values` is a JSON object of criterion to level, or null for an abstention.

    `revision` counts the saves; who saves over a newer one is told. `version` is the digest of what was judged.
    `verdict` passed | failed in a round of that method. `submitted_at` when it counts.
    """

    assignment: ForeignKey[Assignment] = ForeignKey(
        Assignment, null=False, on_delete=OnDelete.restrict, primary_key=True
    )
    revision: Integer = Integer(default=0)
    values: JSONB = JSONB(default="{}")
    verdict: Varchar = Varchar(length=8, null=True, default=None)
    abstained: Boolean = Boolean(default=False)
    to_applicant: Text = Text(default="")
    to_committee: Text = Text(default="")
    version: Bytea = Bytea()
    saved_at: Timestamptz = Timestamptz()
    submitted_at: Timestamptz = Timestamptz(null=True, default=None)


class Comparison(Table, tablename="comparison"):
    """A judge preferred one entry of a pair to the other, or neither: `first` < `second`, `better` null for a tie."""

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    first: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict)
    second: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict)
    better: UUID = UUID(null=True, default=None)
    made_at: Timestamptz = Timestamptz()

    comparison_once = Unique([round, judge, first, second])


class RankBallot(Table, tablename="rank_ballot"):
    """A judge's order of the entries assigned, the best first: `entries` a JSON list of ids."""

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    entries: JSONB = JSONB()
    revision: Integer = Integer(default=0)
    saved_at: Timestamptz = Timestamptz()
    submitted_at: Timestamptz = Timestamptz(null=True, default=None)

    rank_ballot_once = Unique([round, judge])


class Reminder(Table, tablename="award_reminder"):
    """A judge was reminded of a round at a threshold (hours before its end): once."""

    id: BigSerial = BigSerial(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    judge: ForeignKey[Judge] = ForeignKey(Judge, null=False, on_delete=OnDelete.restrict)
    hours: SmallInt = SmallInt()
    promised_at: Timestamptz = Timestamptz()

    award_reminder_once = Unique([round, judge, hours])


class Deliberation(Table, tablename="deliberation"):
    """Minutes of the jury, appended: the latest of a round stands. `decision` is the JSON of `awards.schemas.Decision`.

    `present` are judges; for each entry those with a tie were out of the room: the decision names them.
    """

    id: BigSerial = BigSerial(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict, index=True)
    held_at: Timestamptz = Timestamptz()
    present: JSONB = JSONB()
    decision: Text = Text()
    minutes: Text = Text()
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    written_at: Timestamptz = Timestamptz()


class Release(Table, tablename="award_release"):
    """The result of a round: proposed by one, approved by another (a CHECK), published at once with its `bundle`.

    `result` is the JSON of `awards.schemas.Result`, the only thing public pages read. `digest` is the SHA-256 of the
    bundle's bytes.
    """

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    proposed_by: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    proposed_at: Timestamptz = Timestamptz()
    approved_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    approved_at: Timestamptz = Timestamptz(null=True, default=None)
    withdrawn_at: Timestamptz = Timestamptz(null=True, default=None)
    bundle: Bytea = Bytea()
    digest: Bytea = Bytea()
    result: Text = Text()


class Ballot(Table, tablename="ballot"):
    """The public vote of one ticket in a round."""

    id: UUID = UUID(primary_key=True)
    round: ForeignKey[Round] = ForeignKey(Round, null=False, on_delete=OnDelete.restrict)
    ticket: ForeignKey[Ticket] = ForeignKey(Ticket, null=False, on_delete=OnDelete.restrict)
    entry: ForeignKey[Entry] = ForeignKey(Entry, null=False, on_delete=OnDelete.restrict)
    cast_at: Timestamptz = Timestamptz()

    ballot_once = Unique([round, ticket])
