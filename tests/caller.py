"""A caller of the HTTP API who sees whole answers and checks the shape of refusals."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson

from session_core.errors import ALL_ERRORS
from tests.installation import PASSWORD, Installation, Node, Person
from tests.sound import file_of, tone

SECOND = file_of(tone(1.0), "audio/wav")
LIMIT = 100_000
"""Most bytes of a chunk on the node of these tests."""

SEGMENT, NOTE = str(UUID(int=1)), str(UUID(int=2))

PROTECTED = [
    ("POST", "/auth/logout"), ("GET", "/me"), ("GET", "/sessions"), ("POST", "/sessions"), ("GET", "/sessions/{id}"),
    ("PATCH", "/sessions/{id}"), ("DELETE", "/sessions/{id}"), ("PUT", "/sessions/{id}/chunks/0"),
    ("POST", "/sessions/{id}/stop"), ("POST", "/sessions/{id}/retry"), ("GET", "/sessions/{id}/transcript"),
    ("GET", "/sessions/{id}/events"), ("GET", "/sessions/{id}/audio"), ("POST", "/sessions/{id}/audio/ticket"),
    ("GET", "/sessions/{id}/waveform"), ("PATCH", f"/sessions/{{id}}/segments/{SEGMENT}"),
    ("GET", "/sessions/{id}/speakers"), ("PUT", "/sessions/{id}/speakers/S1"),
    ("POST", "/sessions/{id}/speakers/S1/merge"), ("DELETE", "/sessions/{id}/speakers/S1/merge"),
    ("GET", "/sessions/{id}/typed-notes"), ("GET", "/sessions/{id}/export"),
    ("PUT", f"/sessions/{{id}}/typed-notes/{NOTE}"),
    ("GET", "/search"), ("POST", "/search"), ("POST", "/sessions/{id}/ask"),
    ("GET", "/sessions/{id}/notes"), ("PUT", "/sessions/{id}/notes"), ("POST", "/sessions/{id}/notes/sign"),
    ("POST", "/sessions/{id}/notes/write"), ("GET", "/note-templates"), ("PUT", "/note-templates/own"),
    ("DELETE", "/note-templates/own"), ("GET", "/me/voice"), ("PUT", "/me/voice"), ("DELETE", "/me/voice"),
    ("POST", "/sessions/{id}/speakers/S1/enrol"), ("GET", "/languages"), ("GET", "/vocabulary"),
    ("PUT", "/vocabulary"), ("POST", "/vocabulary/patient"), ("PUT", "/vocabulary/patient"),
]  # fmt: skip
"""Routes that want a token."""

PLACES = {
    "{session_id}": "{id}",
    "{seq}": "0",
    "{segment_id}": SEGMENT,
    "{speaker_id}": "S1",
    "{note_id}": NOTE,
    "{template_id}": "own",
}
"""What stands in them for each part of a described path."""

STATUS = {error.code: error.status for error in ALL_ERRORS}


@dataclass
class Reply:
    """A whole answer."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    def ok(self, status: int = 200) -> Any:
        assert self.status == status, self.body
        return self.json if self.body else None

    def refused(self, status: int | None = None) -> str:
        """The code of a refusal in the shape that docs/protocol.md promises."""
        error = self.json["error"]
        assert set(error) - {"retry_after_s"} == {"code", "message", "retryable"}
        assert self.status == (status or STATUS[error["code"]]), self.body
        assert self.headers["Content-Type"].startswith("application/json")
        return str(error["code"])


class Caller:
    """Somebody who calls the API, signed in or not."""

    def __init__(self, installation: Installation, node: Node, token: str | None) -> None:
        self._http = installation.http
        self._node = node
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def __call__(self, method: str, path: str, **options: Any) -> Reply:
        headers = self._headers | options.pop("headers", {})
        url = self._node.url + (
            path if path.startswith(("/api", "/healthz", "/readyz", "/metrics")) else f"/api/v1{path}"
        )
        async with self._http.request(method, url, headers=headers, allow_redirects=False, **options) as answer:
            return Reply(answer.status, answer.headers.copy(), await answer.read())

    async def session(self, **fields: Any) -> str:
        body = {"client_ref": str(uuid4()), "media_type": "audio/wav", "sample_rate": 16000, "chunk_seconds": 15}
        return str((await self("POST", "/sessions", json=body | fields)).ok(201)["session_id"])

    async def put(self, session: str, seq: int, data: bytes = SECOND, **change: Any) -> Reply:
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        query = {"first_sample": seq * 16000, "sample_count": 16000} | change.pop("query", {})
        headers = {"Digest": f"sha-256={digest}", "Content-Type": "audio/wav"} | change.pop("headers", {})
        return await self(
            "PUT",
            f"/sessions/{session}/chunks/{seq}",
            params={name: value for name, value in query.items() if value is not None},
            headers=headers,
            data=data,
        )


async def sign_in(nobody: Caller, person: Person, password: str = PASSWORD) -> Reply:
    return await nobody("POST", "/auth/login", json={"email": person.email, "password": password})
