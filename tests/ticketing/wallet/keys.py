"""Keys of our own in place of Apple's and Google's: a root, an intermediate certificate, a pass type, an account."""

import datetime as dt
import json
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.clock import NOW

ISSUER = "3388000000000000001"
MAIL = "tickets@machigurumi.iam.gserviceaccount.example"


class Keys(NamedTuple):
    """What stands in the files, and the settings that name them."""

    root: x509.Certificate
    account: rsa.RSAPrivateKey
    settings: dict[str, str]


def keys(folder: Path) -> Keys:
    """Make everything in a folder."""
    (root_key, middle_key, own_key, account) = (rsa.generate_private_key(65537, 2048) for _ in range(4))
    root = certificate("Root", root_key.public_key(), "Root", root_key, authority=True)
    middle = certificate("Intermediate", middle_key.public_key(), "Root", root_key, authority=True)
    own = certificate("Pass Type", own_key.public_key(), "Intermediate", middle_key, authority=False)
    said = {"client_email": MAIL, "private_key": pem(account).decode(), "private_key_id": "1"}
    files = {
        "APP_APPLE_CERT": own.public_bytes(Encoding.PEM),
        "APP_APPLE_KEY": pem(own_key),
        "APP_APPLE_CHAIN": middle.public_bytes(Encoding.PEM),
        "APP_GOOGLE_WALLET_ACCOUNT": json.dumps(said).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    named = {name: str(folder / name) for name in files}
    words = {"APP_APPLE_PASS_TYPE": "pass.jp.example.tickets", "APP_APPLE_TEAM": "A1B2C3D4E5"}
    return Keys(root, account, {**named, **words, "APP_GOOGLE_WALLET_ISSUER": ISSUER})


def certificate(
    name: str, key: rsa.RSAPublicKey, issuer: str, signed_by: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    """Return a certificate good for ten years."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=365))
        .not_valid_after(NOW + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signed_by, SHA256())
    )


def pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return a key as its file holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
