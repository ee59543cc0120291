"""The quality of what was heard, and why there may be no word."""

from __future__ import annotations

import numpy as np
import pytest

from chunk_workers.voice import RATE
from session_core.errors import BadMedia
from tests.integration.after_stop.stopped_session import quality_of
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play, heard
from tests.scripted_recording import CHUNK_SECONDS, Piece, Recording, talk

SILENCE = np.zeros(int(CHUNK_SECONDS) * RATE, dtype=np.int16)
WAVE = b"RIFF____WAVE"
PIECES = (Piece(0, 0, len(SILENCE), WAVE),)


@pytest.mark.parametrize(
    ("recording", "warning"),
    [
        (Recording(RATE, PIECES, {WAVE: SILENCE}), "no_speech"),
        (Recording(RATE, PIECES, {WAVE: BadMedia}), "parts_missing"),
        (Recording(RATE, (), {}), "nothing_recorded"),
    ],
    ids=["silence", "undecodable", "no chunks"],
)
async def test_a_session_without_a_word_ends_ready_and_says_why_there_is_none(
    clinic: Clinic, recording: Recording, warning: str
) -> None:
    play = await heard(clinic, recording)
    await play.do_steps()
    transcript = await play.transcript()
    assert (transcript["state"], transcript["segments"]) == ("ready", [])
    assert (await quality_of(play))["warnings"] == [warning]


async def test_the_quality_of_what_was_heard_is_the_same_after_people_corrected_all_of_it(clinic: Clinic) -> None:
    play = await heard(clinic, talk(0, 1), without=frozenset({1}))
    before = await quality_of(play)
    assert before["words"] > 0
    assert before["languages"] == {"en": before["words"]}
    for segment in (await play.transcript())["segments"]:
        await play.change(segment["id"], {"text": "as it was really said"})
    await play.send(1)
    await play.settle()
    after, straight = await quality_of(play), await quality_of(await heard(clinic, talk(0, 1)))
    assert after == straight
    assert after["words"] > before["words"]


async def test_the_language_of_each_window_is_told(clinic: Clinic) -> None:
    play = Play(clinic, talk(0, 1, 0, 1, 0, 1))
    await play.start()
    for piece in play.recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    await play.hear_one()
    await clinic.installation.execute(
        f"UPDATE windows SET language = 'de' WHERE session_id = '{play.session}' AND state = 'done'"
    )
    await play.hear_all()
    quality = await quality_of(play)
    assert list(quality["languages"]) == ["de", "en"]
    assert sum(quality["languages"].values()) == quality["words"]
    assert "mixed_languages" in quality["warnings"]
    await play.do_steps()
