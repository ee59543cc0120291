"""What a node says about itself and the workers it hears of."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import aiohttp


class Health:
    """The health of the node at `url`, asked over and over while the block lasts."""

    def __init__(self, url: str) -> None:
        self._readyz = f"{url}/readyz"
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Health:
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def is_ready(self) -> bool:
        """Whether the node keeps chunks."""
        return await self._ask() is not None

    async def engines(self) -> list[str]:
        """The recognisers that run, one line each."""
        answer = await self._ask()
        return [engine["notice"] or engine["recogniser"] for engine in answer["engines"]] if answer is not None else []

    async def unable(self) -> list[str]:
        """What keeps workers from starting, one line each."""
        answer = await self._ask()
        return list(answer["unable"]) if answer is not None else []

    async def _ask(self) -> dict[str, Any] | None:
        if self._client is None:
            raise RuntimeError("asked outside of the block")
        try:
            async with self._client.get(self._readyz) as answer:
                return dict(await answer.json()) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None
