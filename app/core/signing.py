"""Keys and proofs derived from the one secret, so that nothing private lies in the database.

Every purpose has its own derived key (HKDF-SHA256, RFC 5869): knowing one opens no other.
"""

import base64
import hashlib
import hmac
import secrets
from functools import cache, lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.settings import settings

PROOF = 16
"""Bytes of a capability's proof; 128 bits."""
NONCE = 12


@cache
def derived(purpose: str) -> bytes:
    """Return the 32-byte key for one purpose."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"machigurumi", info=purpose.encode()).derive(
        settings().secret_key.encode()
    )


@lru_cache(maxsize=256)
def signing_key(scope: int, kid: int) -> Ed25519PrivateKey:
    """Return the private ticket key `kid` of the convention numbered `scope`."""
    return Ed25519PrivateKey.from_private_bytes(derived(f"ticket-signing/{scope}/{kid}"))


@lru_cache(maxsize=256)
def pack_key(scope: int, kid: int) -> Ed25519PrivateKey:
    """Return the private key `kid` that signs the gate packs of the convention numbered `scope`."""
    return Ed25519PrivateKey.from_private_bytes(derived(f"pack-signing/{scope}/{kid}"))


@cache
def head_key(kid: int) -> Ed25519PrivateKey:
    """Return the private key `kid` that signs the daily heads of the attendance ledger."""
    return Ed25519PrivateKey.from_private_bytes(derived(f"ledger-head/{kid}"))


def keyed_hash(purpose: str, value: str) -> bytes:
    """Return 32 bytes that find an equal value again but reveal nothing without the secret."""
    return hmac.digest(derived(purpose), value.encode(), "sha256")


def new_token() -> str:
    """Return 256 random bits for a bearer token or a link; store only its `token_digest`."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return what the database keeps of a random token."""
    return hashlib.sha256(token.encode()).digest()


def capability(purpose: str, *ids: UUID) -> str:
    """Return a link token that names rows and proves we made it; the same rows give the same token."""
    body = b"".join(i.bytes for i in ids)
    proof = hmac.digest(derived(f"capability/{purpose}"), body, "sha256")[:PROOF]
    return base64.urlsafe_b64encode(body + proof).decode().rstrip("=")


def open_capability(purpose: str, token: str, count: int = 1) -> tuple[UUID, ...] | None:
    """Return the `count` ids inside a token of `capability`, or None if it is not ours for this purpose."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, proof = raw[:-PROOF], raw[-PROOF:]
    expected = hmac.digest(derived(f"capability/{purpose}"), body, "sha256")[:PROOF]
    if len(body) != 16 * count or not hmac.compare_digest(proof, expected):
        return None
    return tuple(UUID(bytes=body[i : i + 16]) for i in range(0, len(body), 16))


def new_key() -> bytes:
    """Return a fresh 32-byte data key, wrapped by the secret: what a person's row keeps."""
    return seal(derived("data-keys"), secrets.token_bytes(32))


def seal(key: bytes, plain: bytes) -> bytes:
    """Encrypt with AES-256-GCM; the nonce stands in front."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """Decrypt what `seal` made, or raise `ValueError`."""
    return _unsealed(AESGCM(key), sealed)


def _unsealed(cipher: AESGCM, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)
    except InvalidTag as error:
        raise ValueError("Sealed with another key, or damaged.") from error


def unwrap(wrapped: bytes) -> bytes:
    """Return the data key inside what `new_key` made."""
    return _unsealed(_wrapping(), wrapped)


@cache
def _wrapping() -> AESGCM:
    """The cipher of the key that wraps all others: it is asked for with every name that is shown."""
    return AESGCM(derived("data-keys"))
