"""An authority of the platform's own, and the serving certificates that it issues. Pure but for random keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_FOR, _ISSUED_FOR = timedelta(days=3650), timedelta(days=90)
_RENEWED = 1 / 3
"""A certificate is made anew when this part of its time is left."""
_EARLIER = timedelta(minutes=5)  # clocks differ


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


def new_authority(name: str, now: datetime) -> Pair:
    """Return a new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    made = (
        _builder(subject, subject, key.public_key(), now, _AUTHORITY_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pair(made, key)


def issue(authority: Pair, names: Sequence[str], now: datetime) -> Pair:
    """Return a serving certificate for these DNS names."""
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    signer = serialization.load_pem_private_key(authority.key, None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError("not a key of an authority of ours")
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _builder(_name(names[0]), issuer.subject, key.public_key(), now, _ISSUED_FOR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return _pair(made, key)


def current(pair: Pair, now: datetime) -> bool:
    """Tell whether certificate and key belong together and need not be made anew yet."""
    try:
        found = x509.load_pem_x509_certificate(pair.certificate)
        key = serialization.load_pem_private_key(pair.key, None)
    except (ValueError, TypeError):
        return False
    start, end = found.not_valid_before_utc, found.not_valid_after_utc
    return key.public_key() == found.public_key() and start <= now < end - (end - start) * _RENEWED


def issued_by(pair: Pair, authority: Pair, names: Sequence[str]) -> bool:
    """Tell whether a serving certificate is the authority's, for these names."""
    try:
        found = x509.load_pem_x509_certificate(pair.certificate)
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))
        there = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return set(names) <= set(there.get_values_for_type(x509.DNSName))


def with_former(authority: Pair, bundle: bytes, now: datetime) -> bytes:
    """Return the authority's certificate, and those of former ones that still count: what they issued is in use."""
    try:
        former = x509.load_pem_x509_certificates(bundle)
    except ValueError:
        former = []
    kept = [
        each.public_bytes(serialization.Encoding.PEM) for each in former if each.not_valid_after_utc > now
    ]
    return authority.certificate + b"".join(each for each in kept if each != authority.certificate)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, length: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + length)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
