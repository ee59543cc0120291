"""Sounds of a room in which nobody speaks: noise, machines, keys, music-like tones, silence. 16 kHz, seeded.

None of them is a recording, so nothing is known here of real music, of crowds, or of voices in another room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hearken.chunk_file import SAMPLE_RATE, Samples

Wave = NDArray[np.float64]
Chance = np.random.Generator

LOUDEST_DB, FAINTEST_DB = -12.0, -50.0
"""Loudness (RMS, of full scale) of what is not silence."""

_MAJOR: Final = np.array([0, 2, 4, 5, 7, 9, 11])


def sound(kind: str, seconds: float, chance: Chance) -> Samples:
    """One of ``KINDS``; its colour, pitch, rhythm and loudness are left to chance."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = KINDS[kind](at, chance)
    loudness = 10 ** (chance.uniform(FAINTEST_DB, LOUDEST_DB) / 20)
    if wave.any():
        wave = 32768 * loudness * wave / np.sqrt(np.mean(wave**2))
    # Half a step of dither, as a converter has; digital silence is among the kinds of silence.
    dither = chance.uniform(-0.5, 0.5, len(wave)) if wave.any() else 0.0
    return np.clip(np.rint(wave + dither), -32768, 32767).astype(np.int16)


def _noise(at: Wave, chance: Chance) -> Wave:
    """White to brown, in one noise out of two swelling and fading as wind and traffic do."""
    wave = _coloured(len(at), chance.uniform(0.0, 2.0), chance)
    if chance.random() < 0.5:
        wave = wave * _wandering(at, 0.05, 1.0, chance.uniform(0.3, 3.0), chance)
    return wave


def _hum(at: Wave, chance: Chance) -> Wave:
    """Mains or a fan: a low pitch that hardly moves, its overtones, a little noise."""
    pitch = chance.choice([50.0, 60.0, chance.uniform(70, 300)])
    wave = _voice(pitch * _wandering(at, 0.995, 1.005, 0.5, chance), chance.uniform(0, 1, 14))
    return wave + chance.uniform(0.02, 0.5) * _coloured(len(at), 1.0, chance)


def _keys(at: Wave, chance: Chance) -> Wave:
    """Typing, a mouse, a pen that is put down: short knocks that ring, in bursts."""
    wave = 0.003 * _coloured(len(at), 1.0, chance)
    moment = chance.uniform(0, 0.5)
    while moment < at[-1]:
        length = round(chance.uniform(0.005, 0.05) * SAMPLE_RATE)
        ring = np.sin(2 * np.pi * chance.uniform(200, 5000) * np.arange(length) / SAMPLE_RATE)
        knock = (ring + chance.normal(0, 1, length)) * np.exp(-6 * np.arange(length) / length)
        _put(wave, chance.uniform(0.2, 1) * knock, moment)
        moment += chance.exponential(0.12) + 0.04 if chance.random() < 0.9 else chance.uniform(0.5, 3.0)
    return wave


def _alarm(at: Wave, chance: Chance) -> Wave:
    """A monitor, a telephone, a lift: beeps of one or two pitches, over and over."""
    every, length = chance.uniform(0.4, 2.0), chance.uniform(0.08, 0.4)
    pitches = chance.uniform(300, 3000) * np.array([1.0, chance.choice([1.0, 1.25, 0.75])])
    number = (at / every).astype(int)
    sounding = np.minimum(1, np.minimum(at % every, length - at % every).clip(0) / 0.005)
    return _voice(pitches[number % 2], chance.uniform(0, 1, 3) ** 2) * sounding


def _siren(at: Wave, chance: Chance) -> Wave:
    """A pitch that glides, now here, now there: a saw, a kettle, a siren, a chair that is moved."""
    return _voice(_wandering(at, 120, 2500, chance.uniform(0.3, 4.0), chance), chance.uniform(0, 1, 4) ** 2)


