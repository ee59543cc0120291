"""What is heard where nobody speaks: hiss, hum, clicks, tones, bells, music. 16 kHz samples within [-1, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
KINDS = ("hiss", "hum", "clicks", "tones", "sweep", "music", "gusts", "silence")
Sound = NDArray[np.float64]


def noise(kind: str, seconds: float, random: np.random.Generator) -> Sound:
    """One of ``KINDS``; its colour, pitches and rhythm are chosen by ``random``. Peaks at 1 but for silence."""
    count = round(seconds * RATE)
    at = np.arange(count) / RATE
    if kind == "hiss":
        sound = coloured(count, max(0.0, random.uniform(-0.7, 2.0)), random)
    elif kind == "gusts":
        swell = _curve(at, 0.0, 1.0, random)
        sound = coloured(count, random.uniform(0.0, 2.0), random) * swell**2
    elif kind == "hum":
        base = random.uniform(45, 240)
        sound = sum(
            (np.sin(2 * np.pi * base * k * at) * random.uniform(0, 1) / k for k in range(1, 12)), np.zeros(count)
        )
        sound = sound + 0.1 * coloured(count, 1.0, random)
    elif kind == "clicks":
        sound = np.zeros(count)
        sound[random.integers(0, count, max(1, int(seconds * random.uniform(1, 12))))] = random.uniform(-1, 1)
        sound = np.convolve(sound, coloured(400, 0.0, random) * np.exp(-np.arange(400) / 60), "same")
    elif kind == "tones":
        sound = _notes(at, random, random.uniform(0.2, 3.0), voices=1, partials=1, fading=random.choice([0.0, 4.0]))
    elif kind == "sweep":
        pitch = _curve(at, 80.0, 3000.0, random)
        sound = np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
    elif kind == "music":
        sound = _notes(
            at, random, random.uniform(0.12, 0.8), int(random.integers(1, 5)), 8, fading=random.uniform(0, 5)
        )
    else:
        return np.zeros(count)
    return np.asarray(sound / max(np.abs(sound).max(), 1e-9))


def coloured(count: int, slope: float, random: np.random.Generator) -> Sound:
    """Noise whose power falls as frequency to the power of ``slope``: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(random.standard_normal(count))
    spectrum /= np.maximum(np.arange(len(spectrum)) / len(spectrum) * 100, 1) ** (slope / 2)
    return np.asarray(np.fft.irfft(spectrum, count))


def _curve(at: Sound, least: float, most: float, random: np.random.Generator) -> Sound:
    """A line from one random value to the next each second."""
    values = random.uniform(least, most, int(at[-1]) + 2)
    return np.interp(at, np.arange(len(values)), values)


def _notes(at: Sound, random: np.random.Generator, length: float, voices: int, partials: int, fading: float) -> Sound:
    """Notes of the scale one after the other, several at once, with overtones, that fade at ``fading`` a second."""
    number = (at / length).astype(int)
    since = at - number * length
    sound = np.zeros(len(at))
    for _ in range(voices):
        steps = random.choice([0, 2, 4, 5, 7, 9, 11, 12], number[-1] + 1) + 12 * random.integers(-1, 2)
        loudness = random.uniform(0.1, 1.0, number[-1] + 1) * (random.random(number[-1] + 1) > 0.2)
        pitch = 261.6 * 2 ** (steps / 12)
        for k in range(1, partials + 1):
            sound += loudness[number] * np.sin(2 * np.pi * k * pitch[number] * since) / k
    return np.asarray(sound * np.exp(-fading * since) * np.minimum(1, since / 0.01))
