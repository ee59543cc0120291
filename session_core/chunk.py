"""A chunk: one complete audio file of about 15 seconds and its place on the session's timeline."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from session_core.container import announced_seconds, container_of
from session_core.errors import BadMedia, Invalid, TooLarge
from session_core.media_type import MEDIA_TYPES


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a recorder says about a chunk. Samples count at the session's rate, from its first sample."""

    session_id: UUID
    seq: int
    first_sample: int
    sample_count: int
    sha256: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    max_bytes: int
    max_seconds: float
    max_seq: int


MAX_SAMPLE = 2**53 - 1
"""Positions are exact in every client, JavaScript's numbers included."""


def check_size(size: int, limits: ChunkLimits) -> None:
    if size == 0:
        raise BadMedia("the chunk is empty")
    if size > limits.max_bytes:
        raise TooLarge(f"the chunk has {size} bytes; at most {limits.max_bytes} are taken")


def check_chunk(chunk: Chunk, data: bytes, limits: ChunkLimits) -> None:
    """Everything that can be said of a chunk without decoding it or asking the database."""
    check_size(len(data), limits)
    if not 0 <= chunk.seq <= limits.max_seq:
        raise Invalid(f"seq must be from 0 to {limits.max_seq}")
    if chunk.first_sample < 0 or chunk.sample_count < 1 or chunk.first_sample + chunk.sample_count > MAX_SAMPLE:
        raise Invalid("first_sample or sample_count is out of range")
    if hashlib.sha256(data).digest() != chunk.sha256:
        raise Invalid("sha256 is not the digest of the bytes that arrived")
    if container_of(data) != MEDIA_TYPES[chunk.media_type]:
        raise BadMedia("the bytes are not a file of the media type they are announced as")
    announced = announced_seconds(data)
    if announced is not None and announced > limits.max_seconds + 1:
        raise BadMedia(f"the file says it is longer than {limits.max_seconds:.0f} s")
