"""Keys and certificates made for one run of the tests."""

import datetime
import ipaddress
from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc.jwk import KeyParameters, RSAKey

PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key, in PEM."""

    certificate: str
    key: str


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return the key of this name, the same one throughout the run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(PEM, form, serialization.NoEncryption()).decode()


@cache
def jwk(name: str, *, use: str, algorithm: str | None = None) -> RSAKey:
    """Return the key of this name as a JWK whose id is the name."""
    parameters: KeyParameters = {"kid": name, "use": use}
    if algorithm:
        parameters["alg"] = algorithm
    return RSAKey.import_key(rsa_key(name), parameters)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody else trusts."""

    name: str = "test authority"
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa_key("authority"))

    @property
    def certificate(self) -> str:
        """Return its own certificate, in PEM."""
        own = x509.BasicConstraints(ca=True, path_length=0)
        return _sign(self, self.name, self.key, (own,), days=2)

    def issue(self, name: str, *, days: int = 1) -> Identity:
        """Return a certificate for this name and for the loopback addresses."""
        key = rsa_key(name)
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        end = x509.BasicConstraints(ca=False, path_length=None)
        return Identity(_sign(self, name, key, (names, end), days=days), pem(key))


def _sign(
    authority: Authority,
    name: str,
    key: rsa.RSAPrivateKey,
    extensions: tuple[x509.ExtensionType, ...],
    *,
    days: int,
) -> str:
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(authority.name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(PEM).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
