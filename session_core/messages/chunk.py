"""A chunk on the wire: the header before its bytes, and the acknowledgement."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from session_core.chunk import Chunk
from session_core.media_type import media_type_of
from session_core.messages.message import Answer
from session_core.messages.session import Sample, SessionRequest

Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]


class ChunkHeader(SessionRequest):
    seq: Seq
    first_sample: Sample
    sample_count: Annotated[int, Field(ge=1, le=2**31 - 1)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
    media_type: Annotated[str, StringConstraints(max_length=200)]

    def chunk(self) -> Chunk:
        return Chunk(
            session_id=self.session_id,
            seq=self.seq,
            first_sample=self.first_sample,
            sample_count=self.sample_count,
            sha256=bytes.fromhex(self.sha256),
            media_type=media_type_of(self.media_type),
        )


class ChunkStored(Answer):
    seq: int
    sha256: str
    duplicate: bool
    contiguous_through: int
    epoch: str
