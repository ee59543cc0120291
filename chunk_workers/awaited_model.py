"""A Whisper model that is named, is not here yet and may be downloaded."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from chunk_workers.engines.catalogue import SETTING
from chunk_workers.model_process import ModelCrashed, ModelProcess
from session_core.errors import EngineUnavailable

log = logging.getLogger(__name__)

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 10.0, 600.0
_LONGEST_S: Final = 24 * 3600.0
"""The hub's client gives up by itself where nothing comes any more."""


class AwaitedModel:
    """``is_needed``: the worker does not hear with anything else meanwhile. ``niceness`` is that of the download."""

    def __init__(self, named: str, niceness: int, *, is_needed: bool) -> None:
        self.is_needed = is_needed
        self._named = named
        self._niceness = niceness
        self._trouble: str | None = None

    @property
    def notice(self) -> str:
        """For people, while another engine hears."""
        if self._trouble is None:
            return "it is being downloaded, and the worker goes on with it once it is here"
        return f"{self._trouble}. It is tried again by itself"

    async def download(self) -> None:
        """Returns once the model is here, whole and right. Raises ``EngineUnavailable``. What has come of one that is
        cancelled is kept."""
        log.info("the Whisper model %s is being downloaded", self._named)
        process = ModelProcess("chunk_workers.download_host", {"niceness": self._niceness})
        try:
            answer, _ = await process.call({"named": self._named}, timeout_s=_LONGEST_S)
        except ModelCrashed as error:
            raise EngineUnavailable(
                f"the Whisper model {self._named} could not be downloaded: {error.message}"
            ) from error
        finally:
            await process.aclose()
        if answer["failed"] is not None:
            raise EngineUnavailable(
                f"the Whisper model {self._named} could not be downloaded: {answer['failed']}; or copy its folder here "
                f"and set {SETTING} to that"
            )

    async def arrival(self) -> None:
        """Returns once the model is here, however often that has to be tried."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self.download()
            except EngineUnavailable as error:
                if error.message != self._trouble:
                    log.warning("%s", error.message)
                self._trouble = error.message
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                log.info("the Whisper model %s is here", self._named)
                return
