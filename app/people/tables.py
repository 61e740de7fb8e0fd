"""Tables of people: pseudonyms here, names and addresses sealed apart, doors and keys."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table


class Person(Table, tablename="person"):
    """A natural person under a pseudonym. `key` is the wrapped data key of the details; erasing it erases them.

    `residence` is the ISO 3166-1 alpha-2 code declared last.
    """

    id: UUID = UUID(primary_key=True)
    key: Bytea = Bytea(null=True, default=None)
    residence: Varchar = Varchar(length=2, null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    erased_at: Timestamptz = Timestamptz(null=True, default=None)


class PersonDetails(Table, tablename="person_details"):
    """The erasable part: `sealed` is `people.schemas.Details`, the keys find an equal address or name again.

    `match_key` covers the normalised address with the name key, so one address may stand for a whole group.
    """

    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, primary_key=True)
    sealed: Bytea = Bytea()
    address_key: Bytea = Bytea(index=True)
    match_key: Bytea = Bytea(unique=True)


class PersonKey(Table, tablename="person_key"):
    """Keyed hashes by which two persons may turn out to be one; erased with the details.

    `kind` name | reading | tokens | name_country_organisation (rule 9 of `kpi2-v1`). Index (kind, key) by a written
    migration.
    """

    id: BigSerial = BigSerial(primary_key=True)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    kind: Varchar = Varchar(length=32)
    key: Bytea = Bytea()


class Consent(Table, tablename="consent"):
    """A person agreed to a text, named by its version; `withdrawn_at` when the person took that back."""

    id: UUID = UUID(primary_key=True)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    text: Varchar = Varchar(length=80)
    given_at: Timestamptz = Timestamptz()
    withdrawn_at: Timestamptz = Timestamptz(null=True, default=None)

    consent_once = Unique([person, text])


class ConsentText(Table, tablename="consent_text"):
    """A text people agree to, in one version; JSONB texts by language. Published versions are never changed.

    `purpose` terms | news | sharing | photos ...; `required` when nobody can register without it.
    """

    id: UUID = UUID(primary_key=True)
    purpose: Varchar = Varchar(length=40)
    version: Varchar = Varchar(length=80, unique=True)
    required: Boolean = Boolean(default=False)
    title: JSONB = JSONB()
    body: JSONB = JSONB()
    created_at: Timestamptz = Timestamptz()
    published_at: Timestamptz = Timestamptz(null=True, default=None)
    retired_at: Timestamptz = Timestamptz(null=True, default=None)


class RetentionRule(Table, tablename="retention_rule"):
    """How many days a kind of data is kept, where officers chose otherwise than the product's own default."""

    purpose: Varchar = Varchar(length=40, primary_key=True)
    days: Integer = Integer()
    changed_at: Timestamptz = Timestamptz()


class Account(Table, tablename="account"):
    """Somebody with a role. `scope` says which rows it reaches: {"organisers": [ids], "gates": [ids]}, {} for all.

    Accounts with one `address_key` are one human with several roles; a session acts in one of them at a time.
    """

    id: UUID = UUID(primary_key=True)
    role: Varchar = Varchar(length=20)
    label: Varchar = Varchar(length=120)
    address: Bytea = Bytea(null=True, default=None)
    address_key: Bytea = Bytea(null=True, default=None, index=True)
    scope: JSONB = JSONB(default="{}")
    created_at: Timestamptz = Timestamptz()
    suspended_at: Timestamptz = Timestamptz(null=True, default=None)

    account_one_per_role = Unique([address_key, role])


class Invitation(Table, tablename="invitation"):
    """Somebody was asked to take a role. The address is sealed; of the link only the SHA-256 is kept."""

    id: UUID = UUID(primary_key=True)
    role: Varchar = Varchar(length=20)
    scope: JSONB = JSONB(default="{}")
    label: Varchar = Varchar(length=120)
    address: Bytea = Bytea(null=True, default=None)
    address_key: Bytea = Bytea()
    language: Varchar = Varchar(length=12)
    digest: Bytea = Bytea(unique=True)
    invited_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    account: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()
    accepted_at: Timestamptz = Timestamptz(null=True, default=None)
    withdrawn_at: Timestamptz = Timestamptz(null=True, default=None)


class Passkey(Table, tablename="passkey"):
    """A WebAuthn credential: `public_key` is COSE, `sign_count` as last seen, `transports` a JSON list.

    `gives` is the strength of the sessions it opens: no more than what the session had in which it was added.
    """

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict, index=True)
    credential: Bytea = Bytea(unique=True)
    public_key: Bytea = Bytea()
    sign_count: BigInt = BigInt(default=0)
    transports: JSONB = JSONB(default="[]")
    name: Varchar = Varchar(length=120)
    gives: Varchar = Varchar(length=10, default="link")
    created_at: Timestamptz = Timestamptz()
    used_at: Timestamptz = Timestamptz(null=True, default=None)


