"""The checker: what must hold after any fault, looked for in the database, in the clients and over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from hearken.chunk_file import SAMPLE_RATE
from hearken.transcript_view import TranscriptView
from session_core.envelope import Key, chunk_label
from session_core.keyring import Keyring
from session_core.messages.segment import segment_from_wire
from session_core.storage.database import Database
from tests.clients import Chunk, Recorder, Watcher
from tests.installation import Installation, until

FINAL_WRITES = """
CREATE TABLE final_writes (session_id uuid NOT NULL, window_id uuid NOT NULL, worker text, attempt integer);
CREATE FUNCTION log_final_write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  INSERT INTO final_writes VALUES (NEW.session_id, NEW.id, NEW.worker, NEW.attempt);
  RETURN NEW;
END
$$;
CREATE TRIGGER final_writes AFTER UPDATE ON windows FOR EACH ROW
  WHEN (NEW.state = 'done' AND NEW.kind = 'final' AND NEW.words IS DISTINCT FROM OLD.words)
  EXECUTE FUNCTION log_final_write();
"""
"""Words are sealed with a fresh nonce, so that two writes of the same words differ."""

NOTHING_TO_DO = """
SELECT state IN ('ready', 'failed') AND NOT EXISTS (
  SELECT FROM steps p WHERE p.session_id = s.id AND p.step <> 'archive' AND p.state IN ('pending', 'running'))
FROM sessions s WHERE id = $1
"""
"""The index is made after a session is ready, and is told of in one more event."""

READY_S = 150.0


async def log_final_writes(installation: Installation) -> None:
    """From now on the database itself notes every final transcription that is written."""
    await installation.execute(FINAL_WRITES)


@asynccontextmanager
async def watched(
    installation: Installation, url: str, recorder: Recorder, *, restless: int | None = None
) -> AsyncIterator[Watcher]:
    """A viewer from the session's first moment on."""
    await until(lambda: recorder.session_id)
    watcher = Watcher(installation, url, str(recorder.session_id), restless=restless)
    following = asyncio.create_task(watcher.run())
    try:
        yield watcher
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def state_of(installation: Installation, recorder: Recorder) -> str:
    state = await installation.value("SELECT state FROM sessions WHERE id = $1", UUID(recorder.session_id))
    return str(state)


async def complaints(
    installation: Installation,
    url: str,
    recorder: Recorder,
    watcher: Watcher,
    chunks: Sequence[Chunk],
    text: str | None = None,
) -> list[str]:
    """Everything that is wrong with a session whose recorder has been told that it is stopped.

    ``text`` is what the same speech gives when nothing is disturbed.
    """
    found = await _not_ready(installation, recorder)
    found += await _lost_chunks(installation, recorder)
    found += await _final_writes(installation, recorder)
    found += await _event_gaps(installation, recorder)
    transcript = await installation.get(url, recorder.who, f"/sessions/{recorder.session_id}/transcript")
    found += _coverage(transcript, chunks)
    found += await _differing_views(installation, url, recorder, watcher, transcript)
    heard = "\n".join(segment["text"] for segment in transcript["segments"])
    if text is not None and heard != text:
        found.append(f"the text is another than undisturbed:\n{heard}")
    if any(segment["text"] in installation.said() for segment in transcript["segments"]):
        found.append("what was said is in a log")
    return found


async def _not_ready(installation: Installation, recorder: Recorder) -> list[str]:
    async def is_done() -> bool:
        return bool(await installation.value(NOTHING_TO_DO, UUID(recorder.session_id)))

    try:
        await until(is_done, READY_S)
    except AssertionError:
        return [f"the session stays {await state_of(installation, recorder)}"]
    state = await state_of(installation, recorder)
    return [] if state == "ready" else [f"the session is {state}"]


