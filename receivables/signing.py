"""A detached signature over a file, such that `openssl` alone can check it: ECDSA on P-256 with SHA-256, in DER.

The same key and the same bytes give the same signature (RFC 6979), so a signed dossier has one hash.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey


NO_KEY = "the signing key is not a private key on P-256 in PEM; make one with 'voldaan dossier new-key'"


class BadKey(ValueError):
    """One sentence: what the key is not, and what to write instead. It never quotes the key."""


def new_key() -> str:
    """A private key in PEM (PKCS #8, not encrypted): a secret, for the environment or a Prefect block."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def sign(key: str, data: bytes) -> bytes:
    """The signature of `data` with the private key in PEM. Raises BadKey."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return _private(key).sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def public_key(key: str) -> bytes:
    """The public half of a private key, in PEM. Raises BadKey."""
    from cryptography.hazmat.primitives import serialization

    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _private(key).public_key().public_bytes(serialization.Encoding.PEM, form)


def fingerprint(public: bytes) -> str:
    """SHA-256 of the public key (DER), as pairs of hex digits: what two people compare by telephone. Raises BadKey."""
    from cryptography.hazmat.primitives import serialization

    form = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashlib.sha256(_public(public).public_bytes(serialization.Encoding.DER, form)).hexdigest()
    return ":".join(digest[n : n + 2] for n in range(0, len(digest), 2)).upper()


def signed_by(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` was made over exactly `data` with the private half of `public` (PEM). Raises BadKey."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        _public(public).verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _private(key: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        found = serialization.load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError) as problem:
        raise BadKey(
            "the signing key is not a private key in PEM; make one with 'voldaan dossier new-key'"
        ) from problem
    if not isinstance(found, ec.EllipticCurvePrivateKey) or found.curve.name != "secp256r1":
        raise BadKey(NO_KEY)
    return found


def _public(pem: bytes) -> EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        found = serialization.load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise BadKey("the public key is not in PEM") from problem
    if not isinstance(found, ec.EllipticCurvePublicKey) or found.curve.name != "secp256r1":
        raise BadKey("the public key is not one on the curve P-256")
    return found