class OneTimeSecret(Table, tablename="one_time_secret"):
    """The sealed secret of an authenticator app (RFC 6238); `last_step` lets no code pass twice."""

    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict, primary_key=True)
    sealed: Bytea = Bytea()
    created_at: Timestamptz = Timestamptz()
    confirmed_at: Timestamptz = Timestamptz(null=True, default=None)
    last_step: BigInt = BigInt(default=0)


class ExternalIdentity(Table, tablename="external_identity"):
    """An account as an OpenID provider knows it."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    issuer: Varchar = Varchar(length=200)
    subject: Varchar = Varchar(length=200)
    created_at: Timestamptz = Timestamptz()

    external_identity_once = Unique([account, issuer])
    external_subject_once = Unique([issuer, subject, account])


class Ceremony(Table, tablename="ceremony"):
    """A sign-in under way: the challenge of a passkey or the state of OpenID, sealed, for one browser and one use.

    `kind` add_passkey | use_passkey | openid; `digest` is the SHA-256 of what the browser keeps.
    """

    id: UUID = UUID(primary_key=True)
    kind: Varchar = Varchar(length=12)
    digest: Bytea = Bytea(unique=True)
    sealed: Bytea = Bytea()
    account: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz(index=True)
    used_at: Timestamptz = Timestamptz(null=True, default=None)


class Device(Table, tablename="device"):
    """A phone at a gate, enrolled under an account of gate staff. A scan is known by (device, seq)."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict, unique=True)
    name: Varchar = Varchar(length=120)
    public_key: Bytea = Bytea(null=True, default=None)
    enrolled_at: Timestamptz = Timestamptz()
    seen_at: Timestamptz = Timestamptz(null=True, default=None)
    revoked_at: Timestamptz = Timestamptz(null=True, default=None)


class Provisioning(Table, tablename="provisioning"):
    """A code by which one phone is enrolled for `role` staff | lead; only its SHA-256 is kept."""

    id: UUID = UUID(primary_key=True)
    digest: Bytea = Bytea(unique=True)
    role: Varchar = Varchar(length=20)
    scope: JSONB = JSONB(default="{}")
    name: Varchar = Varchar(length=120)
    made_by: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    device: ForeignKey[Device] = ForeignKey(Device, null=True, default=None, on_delete=OnDelete.restrict)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()
    used_at: Timestamptz = Timestamptz(null=True, default=None)
    withdrawn_at: Timestamptz = Timestamptz(null=True, default=None)


class AccessToken(Table, tablename="access_token"):
    """A bearer token; only its SHA-256 is kept. `scope` narrows the account's, null leaves it as it is."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    name: Varchar = Varchar(length=120, default="")
    scope: JSONB = JSONB(null=True, default=None)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz(null=True, default=None)
    used_at: Timestamptz = Timestamptz(null=True, default=None)
    revoked_at: Timestamptz = Timestamptz(null=True, default=None)


class SignInLink(Table, tablename="sign_in_link"):
    """A magic link; `reusable` only for the links that `machi demo` prints.

    It leads to an account, or to a registered person who has none yet: confirming it then adds one.
    """

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    person: ForeignKey[Person] = ForeignKey(Person, null=True, default=None, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()
    used_at: Timestamptz = Timestamptz(null=True, default=None)
    reusable: Boolean = Boolean(default=False)


class BrowserSession(Table, tablename="browser_session"):
    """A signed-in browser; the cookie's SHA-256 is kept. `agent` names the browser in two words, not the person.

    `strength` link | first | code | strong, see `people.strength`; `proved_at` is when the person last proved it.
    """

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    created_at: Timestamptz = Timestamptz()
    seen_at: Timestamptz = Timestamptz()
    proved_at: Timestamptz = Timestamptz(null=True, default=None)
    strength: Varchar = Varchar(length=10, default="link")
    agent: Varchar = Varchar(length=80, default="")
    ended_at: Timestamptz = Timestamptz(null=True, default=None)


class AddressChallenge(Table, tablename="address_challenge"):
    """A mail to another address of `person`, whose link proves that both are one person's ("I already have a ticket").

    The address is sealed with the person's key; `digest` is the token's.
    """

    id: UUID = UUID(primary_key=True)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    address: Bytea = Bytea()
    address_key: Bytea = Bytea()
    digest: Bytea = Bytea(unique=True)
    language: Varchar = Varchar(length=12)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()
    proved_at: Timestamptz = Timestamptz(null=True, default=None)


class Undeliverable(Table, tablename="undeliverable"):
    """An address that a mail server turned away; `status` is the enhanced code of RFC 3463, such as 5.1.1."""

    address_key: Bytea = Bytea(primary_key=True)
    status: Varchar = Varchar(length=12)
    at: Timestamptz = Timestamptz()
