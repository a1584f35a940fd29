"""
Seals the passwords of repository accounts, so that a copy of the database opens none of them.

An AES-256-GCM envelope (NIST SP 800-38D): each secret has a random data key of its own, and that key is wrapped by the
first key of the ring in ``DOI_ENCRYPTION_KEYS``. Both layers carry the secret's place (table, field, owner, login,
secret version) as associated data, so a ciphertext moved to another row or tenant does not open; the wrapping carries
the ring key's id as well. Rotation wraps the data key anew and leaves the sealed password as it is.

Why not Fernet: it has no associated data and no key wrapping. Why padding: the length of a password is nobody's business.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext as _

from doi.errors import SealError

KEY_BYTES = 32
NONCE_BYTES = 12
BLOCK_BYTES = 64
KEY_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored: each part is a 12-byte nonce and the ciphertext with its tag; ``key_id`` is 16 hex digits."""

    sealed: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    key_id: str


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys by id; ``primary`` wraps what is new, the others only open what is old."""

    primary: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def from_settings(cls) -> "Ring":
        """The ring in ``DOI_ENCRYPTION_KEYS``. Raises SealError without one, or with a key that is not a key."""
        return cls.of(settings.DOI_ENCRYPTION_KEYS)

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Ring":
        """A ring of url-safe base64 keys of 32 bytes, the first one primary. Raises SealError, naming no key."""
        keys = [_decoded(text, position) for position, text in enumerate(filter(None, texts), start=1)]
        if not keys:
            raise SealError(
                _(
                    "Passwords cannot be stored or opened: the operator has to set DOI_ENCRYPTION_KEYS "
                    "to a url-safe base64 key of 32 bytes."
                )
            )
        by_id = {key_id(key): key for key in keys}
        return cls(primary=next(iter(by_id)), keys=by_id)


def key_id(key: bytes) -> str:
    """The name of a ring key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:KEY_ID_LENGTH]


def seal(password: str, *, context: Mapping[str, str]) -> Sealed:
    """Seal ``password`` for the place that ``context`` names. Raises SealError without a usable ring."""
    ring = Ring.from_settings()
    data_key = AESGCM.generate_key(bit_length=8 * KEY_BYTES)
    return Sealed(
        sealed=_encrypt(data_key, _padded(password), _place("password", context)),
        wrapped_key=_wrap(data_key, ring=ring, context=context),
        key_id=ring.primary,
    )


def open_sealed(sealed: Sealed, *, context: Mapping[str, str]) -> str:
    """
    The password again. Raises SealError, with one sentence and no cause attached, on anything that does not open:
    a changed bit, another place, a key that left the ring.
    """
    data_key = _unwrap(sealed, ring=Ring.from_settings(), context=context)
    return _unpadded(_decrypt(data_key, sealed.sealed, _place("password", context)))


def rewrap(sealed: Sealed, *, context: Mapping[str, str]) -> Sealed:
    """The same secret with its data key under the primary key; itself if it is so already. Raises SealError."""
    ring = Ring.from_settings()
    data_key = _unwrap(sealed, ring=ring, context=context)
    if sealed.key_id == ring.primary:
        return sealed
    return Sealed(
        sealed=sealed.sealed,
        wrapped_key=_wrap(data_key, ring=ring, context=context),
        key_id=ring.primary,
    )


def _decoded(text: str, position: int) -> bytes:
    stripped = text.strip()
    try:
        # The lenient decoder would drop characters it does not know, and so accept a mistyped key.
        key = base64.b64decode(stripped + "=" * (-len(stripped) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        # `from None`, and no value: the sentence may be logged.
        raise SealError(
            _("Key %(position)d in DOI_ENCRYPTION_KEYS is not a url-safe base64 key of 32 bytes.")
            % {"position": position}
        ) from None
    return key


def _place(part: str, context: Mapping[str, str], **more: str) -> bytes:
    """The associated data: canonical JSON, so that no two places can be written the same way."""
    place = {"part": part, "context": dict(context), **more}
    return json.dumps(place, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _wrap(data_key: bytes, *, ring: Ring, context: Mapping[str, str]) -> bytes:
    return _encrypt(ring.keys[ring.primary], data_key, _place("key", context, key_id=ring.primary))


def _unwrap(sealed: Sealed, *, ring: Ring, context: Mapping[str, str]) -> bytes:
    wrapping = ring.keys.get(sealed.key_id)
    if wrapping is None:
        raise SealError(
            _(
                "The password was sealed with a key that is no longer in DOI_ENCRYPTION_KEYS; "
                "put that key back, or enter the password again."
            )
        )
    return _decrypt(wrapping, sealed.wrapped_key, _place("key", context, key_id=sealed.key_id))


def _encrypt(key: bytes, plain: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place)


def _decrypt(key: bytes, nonce_and_cipher: bytes, place: bytes) -> bytes:
    whole = bytes(nonce_and_cipher)  # a driver may hand a memoryview over
    try:
        return AESGCM(key).decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise _does_not_open() from None


def _padded(password: str) -> bytes:
    """UTF-8, a 0x80 byte, zeros up to whole blocks (ISO/IEC 7816-4): reversible for every text."""
    plain = password.encode("utf-8", "surrogatepass") + b"\x80"
    return plain + b"\x00" * (-len(plain) % BLOCK_BYTES)


def _unpadded(padded: bytes) -> str:
    plain, marker, _zeros = padded.rpartition(b"\x80")
    if not marker:
        raise _does_not_open()
    return plain.decode("utf-8", "surrogatepass")


def _does_not_open() -> SealError:
    return SealError(_("The stored password does not open; enter the password again."))
