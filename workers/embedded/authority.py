"""A certificate authority of one home: its servers' inner ports answer only those who hold a certificate from it."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .keys import private_folder, write_private

LIFETIME = datetime.timedelta(days=3650)


@dataclass(frozen=True)
class Certificates:
    """Files: the authority's certificate, and one certificate and key that serve both sides of a connection."""

    authority: Path
    certificate: Path
    key: Path

    @classmethod
    def of(cls, home: Path) -> "Certificates":
        """Where those of a home lie."""
        folder = home / "certificates"
        return cls(folder / "authority.pem", folder / "peer.pem", folder / "peer.key")


def certificates(home: Path) -> Certificates:
    """The home's certificates, made at the first start. The authority's own key is thrown away."""
    files = Certificates.of(home)
    if not files.certificate.exists():
        private_folder(files.certificate.parent)
        _make(files)
    return files


def _make(files: Certificates) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    peer_key = ec.generate_private_key(ec.SECP256R1())
    issuer = _name("workshop authority")
    authority = _builder(issuer, issuer, authority_key.public_key(), ca=True).sign(authority_key, hashes.SHA256())
    peer = _builder(_name("workshop"), issuer, peer_key.public_key(), ca=False)
    peer = peer.add_extension(_names(), critical=False).add_extension(_usage(), critical=False)
    write_private(files.key, _pem_key(peer_key))
    write_private(files.authority, _pem(authority))
    write_private(files.certificate, _pem(peer.sign(authority_key, hashes.SHA256())))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _names() -> x509.SubjectAlternativeName:
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return x509.SubjectAlternativeName([loopback, x509.DNSName("localhost")])


def _usage() -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem_key(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