async def _lost_chunks(installation: Installation, recorder: Recorder) -> list[str]:
    rows = await installation.fetch(
        "SELECT org_id, seq, sha256, audio FROM chunks WHERE session_id = $1", UUID(recorder.session_id)
    )
    stored = {row["seq"]: row for row in rows}
    found = [f"chunk {seq} was acknowledged and is lost" for seq in recorder.acknowledged if seq not in stored]
    if rows:
        key = await _session_key(installation, rows[0]["org_id"], UUID(recorder.session_id))
        kept = {seq: audio for seq, audio in recorder.acknowledged.items() if seq in stored}
        found += [
            f"chunk {seq} is stored with other bytes than acknowledged"
            for seq, audio in kept.items()
            if not _is_stored(key, UUID(recorder.session_id), seq, audio, stored[seq])
        ]
    return found


def _is_stored(key: Key, session_id: UUID, seq: int, audio: bytes, row: asyncpg.Record) -> bool:
    digest = hashlib.sha256(audio).digest()
    return bool(row["sha256"] == digest and key.open(row["audio"], chunk_label(session_id, seq)) == audio)


async def _session_key(installation: Installation, org_id: UUID, session_id: UUID) -> Key:
    settings = installation.settings
    database = await Database.connect(settings.database_url, connections=1, timeout_s=10)
    try:
        return await Keyring(database, Key(settings.master_key_bytes)).session(org_id, session_id)
    finally:
        await database.close()


async def _final_writes(installation: Installation, recorder: Recorder) -> list[str]:
    rows = await installation.fetch(
        """
        SELECT w.id, w.state, (SELECT count(*) FROM final_writes f WHERE f.window_id = w.id) AS writes
        FROM windows w WHERE w.session_id = $1 AND w.planned AND w.kind = 'final'
        """,
        UUID(recorder.session_id),
    )
    found = [] if rows else ["there is no window"]
    return found + [
        f"window {row['id']} is {row['state']} and has {row['writes']} final transcriptions"
        for row in rows
        if (row["state"], row["writes"]) != ("done", 1)
    ]


async def _event_gaps(installation: Installation, recorder: Recorder) -> list[str]:
    session_id = UUID(recorder.session_id)
    head = await installation.value("SELECT version FROM sessions WHERE id = $1", session_id)
    rows = await installation.fetch("SELECT version FROM events WHERE session_id = $1 ORDER BY version", session_id)
    versions = [row["version"] for row in rows]
    return [] if versions == list(range(1, head + 1)) else [f"events {versions} do not lead to version {head}"]


def _coverage(transcript: dict[str, Any], chunks: Sequence[Chunk]) -> list[str]:
    end_ms = (chunks[-1].first_sample + chunks[-1].sample_count) * 1000 // SAMPLE_RATE
    whole = {"recorded_ms": end_ms, "transcribed_ms": end_ms, "holes": []}
    covered = transcript["coverage"]
    return [] if covered == whole else [f"coverage is {covered} instead of {whole}"]


async def _differing_views(
    installation: Installation, url: str, recorder: Recorder, watcher: Watcher, transcript: dict[str, Any]
) -> list[str]:
    """Of a viewer that watched throughout and of one that has just come."""
    async with watched(installation, url, recorder) as fresh:
        found = []
        for name, viewer in (("a viewer that watched throughout", watcher.viewer), ("a fresh viewer", fresh.viewer)):
            try:
                await until(lambda viewer=viewer: viewer.view.version >= transcript["head"])  # type: ignore[misc]
            except AssertionError:
                found.append(f"{name} is stuck at version {viewer.view.version} of {transcript['head']}")
            found += [f"{name} {difference}" for difference in _differences(viewer.view, transcript)]
        return found


def _differences(view: TranscriptView, transcript: dict[str, Any]) -> list[str]:
    held = {segment.id: segment for segment in map(segment_from_wire, transcript["segments"])}
    compared = {
        "version": (view.version, transcript["head"]),
        "state": (view.state, transcript["state"]),
        "segments": (view.segments, held),
        "transcribed_ms": (view.transcribed_ms, transcript["coverage"]["transcribed_ms"]),
        "holes": (view.holes, tuple(map(tuple, transcript["coverage"]["holes"]))),
        "provisional text": (view.provisional_text(), ""),
    }
    return [f"sees another {name}: {seen!r}, not {kept!r}" for name, (seen, kept) in compared.items() if seen != kept]
