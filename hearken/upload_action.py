"""What an uploader can want: a request to the server, or a change on disk or of the connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hearken.chunk_file import RecordedChunk


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to the server; ``ticket`` tells its answer from answers to earlier ones."""

    ticket: int
    event: str
    body: Mapping[str, object]
    chunk: RecordedChunk | None = None


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep the session's id and the epoch, before any chunk is sent."""

    session_id: str
    epoch: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """The chunk was refused for good."""

    chunk: RecordedChunk
    code: str


@dataclass(frozen=True, slots=True)
class Release:
    """The chunk is safe in a sealed session."""

    chunk: RecordedChunk


@dataclass(frozen=True, slots=True)
class Reconnect:
    """This connection is of no use any more; another one may be."""


Action = Ask | Remember | SetAside | Release | Reconnect
