"""pyannote.audio block by block comes to what its own pipeline does in one pass, to the last turn."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray
from pyannote.audio.telemetry import metrics

from chunk_workers.diarization import Speakers
from chunk_workers.model_process import ModelCrashed
from chunk_workers.speakers.choice import DiarizerSettings, choose
from chunk_workers.speakers.process import DiarizerProcess
from chunk_workers.speakers.pyannote import PyannoteDiarizer
from chunk_workers.speakers.slides import Slides
from session_core.errors import EngineUnavailable
from tests.with_pyannote.conftest import Offline, as_file, in_one_pass

LONG_S = 600.0


def turns(found: Speakers) -> list[tuple[int, int, int]]:
    return [(turn.start_ms, turn.end_ms, turn.speaker) for turn in found.turns]


def opened(folder: Path) -> PyannoteDiarizer:
    return PyannoteDiarizer(folder, label=folder.name, device="cpu", threads=2)


def blocks_of(audio: NDArray[np.int16], diarizer: PyannoteDiarizer) -> list[NDArray[np.int16]]:
    grid = diarizer.grid
    return [audio[slice(*grid.block(place, len(audio)))] for place in range(grid.blocks(len(audio)))]


def copied(offline: Offline, to: Path) -> Path:
    return Path(shutil.copytree(offline.folder, to / "untaught"))


@pytest.mark.parametrize("kind", ["multilabel", "powerset"])
def test_blocks_come_to_the_same_annotation_as_one_pass(
    kind: str, audio: NDArray[np.int16], request: pytest.FixtureRequest
) -> None:
    offline: Offline = request.getfixturevalue(kind)
    diarizer = opened(offline.folder)
    # Stored and read, made in another order than they lie, as after a restart.
    packed = [diarizer.slides(block).pack() for block in reversed(blocks_of(audio, diarizer))]
    blocks = [Slides.unpack(each) for each in reversed(packed)]
    assert len(blocks) > 1
    found = diarizer.speakers(blocks, None)
    assert turns(found) == offline.turns
    output = diarizer._pipeline_output(Slides.joined(blocks), None)
    assert output.speaker_diarization == offline.output.speaker_diarization
    assert output.exclusive_speaker_diarization == offline.output.exclusive_speaker_diarization
    assert np.allclose(output.speaker_embeddings, offline.output.speaker_embeddings, rtol=1e-3, atol=1e-4)
    # It would prove little if only one had spoken, or never two at once.
    assert len(found.voices) >= 2
    assert any(after[0] < before[1] for before, after in pairwise(offline.turns))


def test_in_batches_of_one_every_number_is_the_same_to_the_last_bit(
    audio: NDArray[np.int16], multilabel: Offline
) -> None:
    diarizer = opened(multilabel.folder)
    slides = Slides.joined([diarizer.slides(block) for block in blocks_of(audio, diarizer)])
    activity = diarizer._pipeline.get_segmentations(as_file(audio))
    embeddings = diarizer._pipeline.get_embeddings(as_file(audio), diarizer._binary(activity))
    assert np.array_equal(slides.activity, activity.data)
    assert np.array_equal(slides.embeddings, embeddings, equal_nan=True)
    given = diarizer.speakers([slides], 2)
    assert turns(given) == Offline(multilabel.folder, in_one_pass(multilabel.folder, audio, speakers=2)).turns


async def test_a_process_that_is_killed_in_the_middle_changes_nothing(
    audio: NDArray[np.int16], multilabel: Offline
) -> None:
    settings = DiarizerSettings(diarizer="auto", model=str(multilabel.folder), device="cpu", threads=2, niceness=0)
    process = DiarizerProcess(settings)
    try:
        grid = await process.grid()
        assert grid is not None
        assert process.notice is not None
        assert "the best diarizer present" in process.notice
        blocks = [audio[slice(*grid.block(place, len(audio)))] for place in range(grid.blocks(len(audio)))]
        packed = [await process.slides(blocks[0], LONG_S)]
        pid = process.pid
        assert pid is not None
        under_way = asyncio.create_task(process.slides(blocks[1], LONG_S))
        await asyncio.sleep(0)  # Now the call is on its way.
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ModelCrashed):
            await under_way
        packed += [await process.slides(block, LONG_S) for block in blocks[1:]]
        assert process.pid not in (None, pid)
        assert turns(await process.speakers(packed, None, LONG_S)) == multilabel.turns
    finally:
        await process.aclose()


def test_silence_is_nobody(multilabel: Offline) -> None:
    silent = Slides(np.zeros((3, 589, 3), dtype=np.float32), np.zeros((3, 3, 512), dtype=np.float32))
    found = opened(multilabel.folder).speakers([silent], None)
    assert (found.turns, found.voices.shape) == ((), (0, 512))


def test_a_local_folder_needs_no_network_and_telemetry_is_off(
    audio: NDArray[np.int16], multilabel: Offline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def refuse(*where: Any, **_: Any) -> NoReturn:
        asked.append(where)
        raise OSError("there is no network in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    diarizer = opened(multilabel.folder)
    diarizer.speakers([diarizer.slides(audio[: 11 * 16_000])], None)
    # Telemetry goes out in the background: what waits would go now.
    metrics.provider.force_flush()
    assert asked == []
    assert not metrics.is_metrics_enabled()


def test_a_pipeline_of_the_hub_that_is_not_here_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    asked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **_: asked.append(where))
    with pytest.raises(EngineUnavailable, match="nothing is downloaded unless asked"):
        choose(DiarizerSettings(diarizer="pyannote"))
    assert asked == []


@pytest.mark.parametrize("broken", ["segmentation/pytorch_model.bin", "plda/plda.npz", "config.yaml"])
def test_a_damaged_folder_says_so_and_auto_goes_on_with_d_vectors(
    broken: str, multilabel: Offline, tmp_path: Path
) -> None:
    folder = copied(multilabel, tmp_path)
    (folder / broken).write_bytes(b"pipeline: [nothing")
    with pytest.raises(EngineUnavailable, match="cannot be loaded"):
        choose(DiarizerSettings(diarizer="pyannote", model=str(folder)))
    choice = choose(DiarizerSettings(model=str(folder)))
    assert choice.diarizer.name.startswith("resemblyzer")
    assert "cannot be loaded" in choice.notice


def test_what_other_parameters_make_has_another_name(multilabel: Offline, tmp_path: Path) -> None:
    folder = copied(multilabel, tmp_path)
    before = opened(folder).name
    assert opened(folder).name == before == opened(multilabel.folder).name
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("threshold: 0.6", "threshold: 0.7"))
    after = opened(folder).name
    assert after != before
    assert after.startswith("pyannote.audio 4.")
