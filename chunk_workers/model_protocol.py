"""What a ``ModelProcess`` and its child say to each other over a stream socket.

A message is ``HEAD`` (length of the text, length of the payload), a JSON object, and bytes: samples, vectors, or
none. To the child: once what its model is loaded with, then calls, one at a time. From the child: once a greeting,
or ``{"unavailable": why}``, then an answer for each call. Numbers survive JSON unchanged.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

HEAD = struct.Struct("=II")


def packed(message: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A message as it goes over the socket."""
    text = json.dumps(message).encode()
    return HEAD.pack(len(text), len(payload)) + text + payload
