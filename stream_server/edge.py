"""Where errors become answers: one shape for an acknowledgement, one for HTTP."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from session_core.errors import HearkenError, Internal, Invalid, NotFound, TooLarge
from session_core.log import where
from session_core.messages.message import Answer, Message

log = logging.getLogger(__name__)

JSON_BYTES = 65_536
"""The largest body that is no chunk: consent and title in the longest way to write them, and some room."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def known(error: Exception) -> HearkenError:
    """The error itself, or ``internal`` with a line in the log for one that nobody planned."""
    if isinstance(error, HearkenError):
        return error
    log.error("unplanned %s", where(error))
    return Internal("something went wrong in the server; it is logged there")


def acknowledge(answer: Answer) -> dict[str, Any]:
    return {"ok": True, **answer.model_dump(mode="json")}


def refuse(error: HearkenError) -> dict[str, Any]:
    return {"ok": False, "error": error.to_wire()}


def respond(answer: Message, status: int = 200) -> web.Response:
    return json_response(answer.model_dump(mode="json"), status)


def json_response(value: object, status: int = 200) -> web.Response:
    # What a session holds belongs in no cache on the way.
    return web.Response(
        body=orjson.dumps(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def refusal_response(error: HearkenError) -> web.Response:
    response = json_response({"error": error.to_wire()}, error.status)
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    return response


async def harden(_request: web.Request, response: web.StreamResponse) -> None:
    """No browser guesses at what an answer is, and none tells others the address it came from."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")


@web.middleware
async def translate_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """aiohttp's own refusals (no such route, too large, no such method) take the same shape."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        return refusal_response(TooLarge("the body is larger than is taken"))
    except web.HTTPNotFound:
        return refusal_response(NotFound("there is no such route"))
    except web.HTTPMethodNotAllowed as error:
        response = refusal_response(Invalid("this route does not take this method"))
        response.set_status(405)
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refusal_response(Invalid(error.reason))
    except HearkenError as error:
        return refusal_response(error)
    except Exception as error:
        return refusal_response(known(error))


async def body_object(request: web.Request, most_bytes: int = JSON_BYTES) -> object:
    """Raises aiohttp's own error for a body larger than ``most_bytes``: some routes take one from anybody."""
    try:
        return orjson.loads(await request.clone(client_max_size=most_bytes).read())
    except orjson.JSONDecodeError:
        raise Invalid("the body is not JSON") from None
