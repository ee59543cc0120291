"""A window whose batch came to nothing is tried again with no other: it may be what killed the batch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from chunk_workers.model_process import ModelCrashed
from chunk_workers.recognition import Recognition, Utterance
from hearken.embedded import Services
from tests.installation import installation_on
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play
from tests.scripted_ports import ScriptedLane
from tests.scripted_recording import talk


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("tried_again")) as installation,
        Clinic.on(installation) as made,
    ):
        yield made


@dataclass
class CrashingLane(ScriptedLane):
    """Dies of what it is asked first."""

    alone: list[bool] = field(default_factory=list)

    async def recognise(self, utterance: Utterance, *, urgency: int, deadline: float, alone: bool) -> Recognition:
        self.alone.append(alone)
        if len(self.alone) == 1:
            raise ModelCrashed("as the script says")
        return await super().recognise(utterance, urgency=urgency, deadline=deadline, alone=alone)


async def test_a_window_is_asked_for_alone_once_it_was_tried(clinic: Clinic) -> None:
    play = Play(clinic, talk(0, 1, 0))
    await play.start()
    for piece in play.recording.pieces:
        await play.send(piece.seq)
    await play.stop()
    await play.plan_hastily()
    lane = CrashingLane()
    while await play.transcriber.transcribe_next(lane):
        pass
    assert sorted(lane.alone) == [False, False, True]
