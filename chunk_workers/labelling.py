"""Labelling: who speaks where in a session whose windows are all heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chunk_workers.diarization import Speakers
from chunk_workers.familiar_voices import FamiliarVoices
from chunk_workers.known_voices import recognise
from chunk_workers.session_voices import SessionVoices
from chunk_workers.speaker_ids import speaker_ids
from chunk_workers.steps import Publication
from chunk_workers.telling import Tell
from chunk_workers.transcript import refold, relabel_corrections
from session_core.change import Change
from session_core.decoding.pcm import to_16k
from session_core.errors import NotFound
from session_core.keyring import Keyring
from session_core.messages.speaker import wire_speaker
from session_core.speaker import Speaker
from session_core.storage import artifacts, sessions, speaker_labels, speakers, windows
from session_core.storage.artifacts import LABELS
from session_core.storage.database import Database
from session_core.storage.steps import StepClaim
from session_core.turn import Turn

WHOLE = 1 << 50
"""Samples, or milliseconds, that no session reaches."""


class Labelling:
    """The step ``label``; see ``chunk_workers.steps.StepWork``."""

    def __init__(self, database: Database, keyring: Keyring, voices: SessionVoices, familiar: FamiliarVoices) -> None:
        self._database = database
        self._keyring = keyring
        self._familiar = familiar
        self._voices = voices

    async def prepare(self, claim: StepClaim, tell: Tell) -> Publication:
        key = await self._keyring.session(claim.org_id, claim.session_id)
        async with self._database.organisation(claim.org_id) as connection:
            session = await sessions.get(connection, claim.session_id, key)
            if session is None:
                raise NotFound("there is no such session")
            heard = await windows.heard(connection, session.id)
        found, maker = await self._voices.speakers(session, key, heard, tell)
        names = recognise(found.voices, await self._familiar.of(session, maker))

        async def publish(change: Change) -> None:
            await _publish(change, claim.generation, found, names, maker)

        return publish


async def _publish(change: Change, generation: int, found: Speakers, names: Mapping[int, str], maker: str) -> None:
    session = change.session
    known = await speakers.of_session(change.connection, session.id, change.key)
    ids = await _ids(change, found.turns, known)
    turns = [Turn(turn.start_ms, turn.end_ms, ids[turn.speaker]) for turn in found.turns]
    body = {
        "turns": [(turn.start_ms, turn.end_ms, turn.speaker) for turn in turns],
        "voices": {
            ids[number]: [round(float(part), 5) for part in voice]
            for number, voice in enumerate(found.voices)
            if number in ids
        },
    }
    await artifacts.publish(change.connection, session.org_id, session.id, change.key, LABELS, generation, maker, body)
    await _name(change, known, {ids[number]: names.get(number) for number in ids})
    await refold(change, 0, to_16k(session.end_sample, session.sample_rate) + 1)
    await relabel_corrections(change, turns)
    change.event("artifact.ready", {"kind": LABELS, "generation": generation})


async def _name(change: Change, known: Sequence[Speaker], heard: Mapping[str, str | None]) -> None:
    """Make the speakers that are new known; what a voice says of a name never goes over what people said."""
    before = {speaker.id: speaker for speaker in known}
    given = {speaker.name for speaker in known if speaker.name and not speaker.recognised}
    for speaker_id, name in sorted(heard.items()):
        speaker = before.get(speaker_id)
        if speaker is not None and speaker.name and not speaker.recognised:
            continue
        found = name if name not in given else None
        merged_into = speaker.merged_into if speaker is not None else None
        after = Speaker(speaker_id, found, merged_into, recognised=found is not None)
        if after != speaker:
            await speakers.save(change.connection, change.session.org_id, change.session.id, change.key, after)
            change.event("speaker.updated", wire_speaker(after))


async def _ids(change: Change, heard: Sequence[Turn[int]], known: Sequence[Speaker]) -> dict[int, str]:
    """The ids of the voices. Whom people named, merged or labelled keeps theirs."""
    labels = await speaker_labels.within(change.connection, change.session.id, 0, WHOLE)
    touched = {label.speaker for label in labels if label.speaker is not None}
    touched |= {speaker.id for speaker in known if speaker.merged_into or (speaker.name and not speaker.recognised)}
    touched |= {speaker.merged_into for speaker in known if speaker.merged_into}
    before = await artifacts.turns(change.connection, change.session.id, change.key)
    said = [Turn(label.start_ms, label.end_ms, label.speaker) for label in labels if label.speaker is not None]
    return speaker_ids(heard, said + [turn for turn in before if turn.speaker in touched], touched)
