"""The port to a speaker embedder: what a voice sounds like, a stretch of speech at a time.

Embeddings are made with each recognised window while a session runs, so that Stop has nothing left to do but to
sort them: see ``chunk_workers.diarization``.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from session_core.errors import Invalid

_HEAD: Final = struct.Struct("<4sHI")
_MAGIC: Final = b"hkv1"


@dataclass(frozen=True, slots=True)
class Span:
    """Speech from sample ``start`` up to ``end`` at 16 kHz, counted from the window's first sample."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Voiceprint:
    """How somebody sounded from ``start_ms`` to ``end_ms``: ``vector`` has unit length and is float32.

    The more alike two voices are the larger is the dot product; only vectors of one model compare.
    """

    start_ms: int
    end_ms: int
    vector: NDArray[np.float32] = field(repr=False)

    def moved(self, by_ms: int) -> Voiceprint:
        """The same on a timeline whose zero lies ``by_ms`` earlier."""
        return replace(self, start_ms=self.start_ms + by_ms, end_ms=self.end_ms + by_ms)


class SpeakerEmbedder(Protocol):
    """Stateless: the same samples and spans give the same voiceprints. Not thread-safe: one call at a time."""

    @property
    def name(self) -> str:
        """Model and version, stored beside what it made: "resemblyzer 0.1.4"."""

    @property
    def size(self) -> int:
        """Numbers in a vector."""

    def embed(self, pcm: NDArray[np.int16], speech: Sequence[Span]) -> list[Voiceprint]:
        """Voiceprints of a window of 16 kHz mono audio, in order, with times from its first sample.

        ``speech``: where somebody speaks in it, in order, without overlaps. No voiceprint crosses two spans; what
        is too short to tell anything of a voice has none.
        """


def pack(prints: Sequence[Voiceprint]) -> bytes:
    """A window's voiceprints as they are stored: times in 32 bits, vectors in float16 (0.1 % of an angle is lost)."""
    if not prints:
        return _HEAD.pack(_MAGIC, 0, 0)
    times = np.array([(each.start_ms, each.end_ms) for each in prints], dtype="<i4")
    vectors = np.stack([each.vector for each in prints]).astype("<f2")
    return _HEAD.pack(_MAGIC, vectors.shape[1], len(prints)) + times.tobytes() + vectors.tobytes()


def unpack(packed: bytes) -> list[Voiceprint]:
    """Inverse of ``pack``; :class:`Invalid` for anything else."""
    try:
        magic, size, count = _HEAD.unpack_from(packed)
    except struct.error as error:
        raise Invalid("these are no voiceprints") from error
    body = memoryview(packed)[_HEAD.size :]
    if magic != _MAGIC or len(body) != count * (8 + 2 * size):
        raise Invalid("these are no voiceprints")
    times = np.frombuffer(body[: 8 * count], dtype="<i4").reshape(count, 2)
    vectors = np.frombuffer(body[8 * count :], dtype="<f2").reshape(count, size).astype(np.float32)
    return [Voiceprint(int(start), int(end), unit(vector)) for (start, end), vector in zip(times, vectors, strict=True)]


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors (the last axis) brought to length 1; those of length 0 stay."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, np.finfo(np.float32).tiny), dtype=np.float32)
