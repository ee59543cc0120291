"""What a ``RecogniserProcess`` and its child say to each other over a stream socket.

A message is ``HEAD`` (length of the text, length of the audio), a JSON object, and 16 bit samples or nothing.
To the child: once the ``EngineSettings``; then a call ``{"language"}`` with audio, one at a time. From the child:
once ``{"engine", "notice"}`` or ``{"unavailable"}``; for each call ``{"words", "language", "cpu_seconds"}``, a word
being ``[text, start_ms, end_ms, probability]``, or ``{"unsupported"}``. Numbers survive JSON unchanged.
"""

from __future__ import annotations

import json
import struct
from dataclasses import astuple
from typing import Any

from chunk_workers.recognition import Recognition
from session_core.segment import Word

HEAD = struct.Struct("=II")


def packed(message: dict[str, Any], samples: bytes = b"") -> bytes:
    """A message as it goes over the socket."""
    text = json.dumps(message).encode()
    return HEAD.pack(len(text), len(samples)) + text + samples


def to_message(recognition: Recognition) -> dict[str, Any]:
    return {
        "words": [astuple(word) for word in recognition.words],
        "language": recognition.language,
        "cpu_seconds": recognition.cpu_seconds,
    }


def to_recognition(message: dict[str, Any]) -> Recognition:
    words = tuple(Word(*word) for word in message["words"])
    return Recognition(words, message["language"], message["cpu_seconds"])
