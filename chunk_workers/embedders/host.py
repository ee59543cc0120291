"""The process that holds the text embedder: ``python -m chunk_workers.embedders.host FD``.

Greeting: ``{"model", "dimension"}``. A call is ``{"texts": [..]}``; the answer's payload is their vectors, row by row,
as 32 bit floats.
"""

from __future__ import annotations

from typing import Any

from chunk_workers.embedders.minilm import MiniLM
from chunk_workers.model_host import Answer, run


class HostedEmbedder:
    def __init__(self, settings: dict[str, Any]) -> None:
        self._embedder = MiniLM()
        self.greeting = {"model": self._embedder.model, "dimension": self._embedder.dimension}

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer:
        return {}, self._embedder.embed(message["texts"]).astype("<f4").tobytes()


if __name__ == "__main__":
    run(HostedEmbedder)