def _arpeggio(at: Wave, chance: Chance) -> Wave:
    """Plucked notes of chords one after the other, and a bass."""
    wave, step = np.zeros(len(at)), chance.uniform(0.12, 0.5)
    key = chance.uniform(150, 400)
    for number, moment in enumerate(np.arange(0, at[-1], step)):
        degree = [0, 3, 4, 0][number // 8 % 4]
        _put(wave, chance.uniform(0.3, 1) * _plucked(_pitch(key, degree + 2 * (number % 3)), 1.5, chance), moment)
        if number % 8 == 0:
            _put(wave, _plucked(_pitch(key, degree) / 2, 4 * step, chance), moment)
    return wave


def _chords(at: Wave, chance: Chance) -> Wave:
    """An organ or strings: held chords, each voice with a vibrato of its own."""
    wave, length = np.zeros(len(at)), chance.uniform(0.8, 4.0)
    key, depth, partials = chance.uniform(130, 300), chance.uniform(0, 0.02), 1 / np.arange(1, 10)
    change = np.minimum(1, np.minimum(at % length, length - at % length) / 0.06)
    degrees = chance.choice([0, 1, 3, 4, 5], int(at[-1] / length) + 1)[(at / length).astype(int)]
    for interval in (0, 2, 4, 7):
        vibrato = 1 + depth * np.sin(2 * np.pi * chance.uniform(4, 7) * at + chance.uniform(0, 6))
        wave += _voice(_pitch(key, degrees + interval) * vibrato, partials)
    return wave * change


def _melody(at: Wave, chance: Chance) -> Wave:
    """One instrument: notes of a scale, some long, some short, slurred or not, with vibrato and an even timbre."""
    key, wave = chance.uniform(180, 600), np.zeros(len(at))
    slur, timbre = chance.uniform(0.01, 0.15), chance.uniform(0.3, 1, 10) / np.arange(1, 11)
    moment = 0.0
    while moment < at[-1]:
        length = float(chance.choice([0.2, 0.4, 0.4, 0.8, 1.6]))
        since = np.arange(round(length * SAMPLE_RATE)) / SAMPLE_RATE
        vibrato = 1 + 0.015 * np.minimum(1, since / 0.3) * np.sin(2 * np.pi * 5.5 * since)
        note = _voice(_pitch(key, int(chance.integers(-3, 8))) * vibrato, timbre)
        _put(wave, note * np.minimum(1, np.minimum(since, length - since) / slur), moment)
        moment += length if chance.random() < 0.85 else 2 * length
    return wave


def _beat(at: Wave, chance: Chance) -> Wave:
    """Drums: a low thump, a hiss between, a snare."""
    wave, step = np.zeros(len(at)), chance.uniform(0.15, 0.35)
    for number, moment in enumerate(np.arange(0, at[-1], step)):
        since = np.arange(round(0.2 * SAMPLE_RATE)) / SAMPLE_RATE
        hiss = chance.normal(0, 1, len(since)) * np.exp(-since / 0.03)
        thump = 3 * np.sin(2 * np.pi * (50 * since - 4 * np.exp(-since / 0.02))) * np.exp(-since / 0.07)
        _put(wave, (thump, 0.3 * hiss, hiss + 0.5 * thump, 0.3 * hiss)[number % 4], moment)
    return wave


def _silence(at: Wave, chance: Chance) -> Wave:
    """Digital silence, or a converter's last bits."""
    if chance.random() < 0.5:
        return np.zeros(len(at))
    return np.asarray(chance.integers(-1, 2, len(at)), dtype=np.float64)


KINDS: Final[Mapping[str, Callable[[Wave, Chance], Wave]]] = {
    "noise": _noise,
    "hum": _hum,
    "keys": _keys,
    "alarm": _alarm,
    "siren": _siren,
    "arpeggio": _arpeggio,
    "chords": _chords,
    "melody": _melody,
    "beat": _beat,
    "silence": _silence,
}


def _coloured(count: int, slope: float, chance: Chance) -> Wave:
    """Noise whose power falls as frequency to the power of ``slope``: 0 white, 1 pink, 2 brown; its RMS is 1."""
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    spectrum = np.fft.rfft(chance.normal(0, 1, count)) / np.maximum(hertz, 20.0) ** (slope / 2)
    wave = np.fft.irfft(spectrum, count)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)))


def _wandering(at: Wave, least: float, most: float, seconds: float, chance: Chance) -> Wave:
    """From one random value to the next, so many seconds each."""
    values = chance.uniform(least, most, int(at[-1] / seconds) + 2)
    return np.interp(at / seconds, np.arange(len(values)), values)


def _voice(pitch: Wave | float, partials: Wave) -> Wave:
    """Overtones of a pitch in Hz, sample by sample; those above half the rate are left out."""
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    audible = [(k, loud) for k, loud in enumerate(partials, 1) if k * np.max(pitch) < SAMPLE_RATE / 2]
    return np.asarray(np.sum([loud * np.sin(k * phase) for k, loud in audible], axis=0))


def _plucked(pitch: Wave | float, seconds: float, chance: Chance) -> Wave:
    since = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    note = _voice(np.full(len(since), pitch), 1 / np.arange(1, 9))
    return np.asarray(note * np.exp(-since * chance.uniform(2, 6)) * np.minimum(1, since / 0.008))


def _pitch(key: float, degree: NDArray[np.int_] | int) -> Wave:
    """Steps of the major scale from a key note in Hz."""
    octave, step = np.divmod(degree, len(_MAJOR))
    return np.asarray(key * 2 ** (octave + _MAJOR[step] / 12))


def _put(wave: Wave, piece: Wave, moment: float) -> None:
    first = round(moment * SAMPLE_RATE)
    wave[first : first + len(piece)] += piece[: max(0, len(wave) - first)]
