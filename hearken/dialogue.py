"""The sample session: a short consultation, written for this project and voiced on the spot by flite."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hearken.chunk_file import SAMPLE_RATE, Samples
from session_core.errors import HearkenError

CLINICIAN, PATIENT = "slt", "rms"
PAUSE_S = 0.7


class VoicesMissing(HearkenError):
    """Nothing here can speak."""

    retryable = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says at a time; ``voice`` is one of flite's."""

    voice: str
    text: str


DIALOGUE = (
    Turn(CLINICIAN, "Good morning. Please sit down. How have you been since the last time we met?"),
    Turn(PATIENT, "Good morning, doctor. I have been better, but I am still very tired."),
    Turn(CLINICIAN, "I am sorry to hear that. How many hours do you sleep at night?"),
    Turn(PATIENT, "I go to bed at ten. I wake up at three in the morning, and then I can not sleep again."),
    Turn(CLINICIAN, "What do you think about when you are awake?"),
    Turn(PATIENT, "I think about my work. There is too much to do, and I am afraid of making a mistake."),
    Turn(CLINICIAN, "I understand. Did you keep a diary of your thoughts, as we said last week?"),
    Turn(PATIENT, "Yes, I did that four times. On those nights it was easier to rest."),
    Turn(CLINICIAN, "Very good. That is a real step. Tell me about the pain in your back."),
    Turn(PATIENT, "The pain is almost gone. I go for a long walk every day after lunch."),
    Turn(CLINICIAN, "I am glad to hear it. Please stay active, and do not drink coffee in the afternoon."),
    Turn(PATIENT, "I can do that. My wife says the same thing."),
    Turn(CLINICIAN, "Then that is our plan. Keep the diary this week, and let us meet again on Monday."),
    Turn(PATIENT, "Thank you very much. I will see you on Monday."),
)


async def voice_dialogue(path: Path) -> float:
    """Write :data:`DIALOGUE` as a WAV file, 16 kHz mono, and return its length in seconds.

    Raises :class:`VoicesMissing` with what to install.
    """
    flite = shutil.which("flite")
    if flite is None:
        raise VoicesMissing("the sample session is voiced by flite, which is missing: apt-get install flite")
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), dtype=np.int16)
    spoken: list[Samples] = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in DIALOGUE:
            spoken += [await _speak(flite, turn, Path(folder) / "turn.wav"), pause]
    samples = np.concatenate(spoken)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return len(samples) / SAMPLE_RATE


async def _speak(flite: str, turn: Turn, path: Path) -> Samples:
    process = await asyncio.create_subprocess_exec(flite, "-voice", turn.voice, "-t", turn.text, "-o", str(path))
    if await process.wait():
        raise VoicesMissing(f"flite can't speak with its voice {turn.voice} (exit code {process.returncode})")
    with wave.open(str(path), "rb") as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (SAMPLE_RATE, 1, 2):
            raise VoicesMissing(f"flite's voice {turn.voice} is not of the quality that is needed")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
