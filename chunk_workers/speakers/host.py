"""The process that holds the speaker embedder: ``python -m chunk_workers.speakers.host FD``.

Greeting: ``{"embedder"}``. A call is ``{"speech": [[start, end], ..]}`` with 16 bit samples; the answer's payload is
``embedding.pack`` of the voiceprints.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chunk_workers.model_host import Answer, run
from chunk_workers.speakers.dvector import DVectors
from chunk_workers.speakers.embedding import Span, pack


class HostedEmbedder:
    def __init__(self, settings: dict[str, Any]) -> None:
        self._embedder = DVectors()
        self.greeting = {"embedder": self._embedder.name}

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer:
        speech = [Span(start, end) for start, end in message["speech"]]
        return {}, pack(self._embedder.embed(np.frombuffer(payload, dtype=np.int16), speech))


if __name__ == "__main__":
    run(HostedEmbedder)
