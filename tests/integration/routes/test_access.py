"""Who may call which route, and the one shape of every refusal."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.caller import NOTE, PROTECTED, SEGMENT, Caller
from tests.installation import Installation, Node


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_without_a_valid_token_every_route_is_closed(
    installation: Installation, node: Node, nobody: Caller, ann: Caller, method: str, path: str
) -> None:
    path = path.replace("{id}", await ann.session())
    assert (await nobody(method, path)).refused() == "unauthenticated"
    for header in ("Bearer", "Bearer x.y.z", "Basic YTpi", "Token x"):
        assert (await nobody(method, path, headers={"Authorization": header})).refused() == "unauthenticated"


@pytest.mark.parametrize(("method", "path"), [route for route in PROTECTED if "{id}" in route[1]])
async def test_another_organisations_session_does_not_exist_on_any_route(
    ann: Caller, bob: Caller, method: str, path: str
) -> None:
    session = await ann.session()
    bodies: dict[str, Any] = {
        "stop": {"last_seq": -1},
        "retry": {"step": "transcribe"},
        session: {"title": "mine"},
        SEGMENT: {"text": "mine", "speaker": "S1"},
        "S1": {"name": "mine"},
        "merge": {"into": "S2"},
        NOTE: {"at_ms": 0, "text": "mine"},
        "notes": {"generation": 1, "revision": 0, "sections": []},
        "sign": {"generation": 1, "revision": 0},
        "write": {},
        "ask": {"question": "mine"},
        "enrol": {"name": "mine", "consent": True},
    }
    for target in (session, str(uuid4())):
        where = path.replace("{id}", target)
        if "/chunks/" in where:
            reply = await bob.put(target, 0)
        else:
            reply = await bob(method, where, json=bodies.get(where.rsplit("/", 1)[-1], bodies[session]))
        assert reply.refused() == "not_found"
    assert (await ann("GET", f"/sessions/{session}")).ok()["title"] is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1", b"nul", b'{"a":1}x'])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh", "/sessions"])
async def test_a_body_that_is_no_json_is_invalid(ann: Caller, path: str, body: bytes) -> None:
    assert (await ann("POST", path, data=body)).refused() == "invalid"


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"text"', b"{}", b'{"email": 7, "password": []}'])
@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh", "/sessions"])
async def test_a_body_of_another_shape_is_invalid(ann: Caller, path: str, body: bytes) -> None:
    assert (await ann("POST", path, data=body)).refused() == "invalid"


async def test_what_is_no_route_or_method_has_the_same_shape(nobody: Caller, ann: Caller) -> None:
    for path in ("/nothing", "/api/v2/sessions", "/api", "/sessions/x/y/z"):
        assert (await nobody("GET", path)).refused() == "not_found"
    wrong = await ann("DELETE", "/me")
    assert wrong.refused(405) == "invalid"
    assert "GET" in wrong.headers["Allow"]
    assert (await ann("GET", "/sessions/no-uuid")).refused() == "invalid"


async def test_the_bodies_of_answers_are_kept_out_of_caches(ann: Caller) -> None:
    assert (await ann("GET", "/sessions")).headers["Cache-Control"] == "no-store"
