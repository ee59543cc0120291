"""The way of a chunk through a node: check, seal, commit, answer. Nothing else happens before the ack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from session_core.chunk import Chunk, ChunkLimits, check_chunk
from session_core.envelope import chunk_label
from session_core.errors import (
    HearkenError,
    Internal,
    Invalid,
    NotFound,
    Overloaded,
    SeqConflict,
    SessionClosed,
    TooLarge,
)
from session_core.hints import Hints
from session_core.keyring import Keyring
from session_core.messages.chunk import ChunkStored
from session_core.principal import Principal
from session_core.storage.chunks import ChunkToStore
from session_core.storage.database import Database
from stream_server.commits import Commits
from stream_server.measure import Measures
from stream_server.quota import ChunkQuota


class Ingest:
    """Takes chunks of signed-in users, from whichever edge they came."""

    def __init__(
        self,
        database: Database,
        commits: Commits,
        keyring: Keyring,
        hints: Hints,
        quota: ChunkQuota,
        measures: Measures,
        limits: ChunkLimits,
        max_pending_bytes: int,
    ) -> None:
        self._database = database
        self._commits = commits
        self._keyring = keyring
        self._hints = hints
        self._quota = quota
        self._measures = measures
        self._limits = limits
        self._max_pending_bytes = max_pending_bytes
        self._pending_bytes = 0

    @contextmanager
    def reading(self, principal: Principal) -> Iterator[None]:
        """Around what reads a request to store a chunk: one that cannot be read is counted as a chunk all the same."""
        try:
            yield
        except HearkenError:
            self._quota.take(principal.org_id, principal.user_id, 0, time.monotonic())
            raise

    async def store(self, principal: Principal, chunk: Chunk, data: bytes) -> ChunkStored:
        """Returns once the chunk is committed; raises a typed error when it is not taken."""
        arrived = time.monotonic()
        try:
            self._quota.take(principal.org_id, principal.user_id, len(data), arrived)
            check_chunk(chunk, data, self._limits)
            answer = await self._commit(principal, chunk, data)
        except HearkenError as error:
            self._measures.chunks.labels(error.code).inc()
            raise
        self._measures.chunks.labels("duplicate" if answer.duplicate else "stored").inc()
        self._measures.chunk_bytes.inc(0 if answer.duplicate else len(data))
        self._measures.ack_seconds.observe(time.monotonic() - arrived)
        return answer

    async def _commit(self, principal: Principal, chunk: Chunk, data: bytes) -> ChunkStored:
        if self._pending_bytes and self._pending_bytes + len(data) > self._max_pending_bytes:
            raise Overloaded("this node has as much audio as it can commit; the chunk was not taken", retry_after_s=1)
        self._pending_bytes += len(data)
        try:
            key = await self._keyring.session(principal.org_id, chunk.session_id)
            sealed = key.seal(data, chunk_label(chunk.session_id, chunk.seq))
            outcome = await self._commits.store(ChunkToStore(principal.org_id, chunk, sealed))
        finally:
            self._pending_bytes -= len(data)
        if outcome.outcome not in ("stored", "duplicate"):
            if outcome.outcome == "not_found":
                self._keyring.forget(principal.org_id, chunk.session_id)
            raise _refusal(outcome.outcome, self._limits)
        if outcome.outcome == "stored":
            self._hints.plan(principal.org_id, chunk.session_id, outcome.revision)
        return ChunkStored(
            seq=chunk.seq,
            sha256=chunk.sha256.hex(),
            duplicate=outcome.outcome == "duplicate",
            contiguous_through=outcome.contiguous_through,
            epoch=self._database.epoch,
        )


def _refusal(outcome: str, limits: ChunkLimits) -> HearkenError:
    match outcome:
        case "not_found":
            return NotFound("there is no such session")
        case "conflict":
            return SeqConflict("this seq is stored with other bytes; the first ones stay")
        case "closed":
            return SessionClosed("the session was stopped before this seq")
        case "overlap":
            return Invalid("first_sample and sample_count overlap a neighbouring chunk")
        case "too_long":
            return TooLarge(f"the chunk is longer than {limits.max_seconds:.0f} s")
    return Internal(f"unknown outcome {outcome}")
