"""Gemini's API, through Google's own library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
from google.genai import Client, errors
from google.genai.types import HttpOptions, HttpRetryOptions

from chunk_workers.provider import BadAnswer, ProviderAway, refusal

ADDRESS: Final = "https://generativelanguage.googleapis.com/"

VERSION: Final = "v1beta"
"""Of the API: the one in which answers by a JSON schema are documented."""


class GeminiApi:
    """Nothing is taken from the environment: another address, or Vertex AI, would be somewhere else."""

    leaves = True
    """What is sent there leaves this installation."""

    def __init__(self, api_key: str, address: str = ADDRESS) -> None:
        self._api_key = api_key
        self._address = address
        self._opened: tuple[Client, aiohttp.ClientSession] | None = None

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Opened with the first call, because a session belongs to the loop that it is opened in. What goes wrong
        within is told as a provider's errors."""
        if self._opened is None:
            self._opened = self._open()
        try:
            yield self._opened[0]
        except errors.APIError as error:
            raise refusal(error.code, _retry_after(error)) from None
        except (aiohttp.ClientError, OSError):
            raise ProviderAway("the provider is not reachable, or broke off") from None
        except ValueError:
            # What could not be read is in the message.
            raise BadAnswer("the provider's answer is not JSON") from None

    async def aclose(self) -> None:
        if self._opened is not None:
            client, http = self._opened
            await client.aio.aclose()
            await http.close()

    def _open(self) -> tuple[Client, aiohttp.ClientSession]:
        # The library's own session is of a kind that aiohttp warns of.
        http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), trust_env=True)
        # Our own calls repeat; the library would sleep by itself.
        retries = HttpRetryOptions(attempts=1)
        options = HttpOptions(base_url=self._address, api_version=VERSION, retry_options=retries, aiohttp_client=http)
        return Client(vertexai=False, api_key=self._api_key, http_options=options), http


def _retry_after(error: errors.APIError) -> str | None:
    headers: Any = getattr(error.response, "headers", None)
    value = headers.get("Retry-After") if headers is not None else None
    return value if isinstance(value, str) else None
