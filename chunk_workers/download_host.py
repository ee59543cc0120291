"""The process that downloads a Whisper model: ``python -m chunk_workers.download_host FD``.

Greeting: ``{}``. A call is ``{"named"}``; its answer ``{"failed"}`` says what is wrong and what to do, None where the
model is here, whole and right.
"""

from __future__ import annotations

from typing import Any, Final

from chunk_workers.download import Untold, pull
from chunk_workers.engines.catalogue import repository_of
from chunk_workers.engines.whisper_folder import check_folder
from chunk_workers.model_host import Answer, run
from session_core.errors import EngineUnavailable, HearkenError


class Downloader:
    greeting: Final[dict[str, Any]] = {}

    def __init__(self, _settings: dict[str, Any]) -> None: ...

    def answer(self, message: dict[str, Any], _payload: bytes) -> Answer:
        try:
            folder = pull(repository_of(message["named"]), Untold())
        except HearkenError as error:
            return {"failed": error.message}, b""
        try:
            check_folder(folder)
        except EngineUnavailable as error:
            return {"failed": f"the hub has none that runs here, so name another ({error.message})"}, b""
        return {"failed": None}, b""


if __name__ == "__main__":
    run(Downloader)
