"""Tables of people: pseudonyms here, names and addresses sealed apart, doors and keys."""

from piccolo.columns import JSONB, UUID, Boolean, Bytea, ForeignKey, OnDelete, Timestamptz, Varchar
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


class Consent(Table, tablename="consent"):
    """A person agreed to a text, named by its version."""

    id: UUID = UUID(primary_key=True)
    person: ForeignKey[Person] = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    text: Varchar = Varchar(length=80)
    given_at: Timestamptz = Timestamptz()

    consent_once = Unique([person, text])


class Account(Table, tablename="account"):
    """Somebody with a role. `scope` says which rows it reaches: {"organisers": [ids], "gates": [ids]}, {} for all."""

    id: UUID = UUID(primary_key=True)
    role: Varchar = Varchar(length=20)
    label: Varchar = Varchar(length=120)
    address: Bytea = Bytea(null=True, default=None)
    address_key: Bytea = Bytea(null=True, default=None, unique=True)
    scope: JSONB = JSONB(default="{}")
    created_at: Timestamptz = Timestamptz()
    suspended_at: Timestamptz = Timestamptz(null=True, default=None)


class Device(Table, tablename="device"):
    """A phone at a gate, enrolled under an account of gate staff. A scan is known by (device, seq)."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict, unique=True)
    name: Varchar = Varchar(length=120)
    enrolled_at: Timestamptz = Timestamptz()
    revoked_at: Timestamptz = Timestamptz(null=True, default=None)


class AccessToken(Table, tablename="access_token"):
    """A bearer token; only its SHA-256 is kept."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz(null=True, default=None)
    revoked_at: Timestamptz = Timestamptz(null=True, default=None)


class SignInLink(Table, tablename="sign_in_link"):
    """A magic link; `reusable` only for the links that `machi demo` prints."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    created_at: Timestamptz = Timestamptz()
    expires_at: Timestamptz = Timestamptz()
    used_at: Timestamptz = Timestamptz(null=True, default=None)
    reusable: Boolean = Boolean(default=False)


class BrowserSession(Table, tablename="browser_session"):
    """A signed-in browser; the cookie's SHA-256 is kept."""

    id: UUID = UUID(primary_key=True)
    account: ForeignKey[Account] = ForeignKey(Account, null=False, on_delete=OnDelete.restrict)
    digest: Bytea = Bytea(unique=True)
    created_at: Timestamptz = Timestamptz()
    seen_at: Timestamptz = Timestamptz()
    ended_at: Timestamptz = Timestamptz(null=True, default=None)
