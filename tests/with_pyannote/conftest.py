"""A voiced conversation, and what pyannote.audio itself makes of it in one pass."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pyannote.audio import Pipeline

from tests.with_pyannote.pipeline_folder import write_multilabel_folder, write_powerset_folder

SAID = (
    ("slt", "Good morning. How can I help you today?"),
    ("rms", "I have had a sharp pain in my left knee for two weeks, and it does not get any better."),
    ("slt", "Did you fall or twist it?"),
    ("rms", "Yes, I twisted it playing football, and since then it hurts when I climb the stairs."),
    ("slt", "I think you have torn the meniscus. Rest the leg, and put ice on it."),
    ("rms", "Thank you very much."),
)
PAUSE = 8_000


@dataclass(frozen=True)
class Offline:
    """A pipeline's folder, and the pipeline as its makers meant it: run once over all of the audio."""

    folder: Path
    output: Any

    @property
    def turns(self) -> list[tuple[int, int, int]]:
        """In milliseconds, with speakers numbered as they first speak."""
        found = sorted(
            (round(segment.start * 1000), round(segment.end * 1000), label)
            for segment, _, label in self.output.speaker_diarization.itertracks(yield_label=True)
        )
        number = {label: at for at, label in enumerate(dict.fromkeys(label for _, _, label in found))}
        return [(start, end, number[label]) for start, end, label in found]


@pytest.fixture(scope="session")
def audio(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.int16]:
    """About 24 s at 16 kHz: 15 windows of pyannote's, the last of which reaches beyond the end."""
    path = tmp_path_factory.mktemp("voiced") / "said.wav"
    spoken = []
    for voice, text in SAID:
        run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        with wave.open(str(path)) as opened:
            assert opened.getframerate() == 16_000
            spoken.append(np.frombuffer(opened.readframes(opened.getnframes()), dtype="<i2"))
        spoken.append(np.zeros(PAUSE, dtype=np.int16))
    return np.concatenate(spoken).astype(np.int16)


@pytest.fixture(scope="session")
def multilabel(audio: NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory) -> Offline:
    folder = write_multilabel_folder(tmp_path_factory.mktemp("multilabel") / "untaught", audio)
    return Offline(folder, in_one_pass(folder, audio))


@pytest.fixture(scope="session")
def powerset(audio: NDArray[np.int16], tmp_path_factory: pytest.TempPathFactory) -> Offline:
    folder = write_powerset_folder(tmp_path_factory.mktemp("powerset") / "untaught", audio)
    return Offline(folder, in_one_pass(folder, audio))


def in_one_pass(folder: Path, audio: NDArray[np.int16], speakers: int | None = None) -> Any:
    return Pipeline.from_pretrained(folder)(as_file(audio), num_speakers=speakers)


def as_file(audio: NDArray[np.int16]) -> dict[str, Any]:
    """As pyannote.audio takes audio that is in memory."""
    samples = torch.from_numpy(audio.astype(np.float32) / 32768)
    return {"waveform": samples[None], "sample_rate": 16_000, "uri": "session"}
