"""A whole session whose voices pyannote.audio tells apart: sent in chunks, planned, heard, stopped, labelled."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from chunk_workers.chunk_audio import Samples
from chunk_workers.speakers.choice import DiarizerSettings
from chunk_workers.speakers.process import DiarizerProcess
from session_core.background import Background
from session_core.principal import Principal
from session_core.storage import artifacts
from session_core.storage.artifacts import LABELS
from session_core.storage.database import Database
from tests.installation import own_installation, until
from tests.scripted_clinic import NEVER, Clinic
from tests.scripted_play import Play
from tests.scripted_recording import Piece, Recording
from tests.with_pyannote.conftest import Offline

RATE = 16_000


@pytest.fixture
async def clinic(tmp_path: Path, multilabel: Offline) -> AsyncIterator[Clinic]:
    async with own_installation(tmp_path) as installation:
        user = (await installation.fetch("SELECT org_id, id FROM users ORDER BY email"))[0]
        principal = Principal(user["org_id"], user["id"], uuid4(), datetime.now(UTC) + NEVER)
        database = await Database.connect(installation.settings.database_url, connections=8, timeout_s=20)
        background = Background()
        slider = DiarizerProcess(
            DiarizerSettings(diarizer="pyannote", model=str(multilabel.folder), device="cpu", threads=2, niceness=0)
        )
        yield Clinic(installation, database, background, principal, slider=slider)
        await background.close()
        await slider.aclose()
        await database.close()


def sent(audio: NDArray[np.int16]) -> Recording:
    """In chunks of 6 s."""
    pieces: list[Piece] = []
    decoded: dict[bytes, Samples | type[Exception]] = {}
    for seq, first in enumerate(range(0, len(audio), 6 * RATE)):
        data = b"RIFF____WAVE said %d" % seq
        decoded[data] = samples = audio[first : first + 6 * RATE]
        pieces.append(Piece(seq, first, len(samples), data))
    return Recording(RATE, tuple(pieces), decoded)


async def test_the_labels_are_the_turns_of_one_pass_whoever_is_killed_meanwhile(
    audio: NDArray[np.int16], multilabel: Offline, clinic: Clinic
) -> None:
    slider = clinic.slider
    assert isinstance(slider, DiarizerProcess)
    await slider.start()
    play = Play(clinic, sent(audio))
    await play.start()
    for piece in play.recording.pieces:
        await play.send(piece.seq)
        await play.plan_hastily()
        await play.hear_all()

    async def one_is_kept() -> bool:
        rows = await clinic.installation.fetch("SELECT FROM slides WHERE session_id = $1", play.session)
        return len(rows) > 0

    await play.stop()
    await play.plan_hastily()
    await play.hear_all()
    await until(one_is_kept, 600)
    assert slider.pid is not None
    os.kill(slider.pid, signal.SIGKILL)
    await play.do_steps()
    key = await clinic.keyring.session(clinic.principal.org_id, play.session)
    async with clinic.database.organisation(clinic.principal.org_id) as connection:
        labels = await artifacts.newest(connection, play.session, key, LABELS)
        turns = await artifacts.turns(connection, play.session, key)
    assert labels is not None
    assert labels.maker == await slider.name()
    assert [(turn.start_ms, turn.end_ms) for turn in turns] == [turn[:2] for turn in multilabel.turns]
    assert [turn.speaker for turn in turns] == [f"S{number + 1}" for _, _, number in multilabel.turns]
    assert {len(voice) for voice in labels.body["voices"].values()} == {512}
