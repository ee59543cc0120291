"""The recording, to be heard and seen."""

from __future__ import annotations

from session_core.messages.message import Answer


class AudioTicket(Answer):
    """``url`` is an address at the node, without its origin; ``expires_in`` is in seconds."""

    url: str
    expires_in: int


class Waveform(Answer):
    """The largest amplitude in each interval from the session's first sample, 0..255; 0 where nothing is recorded."""

    interval_ms: int
    peaks: list[int]
