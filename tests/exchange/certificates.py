"""Certificates for cities of tests: an authority of our own, and whatever it is told to sign."""

import datetime as dt
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


class Authority:
    """Somebody who signs certificates; `trust` believes nobody else."""

    def __init__(self, name: str = "Cities of the test") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._certificate = (
            _begun(self._name, self._name, self._key.public_key(), days=(-1, 30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def trust(self) -> ssl.SSLContext:
        """What a client needs to believe this authority alone."""
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def signed(self, *names: str, days: tuple[int, int] = (-1, 30)) -> ssl.SSLContext:
        """What a server needs to speak as `names`, valid between two days from today."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        builder = _begun(subject, self._name, key.public_key(), days=days)
        certificate = builder.add_extension(_alternatives(names), critical=False).sign(self._key, hashes.SHA256())
        return _serving(key, certificate)


def self_signed(*names: str) -> ssl.SSLContext:
    """What a server needs to speak as `names` on nobody's word but its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = _begun(name, name, key.public_key(), days=(-1, 30)).add_extension(_alternatives(names), critical=False)
    return _serving(key, builder.sign(key, hashes.SHA256()))


def _alternatives(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            x509.IPAddress(ipaddress.ip_address(name)) if name.replace(".", "").isdecimal() else x509.DNSName(name)
            for name in names
        ]
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: tuple[int, int]
) -> x509.CertificateBuilder:
    today = dt.datetime.now(dt.UTC)  # the client's library has no clock but the machine's
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + days[0] * DAY)
        .not_valid_after(today + days[1] * DAY)
    )


def _serving(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="certificate-") as folder:  # the library reads nothing but files
        path = Path(folder) / "chain.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context.load_cert_chain(path)
    return context
