"""From the bytes of one chunk to samples. Untrusted input: run this only inside ``sandbox.DecodeSandbox``.

The bytes decide which demuxer runs, from an allow-list; nothing is probed, so a playlist or a script
(``ffconcat``, HLS) is refused before FFmpeg sees it. The demuxer may use no protocol, formats and codecs are
allow-listed once more inside FFmpeg, and decoding stops at a cap of samples, whatever the file announces.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import av
import av.error
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from session_core.container import container_of
from session_core.decoding.pcm import SAMPLE_RATE
from session_core.errors import BadMedia
from session_core.media_type import media_type_of

_CODECS: dict[str, tuple[str, ...]] = {
    "webm": ("opus",),
    "ogg": ("opus",),
    "mp4": ("aac",),
    "wav": ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"),
    "flac": ("flac",),
    "mp3": ("mp3float", "mp3"),
}
"""Containers, called as FFmpeg's demuxers are, and the codecs that are taken in each."""

_LOWEST_RATE, _HIGHEST_RATE = 8_000, 192_000
_MOST_CHANNELS = 8


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """``max_samples``: how many samples at 16 kHz a chunk may decode to before it is refused."""

    max_samples: int


def decode(data: bytes, media_type: str, limits: DecodeLimits) -> NDArray[np.int16]:
    """Decode the first audio stream of a file to 16 kHz mono; returns shape ``(samples,)``.

    Knows WebM/Opus, Ogg/Opus, MP4/AAC, WAV (PCM), FLAC and MP3. A wrong but known ``media_type`` on good bytes
    does no harm. Of a truncated or damaged file the samples that could be decoded come back. Resampling and
    downmixing are libswresample's, without dither: the same bytes give the same samples.

    Raises ``BadMedia`` where nothing can be decoded, and where there is more than the limits allow.
    """
    media_type_of(media_type)  # Raises for what is not taken.
    demuxer = container_of(data)
    if demuxer is None:
        raise BadMedia("this is no audio file of an accepted format")
    try:
        with _open(data, demuxer) as container:
            pcm = _samples(container, _CODECS[demuxer], limits.max_samples)
    except MemoryError as error:
        raise BadMedia("decoding this file needs more memory than a chunk may take") from error
    except (av.error.FFmpegError, ValueError) as error:
        raise BadMedia("the file cannot be decoded") from error
    if not len(pcm):
        raise BadMedia("the file holds no sound")
    return pcm


def _open(data: bytes, demuxer: str) -> InputContainer:
    options = {
        "format_whitelist": "matroska,webm,ogg,mov,mp4,m4a,3gp,3g2,mj2,wav,flac,mp3",
        "protocol_whitelist": "pipe",
        "codec_whitelist": ",".join(_CODECS[demuxer]),
    }
    return av.open(io.BytesIO(data), mode="r", format=demuxer, options=options)


def _samples(container: InputContainer, codecs: tuple[str, ...], max_samples: int) -> NDArray[np.int16]:
    if not container.streams.audio:
        raise BadMedia("the file holds no audio stream")
    stream = container.streams.audio[0]
    if stream.codec_context.name not in codecs:
        raise BadMedia("the audio codec is not accepted in this container")
    stream.codec_context.thread_count = 1
    pieces: list[NDArray[np.int16]] = []
    total = 0
    for frame in _resampled(_frames(container, stream)):
        pieces.append(frame.to_ndarray()[0])
        total += frame.samples
        if total > max_samples:
            raise BadMedia(f"the file holds more than {max_samples / SAMPLE_RATE:.1f} s of sound")
    return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int16)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Every frame that can be decoded; a damaged packet is passed over, a damaged container ends the file."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        try:
            yield from stream.decode(packet)
        except (av.error.InvalidDataError, av.error.EOFError):
            continue


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """16 kHz mono frames; a change of rate, layout or format inside a file starts a new resampler.

    Decoders give 20 ms at a time; the resampler gets a second at a time, which costs a quarter of the time.
    """
    shape: tuple[int, str, str] | None = None
    collected, resampler = AudioFifo(), AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    for frame in frames:
        if not _LOWEST_RATE <= frame.sample_rate <= _HIGHEST_RATE or frame.layout.nb_channels > _MOST_CHANNELS:
            raise BadMedia("the sampling rate or the number of channels is out of range")
        if shape != (frame.sample_rate, frame.layout.name, frame.format.name):
            yield from _rest(collected, resampler)
            shape = (frame.sample_rate, frame.layout.name, frame.format.name)
            collected, resampler = AudioFifo(), AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        # Without time stamps samples follow one another, whatever a damaged container says.
        frame.pts = None
        collected.write(frame)
        if collected.samples >= frame.sample_rate:
            yield from _read(collected, resampler)
    yield from _rest(collected, resampler)


def _read(collected: AudioFifo, resampler: AudioResampler) -> Iterator[AudioFrame]:
    frame = collected.read()
    if frame is not None:
        yield from resampler.resample(frame)


def _rest(collected: AudioFifo, resampler: AudioResampler) -> Iterator[AudioFrame]:
    if collected.samples_written:
        yield from _read(collected, resampler)
        yield from resampler.resample(None)
