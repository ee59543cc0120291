"""A worker that need not recognise most of an hour whose words are known: ``python -m bench.hour_worker FOLDER``.

Everything in it is what ``hearken work`` runs, its recognisers included. These are spared the windows that end before
the hour's last half minute: of those it says at once what was voiced. To recognise them would take minutes.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.hour import Hour, hour_of
from chunk_workers.app import run
from chunk_workers.engines.choice import EngineSettings
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognition import Heard, Recognition, Utterance
from session_core.settings import Settings


class SparedRecogniser(RecogniserProcess):
    def __init__(self, settings: EngineSettings, hour: Hour) -> None:
        super().__init__(settings)
        self._hour = hour

    async def recognise(self, utterances: Sequence[Utterance], timeout_s: float) -> list[Heard]:
        heard: list[Heard] = []
        for utterance in utterances:
            known = await asyncio.to_thread(self._hour.words_of, utterance.pcm)
            heard += (
                await super().recognise([utterance], timeout_s) if known is None else [Recognition(known, "en", 0.0)]
            )
        return heard


def main() -> None:
    hour = hour_of(Path(sys.argv[1]))
    run(Settings.from_environ(os.environ), lambda engine: SparedRecogniser(engine, hour))


if __name__ == "__main__":
    main()
