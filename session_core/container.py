"""What the first and last bytes of an audio file say about it, read without a decoder.

Only headers that cost nothing to read: enough to turn away what is no audio at all and a small file that
unpacks to hours. A file that lies here is found out by the decoder, in its cage.
"""

from __future__ import annotations

import struct

_EBML_SEGMENT, _EBML_CLUSTER, _EBML_TIMECODE = 0x18538067, 0x1F43B675, 0xE7
_EBML_INFO, _EBML_SCALE = 0x1549A966, 0x2AD7B1

MOST_ELEMENTS = 100_000
"""Read no further: an honest minute seldom has as many, and a bomb has told enough by then."""


def container_of(data: bytes) -> str | None:
    """The container that the first bytes announce, or None for anything that is not on the list."""
    if data[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if data[:4] == b"OggS":
        return "ogg"
    if data[:4] == b"fLaC":
        return "flac"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "mp4"
    if data[:3] == b"ID3" or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2):
        return "mp3"
    return None


def announced_seconds(data: bytes) -> float | None:
    """How long the file says it is; None where its header does not say so cheaply."""
    readers = {"ogg": _ogg_seconds, "flac": _flac_seconds, "webm": _webm_seconds, "mp4": _mp4_seconds}
    reader = readers.get(container_of(data) or "")
    try:
        return reader(data) if reader else None
    except (struct.error, IndexError, ArithmeticError):
        return None


def _ogg_seconds(data: bytes) -> float | None:
    """The last page's granule position; Opus counts at 48 kHz whatever the input's rate (RFC 7845)."""
    last = data.rfind(b"OggS")
    if b"OpusHead" not in data[:100]:
        return None
    position: int = struct.unpack_from("<q", data, last + 6)[0]
    return position / 48_000 if position > 0 else None


def _flac_seconds(data: bytes) -> float | None:
    """STREAMINFO: 20 bits of sample rate, 36 bits of samples (RFC 9639, 8.2)."""
    bits = int.from_bytes(data[18:26], "big")
    rate, samples = bits >> 44, bits & (2**36 - 1)
    return samples / rate if samples else None


def _mp4_seconds(data: bytes) -> float | None:
    """``mvhd``: time scale and duration (ISO 14496-12, 8.2.2)."""
    at = data.find(b"mvhd")
    if at < 0:
        return None
    scale, duration = struct.unpack_from(">IQ" if data[at + 4] == 1 else ">II", data, at + (24 if data[at + 4] else 16))
    return float(duration / scale)


def _webm_seconds(data: bytes) -> float | None:
    """The time of the last cluster (RFC 9559, 5.1.3); blocks within it are at most 33 s later.

    One walk: what holds other elements is stepped into, whatever its size says, all else is stepped over.
    """
    at, scale_ns, latest = 0, 1_000_000, None
    for _ in range(MOST_ELEMENTS):
        if at >= len(data):
            break
        try:
            identity, start, size = _element(data, at)
        except IndexError:
            break  # Cut off in the middle of a header; what came before it stands.
        at = start
        if identity in (_EBML_SEGMENT, _EBML_INFO, _EBML_CLUSTER):
            continue
        if size is None:
            return None
        at += size
        if identity == _EBML_SCALE and size <= 8:
            scale_ns = int.from_bytes(data[start:at], "big")
        elif identity == _EBML_TIMECODE and size <= 8:
            latest = int.from_bytes(data[start:at], "big")
    return None if latest is None else latest * scale_ns / 1e9


def _element(data: bytes, at: int) -> tuple[int, int, int | None]:
    """Id, start of the content and size of the EBML element at ``at`` (RFC 8794); None for an unknown size."""
    id_length = _vint_length(data[at])
    identity = int.from_bytes(data[at : at + id_length], "big")
    at += id_length
    size_length = _vint_length(data[at])
    mask = (1 << 7 * size_length) - 1
    size = int.from_bytes(data[at : at + size_length], "big") & mask
    return identity, at + size_length, None if size == mask else size


def _vint_length(first: int) -> int:
    if first == 0:
        raise IndexError("not a variable-size integer")
    return 9 - first.bit_length()
