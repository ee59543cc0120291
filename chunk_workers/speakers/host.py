"""The process that holds the diarizer: ``python -m chunk_workers.speakers.host FD``.

Greeting: ``{"diarizer", "notice", "grid"}``. ``grid`` is null for an embedder, which makes voiceprints: a call is
``{"speech": [[start, end], ..]}`` with 16 bit samples, and the answer's payload ``embedding.pack`` of them.

Else it is ``[window, step]`` and there are two calls. ``{}`` with the samples of a block: the answer's payload is
``Slides.pack`` of it. ``{"blocks": [bytes, ..], "speakers"}`` with all packed blocks of a session: the answer is
``{"turns": [[start_ms, end_ms, speaker], ..]}``, its payload a row of float32 for each speaker.
"""

from __future__ import annotations

import os
from dataclasses import astuple
from itertools import pairwise
from typing import Any

import numpy as np

from chunk_workers.model_host import Answer, HostedModel, run
from chunk_workers.speakers.choice import DiarizerSettings, choose
from chunk_workers.speakers.dvector import DVectors
from chunk_workers.speakers.embedding import Span, pack
from chunk_workers.speakers.pyannote import PyannoteDiarizer
from chunk_workers.speakers.slides import Slides


class HostedEmbedder:
    def __init__(self, embedder: DVectors, notice: str) -> None:
        self._embedder = embedder
        self.greeting = {"diarizer": embedder.name, "notice": notice, "grid": None}

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer:
        speech = [Span(start, end) for start, end in message["speech"]]
        return {}, pack(self._embedder.embed(np.frombuffer(payload, dtype=np.int16), speech))


class HostedSlider:
    def __init__(self, diarizer: PyannoteDiarizer, notice: str) -> None:
        self._diarizer = diarizer
        self.greeting = {"diarizer": diarizer.name, "notice": notice, "grid": astuple(diarizer.grid)}

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer:
        if "blocks" not in message:
            return {}, self._diarizer.slides(np.frombuffer(payload, dtype=np.int16)).pack()
        ends = np.cumsum([0, *message["blocks"]]).tolist()
        blocks = [Slides.unpack(payload[start:end]) for start, end in pairwise(ends)]
        found = self._diarizer.speakers(blocks, message["speakers"])
        return {"turns": [astuple(turn) for turn in found.turns]}, found.voices.tobytes()


def load(settings: dict[str, Any]) -> HostedModel:
    wanted = DiarizerSettings(**settings)
    if not wanted.allow_download:
        # A pipeline's parameters may name further models. The hub's client reads this when it is first imported.
        os.environ["HF_HUB_OFFLINE"] = "1"
    choice = choose(wanted)
    if isinstance(choice.diarizer, DVectors):
        return HostedEmbedder(choice.diarizer, choice.notice)
    return HostedSlider(choice.diarizer, choice.notice)


if __name__ == "__main__":
    run(load)
