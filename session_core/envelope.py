"""Encryption at rest: the master key wraps organisations' keys, those wrap sessions' keys, those seal records.

AES-256-GCM throughout, a fresh 96-bit nonce before each ciphertext. What a record *is* goes in as
associated data, so that a sealed record put in another's place does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from session_core.errors import Internal

KEY_BYTES = 32
NONCE_BYTES = 12


class Key:
    """One AES-256 key. ``seal`` and ``open`` are inverse for equal ``label``."""

    __slots__ = ("_cipher", "_raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(raw)}")
        self._raw = raw
        self._cipher = AESGCM(raw)

    @classmethod
    def generate(cls) -> Key:
        return cls(os.urandom(KEY_BYTES))

    def seal(self, plain: bytes, label: bytes) -> bytes:
        """nonce || ciphertext || tag; 28 bytes longer than ``plain``."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, label)

    def open(self, sealed: bytes, label: bytes) -> bytes:
        """The plain bytes; :class:`Internal` where the key, the label or the bytes are not the ones sealed."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label)
        except (InvalidTag, ValueError):
            raise Internal("a stored record does not open with its key") from None

    def wrap(self, key: Key, label: bytes) -> bytes:
        return self.seal(key._raw, label)

    def unwrap(self, wrapped: bytes, label: bytes) -> Key:
        return Key(self.open(wrapped, label))

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use of the same secret (RFC 5869), such as signing tokens."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._raw)

    def blind(self, term: str, purpose: str) -> bytes:
        """A keyed digest by which a value can be looked up without being stored."""
        return hmac.new(self.derive(purpose), term.encode(), hashlib.sha256).digest()[:16]

    def __repr__(self) -> str:
        return "Key(...)"


def organisation_label(org_id: UUID) -> bytes:
    return b"organisation:" + org_id.bytes


def session_label(session_id: UUID) -> bytes:
    return b"session:" + session_id.bytes


def details_label(session_id: UUID) -> bytes:
    return b"details:" + session_id.bytes


def chunk_label(session_id: UUID, seq: int) -> bytes:
    return b"chunk:" + session_id.bytes + seq.to_bytes(8, "big")


def peaks_label(session_id: UUID, seq: int) -> bytes:
    return b"peaks:" + session_id.bytes + seq.to_bytes(8, "big")


def window_label(session_id: UUID, window_id: UUID) -> bytes:
    return b"window:" + session_id.bytes + window_id.bytes


def segment_label(session_id: UUID, segment_id: UUID) -> bytes:
    return b"segment:" + session_id.bytes + segment_id.bytes


def correction_label(session_id: UUID, segment_id: UUID) -> bytes:
    return b"correction:" + session_id.bytes + segment_id.bytes


def speaker_label(session_id: UUID, speaker_id: str) -> bytes:
    return b"speaker:" + session_id.bytes + speaker_id.encode()


def typed_note_label(session_id: UUID, note_id: UUID) -> bytes:
    return b"typed note:" + session_id.bytes + note_id.bytes


def event_label(session_id: UUID, version: int) -> bytes:
    return b"event:" + session_id.bytes + version.to_bytes(8, "big")


def artifact_label(session_id: UUID, kind: str, generation: int) -> bytes:
    return b"artifact:" + session_id.bytes + kind.encode() + generation.to_bytes(8, "big")


def note_revision_label(session_id: UUID, revision: int) -> bytes:
    return b"note revision:" + session_id.bytes + revision.to_bytes(8, "big")


def note_answer_label(session_id: UUID, digest: bytes) -> bytes:
    return b"note answer:" + session_id.bytes + digest


def voiceprints_label(session_id: UUID, window_id: UUID) -> bytes:
    return b"voiceprints:" + session_id.bytes + window_id.bytes


def slides_label(session_id: UUID, block_id: UUID) -> bytes:
    return b"slides:" + session_id.bytes + block_id.bytes


def enrolled_voice_label(org_id: UUID, user_id: UUID) -> bytes:
    return b"enrolled voice:" + org_id.bytes + user_id.bytes


def vocabulary_label(org_id: UUID, patient: bytes) -> bytes:
    return b"vocabulary:" + org_id.bytes + patient


def hotwords_label(session_id: UUID) -> bytes:
    return b"hotwords:" + session_id.bytes


def passage_label(session_id: UUID, number: int) -> bytes:
    return b"passage:" + session_id.bytes + number.to_bytes(8, "big")


def question_label(question_id: UUID) -> bytes:
    return b"question:" + question_id.bytes


def answer_label(question_id: UUID) -> bytes:
    return b"answer:" + question_id.bytes


def archive_label(session_id: UUID, object_id: UUID) -> bytes:
    return b"archive:" + session_id.bytes + object_id.bytes


def coverage_label(session_id: UUID) -> bytes:
    return b"coverage:" + session_id.bytes
