"""The API of OpenAI, as many servers speak it: Ollama, vLLM, llama.cpp, and OpenAI itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import orjson

from chunk_workers.provider import BadAnswer, ProviderAway, refusal

MOST_BYTES: Final = 16_000_000
"""Of one response: a token of a stream comes in an envelope of some 200 bytes, a vector of 3,000 numbers in 60,000."""


class OpenAiApi:
    """``url`` is the API's address, such as ``http://127.0.0.1:11434/v1``."""

    def __init__(self, url: str, api_key: str | None) -> None:
        self.leaves = not is_this_machine(url)
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def post(self, path: str, request: dict[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, whose body is still to be read. What goes wrong with it is told as a provider's errors."""
        if self._http is None:
            # How long an answer may take is the provider's limit; a redirect would lead elsewhere than was set.
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        try:
            async with self._http.post(
                f"{self._url}/{path}", json=request, headers=self._headers, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise refusal(response.status, response.headers.get("Retry-After"))
                yield response
        except aiohttp.ClientError:
            raise ProviderAway("the provider is not reachable, or broke off") from None

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.close()


def is_this_machine(url: str) -> bool:
    """Whether the address can lead nowhere else, whatever names mean on the network."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def blocks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body as it comes. Raises :class:`BadAnswer` for one without end."""
    total = 0
    async for block in response.content.iter_any():
        total += len(block)
        if total > MOST_BYTES:
            raise BadAnswer("the provider's answer has no end")
        yield block


async def document(response: aiohttp.ClientResponse) -> Any:
    """The body as one JSON document."""
    return decoded(b"".join([block async for block in blocks(response)]))


def decoded(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise BadAnswer("the provider's answer is not JSON") from None
