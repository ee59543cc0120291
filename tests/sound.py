"""Audio for tests: files of every accepted format, and speech."""

from __future__ import annotations

import io
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

RATE = 16_000
Pcm = NDArray[np.int16]
Layout = Literal["mono", "stereo"]

FORMATS: dict[str, tuple[str, str]] = {
    "audio/webm;codecs=opus": ("webm", "libopus"),
    "audio/ogg": ("ogg", "libopus"),
    "audio/mp4": ("mp4", "aac"),
    "audio/wav": ("wav", "pcm_s16le"),
    "audio/flac": ("flac", "flac"),
    "audio/mpeg": ("mp3", "libmp3lame"),
}


def tone(seconds: float, *, rate: int = RATE, hertz: float = 440.0) -> Pcm:
    """A sine at a quarter of full scale."""
    at = np.arange(round(seconds * rate)) / rate
    return (8_000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def file_of(
    pcm: Pcm,
    media_type: str = "audio/webm;codecs=opus",
    *,
    rate: int = RATE,
    layout: Layout = "mono",
    bit_rate: int = 32_000,
) -> bytes:
    """A complete file of one audio stream; in stereo both channels carry the same."""
    container_name, codec = FORMATS[media_type]
    written = io.BytesIO()
    with av.open(written, "w", format=container_name) as container:
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, layout=layout))
        stream.bit_rate = bit_rate
        for start in range(0, len(pcm), rate):
            piece = pcm[start : start + rate]
            interleaved = np.repeat(piece, 2 if layout == "stereo" else 1)
            frame = av.AudioFrame.from_ndarray(interleaved[None], format="s16", layout=layout)
            frame.rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()


def silence_of(hours: int) -> bytes:
    """WebM/Opus silence: one packet of 120 ms over and over, so that making hours of it takes no time."""
    written = io.BytesIO()
    with av.open(written, "w", format="webm") as container:
        options = {"frame_duration": "120", "vbr": "on"}
        stream = container.add_stream("libopus", rate=48_000, layout="mono", options=options)
        second = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), dtype=np.int16), format="s16", layout="mono")
        second.rate = 48_000
        packets = [*stream.encode(second), *stream.encode(None)]
        smallest = min((bytes(packet) for packet in packets if packet.duration == 120 * 48), key=len)
        for number in range(hours * 3600 * 1000 // 120):
            packet = av.Packet(smallest)
            packet.stream, packet.time_base = stream, Fraction(1, 1000)
            packet.pts = packet.dts = number * 120
            container.mux(packet)
    return written.getvalue()


def say(text: str, folder: Path, *, voice: str = "slt") -> Pcm:
    """The text spoken by flite, 16 kHz mono."""
    path = folder / "speech.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.int16)


def music(seconds: float) -> Pcm:
    """Chords that fade, and above them an arpeggio whose notes are struck now softly, now hard."""
    harmony = ((220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (261.6, 329.6, 392.0), (196.0, 246.9, 293.7))
    sound = np.zeros(round(seconds * RATE))
    for number, at in enumerate(np.arange(0.0, seconds - 0.25, 0.25)):
        chord = harmony[number // 8 % 4]
        loudness = 0.3 + 0.7 * (number * 7 % 5) / 4
        struck = [(2 * chord[number % 3], 0.25, loudness)]
        if number % 8 == 0:
            struck += [(hertz, 2.0, 0.7) for hertz in chord]
        for hertz, length, strength in struck:
            first = round(at * RATE)
            played = strength * _plucked(hertz, length)[: len(sound) - first]
            sound[first : first + len(played)] += played
    return np.asarray(np.rint(12_000 * sound / np.abs(sound).max()), dtype=np.int16)


def _plucked(hertz: float, seconds: float) -> NDArray[np.float64]:
    at = np.arange(round(seconds * RATE)) / RATE
    partials = sum((np.sin(2 * np.pi * hertz * k * at) / k for k in range(1, 9)), np.zeros(len(at)))
    return np.asarray(partials * np.exp(-3 * at) * np.minimum(1.0, at / 0.01))
