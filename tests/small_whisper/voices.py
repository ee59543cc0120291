"""Sentences voiced by flite: their mel power, and when each word and phone is said."""

from __future__ import annotations

import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from tests.small_whisper.sentences import aloud, spoken, words

VOICES = ("slt", "rms", "awb", "kal16")
_PHONES = """
pau aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh
"""
PHONES = tuple(_PHONES.split())
RATE, HOP = 16_000, 160
FLOOR = 1e-10
"""Least power that Whisper's features know."""

Mel = NDArray[np.float16]


@dataclass(frozen=True)
class Utterance:
    """``mel`` is log10 of power, (frames of 10 ms, 80); ``phones`` one of ``PHONES`` a frame; ``times`` a word's start
    and end in seconds."""

    text: str
    voice: str
    mel: Mel
    phones: NDArray[np.uint8]
    times: NDArray[np.float32]


@dataclass(frozen=True)
class Speech:
    """What flite says: 16 kHz samples, and phones with the seconds at which they end."""

    pcm: NDArray[np.int16]
    phones: list[tuple[str, float]]


def say(text: str, voice: str, stretch: float = 1.0) -> Speech:
    """``stretch`` is how much longer than usual everything takes."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={stretch}", "-psdur", "-t", text]
        printed = subprocess.run([*command, "-o", file.name], check=True, capture_output=True, text=True).stdout
        with av.open(file.name) as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    phones = [item.rsplit(":", 1) for item in printed.split()]
    return Speech(np.concatenate(frames).astype(np.int16), [(phone, float(end)) for phone, end in phones])


@cache
def _length(word: str) -> int:
    """How many phones a word has when said alone."""
    printed = subprocess.run(["flite", "-ps", "-t", word, "-o", "none"], check=True, capture_output=True, text=True)
    return sum(phone != "pau" for phone in printed.stdout.split())


def word_times(text: str, phones: list[tuple[str, float]]) -> NDArray[np.float32] | None:
    """Start and end in seconds of each written word; None where words sound otherwise here than alone."""
    lengths = [_length(spoken(word)) for word in words(text)]
    sounds = [
        (before, end) for (_, before), (phone, end) in zip([("", 0.0), *phones], phones, strict=False) if phone != "pau"
    ]
    if sum(lengths) != len(sounds):
        return None
    ends = np.cumsum(lengths)
    return np.array(
        [(sounds[end - n][0], sounds[end - 1][1]) for n, end in zip(lengths, ends, strict=True)], np.float32
    )


def mel_of(pcm: NDArray[np.int16] | NDArray[np.float32]) -> Mel:
    """log10 of mel power, computed by faster-whisper itself up to where it looks at the loudest; (frames, 80)."""
    extractor = FeatureExtractor()
    window = np.hanning(extractor.n_fft + 1)[:-1].astype(np.float32)
    audio = np.pad(pcm.astype(np.float32) / 32768, (0, HOP))
    spectrum = extractor.stft(audio, extractor.n_fft, HOP, window=window, return_complex=True)[..., :-1]
    power = extractor.mel_filters @ np.abs(spectrum.astype(np.complex64)) ** 2
    return np.asarray(np.log10(np.maximum(power, FLOOR)).T, np.float16)


def utter(text: str, voice: str, stretch: float) -> Utterance | None:
    speech = say(aloud(text), voice, stretch)
    times = word_times(text, speech.phones)
    if times is None:
        return None
    mel = mel_of(speech.pcm)
    ends = np.round(np.array([end for _, end in speech.phones]) * RATE / HOP).astype(int)
    numbers = np.array([PHONES.index(phone) for phone, _ in speech.phones], np.uint8)
    at = np.searchsorted(ends, np.arange(len(mel)), side="right").clip(max=len(numbers) - 1)
    return Utterance(text, voice, mel, numbers[at], times)


def utterances(texts: list[str], seed: int, cache_folder: Path) -> list[Utterance]:
    """Each text once, by one voice at one speed (0.85 to 1.25 of flite's durations); kept on disk."""
    cache_folder.mkdir(parents=True, exist_ok=True)
    path = cache_folder / f"{len(texts)}-{seed}.npz"
    if not path.exists():
        random = np.random.default_rng(seed)
        jobs = [(text, VOICES[i % 4], float(random.uniform(0.85, 1.25))) for i, text in enumerate(texts)]
        with ThreadPoolExecutor(2) as pool:
            said = [one for one in pool.map(lambda job: utter(*job), jobs) if one is not None]
        _save(path, said)
    return _load(path)


def _save(path: Path, said: list[Utterance]) -> None:
    np.savez(
        path,
        texts=np.array([one.text for one in said]),
        voices=np.array([one.voice for one in said]),
        frames=np.array([len(one.mel) for one in said]),
        counts=np.array([len(one.times) for one in said]),
        mel=np.concatenate([one.mel for one in said]),
        phones=np.concatenate([one.phones for one in said]),
        times=np.concatenate([one.times for one in said]),
    )


def _load(path: Path) -> list[Utterance]:
    with np.load(path) as kept:
        ends, last = np.cumsum(kept["frames"])[:-1], np.cumsum(kept["counts"])[:-1]
        parts = (np.split(kept["mel"], ends), np.split(kept["phones"], ends), np.split(kept["times"], last))
        return [Utterance(*one) for one in zip(kept["texts"].tolist(), kept["voices"].tolist(), *parts, strict=True)]
