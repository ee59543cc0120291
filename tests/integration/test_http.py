"""Every HTTP route, on a real node: what it answers, and that every refusal has the one shape."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import orjson
import pytest
from jsonschema import Draft202012Validator

from session_core.errors import ALL_ERRORS
from session_core.schema import wire_schema
from tests.installation import PASSWORD, Installation, Node, Person, own_installation, until
from tests.sound import file_of, tone

SECOND = file_of(tone(1.0), "audio/wav")
LIMIT = 100_000
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


@pytest.fixture(scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with own_installation(tmp_path_factory.mktemp("http"), logins_per_minute=1000) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node(max_chunk_bytes=LIMIT)


@pytest.fixture(scope="module")
async def ann(installation: Installation, node: Node) -> Caller:
    return Caller(installation, node, await installation.token(node, installation.ann))


@pytest.fixture(scope="module")
async def bob(installation: Installation, node: Node) -> Caller:
    return Caller(installation, node, await installation.token(node, installation.bob))


@pytest.fixture(scope="module")
def nobody(installation: Installation, node: Node) -> Caller:
    return Caller(installation, node, None)


async def sign_in(nobody: Caller, person: Person, password: str = PASSWORD) -> Reply:
    return await nobody("POST", "/auth/login", json={"email": person.email, "password": password})


# Signing in and out


async def test_signing_in_tells_who_one_is(installation: Installation, node: Node, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    assert tokens["user"]["email"] == installation.ann.email
    assert tokens["expires_in"] == installation.settings.access_token_s
    me = (await Caller(installation, node, tokens["access_token"])("GET", "/me")).ok()
    assert me == tokens["user"]
    assert me["organisation"] == installation.ann.organisation


async def test_an_email_may_be_written_in_any_case(installation: Installation, nobody: Caller) -> None:
    body = {"email": f"  {installation.ann.email.upper()} ", "password": PASSWORD}
    (await nobody("POST", "/auth/login", json=body)).ok()


async def test_a_wrong_password_and_an_unknown_email_are_answered_alike(
    installation: Installation, nobody: Caller
) -> None:
    wrong = await sign_in(nobody, installation.ann, "another password")
    unknown = await sign_in(nobody, Person("nobody@nowhere.example", ""))
    assert wrong.refused() == unknown.refused() == "unauthenticated"
    assert wrong.body == unknown.body


async def test_too_many_attempts_to_sign_in_are_refused_with_the_time_to_wait(installation: Installation) -> None:
    node = await installation.start_node(logins_per_minute=3)
    caller = Caller(installation, node, None)
    for _ in range(3):
        assert (await sign_in(caller, installation.ann, "wrong password")).refused() == "unauthenticated"
    limited = await sign_in(caller, installation.ann)
    assert limited.refused() == "rate_limited"
    assert 0 < limited.json["error"]["retry_after_s"] <= 20
    assert 1 <= int(limited.headers["Retry-After"]) <= 20
    assert (await sign_in(caller, installation.bob)).refused() == "rate_limited", "the address has its own count"
    await node.terminate()


async def test_a_refresh_token_works_once_and_once_more_within_a_minute(
    installation: Installation, nobody: Caller
) -> None:
    first = (await sign_in(nobody, installation.ann)).ok()
    second = (await refresh(nobody, first)).ok()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["user"] == first["user"]
    (await refresh(nobody, first)).ok()
    (await refresh(nobody, second)).ok()


async def test_a_refresh_token_used_long_ago_ends_the_whole_sign_in(installation: Installation, nobody: Caller) -> None:
    first = (await sign_in(nobody, installation.ann)).ok()
    other = (await sign_in(nobody, installation.ann)).ok()
    second = (await refresh(nobody, first)).ok()
    await installation.execute("UPDATE refresh_tokens SET used_at = used_at - interval '61 s'")
    assert (await refresh(nobody, first)).refused() == "unauthenticated"
    assert (await refresh(nobody, second)).refused() == "unauthenticated"
    (await refresh(nobody, other)).ok()


async def test_a_refresh_token_expires(installation: Installation, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.bob)).ok()
    await installation.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 s'")
    assert (await refresh(nobody, tokens)).refused() == "unauthenticated"


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c", "..", "0" * 32, ".".join(["0" * 32] * 3), "é.é.é"])
async def test_what_is_no_refresh_token_is_refused(nobody: Caller, wrong: str) -> None:
    assert (await nobody("POST", "/auth/refresh", json={"refresh_token": wrong})).refused() == "unauthenticated"


async def test_a_refresh_token_with_another_secret_or_organisation_is_refused(
    installation: Installation, nobody: Caller
) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    org, token_id, secret = tokens["refresh_token"].split(".")
    other = await installation.value("SELECT org_id FROM users WHERE email = $1", installation.bob.email)
    for wrong in (f"{org}.{token_id}.{secret[:-2]}00", f"{other.hex}.{token_id}.{secret}", f"{org}.{token_id}."):
        if wrong != tokens["refresh_token"]:
            assert (await refresh(nobody, {"refresh_token": wrong})).refused() == "unauthenticated"
    (await refresh(nobody, tokens)).ok()


async def test_signing_out_ends_the_sign_in(installation: Installation, node: Node, nobody: Caller) -> None:
    tokens = (await sign_in(nobody, installation.ann)).ok()
    assert (await Caller(installation, node, tokens["access_token"])("POST", "/auth/logout")).status == 204
    assert (await refresh(nobody, tokens)).refused() == "unauthenticated"


async def test_a_disabled_account_neither_signs_in_nor_renews(
    installation: Installation, node: Node, nobody: Caller
) -> None:
    tokens = (await sign_in(nobody, installation.bob)).ok()
    await installation.execute(f"UPDATE users SET disabled_at = now() WHERE email = '{installation.bob.email}'")
    try:
        assert (await sign_in(nobody, installation.bob)).refused() == "unauthenticated"
        assert (await refresh(nobody, tokens)).refused() == "unauthenticated"
        assert (await Caller(installation, node, tokens["access_token"])("GET", "/me")).refused() == "unauthenticated"
    finally:
        await installation.execute("UPDATE users SET disabled_at = NULL")


async def refresh(nobody: Caller, tokens: dict[str, Any]) -> Reply:
    return await nobody("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


# Sessions


async def test_a_session_is_started_seen_renamed_and_deleted(installation: Installation, ann: Caller) -> None:
    session = await ann.session(title="First visit", patient_id="p-1", language="en")
    await ann.put(session, 0)
    seen = (await ann("GET", f"/sessions/{session}")).ok()
    assert {name: seen[name] for name in ("state", "title", "patient_id", "language", "recorded_ms", "head")} == {
        "state": "recording",
        "title": "First visit",
        "patient_id": "p-1",
        "language": "en",
        "recorded_ms": 1000,
        "head": 1,
    }
    renamed = (await ann("PATCH", f"/sessions/{session}", json={"title": "Second visit"})).ok()
    assert (renamed["title"], renamed["patient_id"]) == ("Second visit", "p-1")
    cleared = (await ann("PATCH", f"/sessions/{session}", json={"patient_id": None})).ok()
    assert (cleared["title"], cleared["patient_id"]) == ("Second visit", None)
    assert (await ann("DELETE", f"/sessions/{session}")).status == 204
    assert (await ann("GET", f"/sessions/{session}")).refused() == "not_found"
    assert (await ann.put(session, 1)).refused() == "not_found"
    for table in ("sessions WHERE id", "chunks WHERE session_id", "events WHERE session_id"):
        assert await installation.value(f"SELECT count(*) FROM {table} = $1", UUID(session)) == 0


async def test_starting_again_with_the_same_client_ref_finds_the_session(ann: Caller) -> None:
    ref = str(uuid4())
    assert await ann.session(client_ref=ref) == await ann.session(client_ref=ref)


async def test_pages_are_complete_in_order_and_without_doubles(ann: Caller) -> None:
    patient = str(uuid4())
    made = [await ann.session(patient_id=patient) for _ in range(7)]
    await ann.session(patient_id="somebody else")
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"patient_id": patient, "limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await ann("GET", "/sessions", params=query)).ok()
        found += [item["session_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        # What begins meanwhile is newer than every cursor: it moves no page.
        await ann.session(patient_id=patient)
    assert found == made[::-1]


async def test_a_list_is_narrowed_by_state(ann: Caller) -> None:
    patient = str(uuid4())
    going, stopped = await ann.session(patient_id=patient), await ann.session(patient_id=patient)
    (await ann("POST", f"/sessions/{stopped}/stop", json={"last_seq": -1})).ok()
    assert await listed(ann, patient_id=patient, state="recording") == [going]
    assert await listed(ann, patient_id=patient, state="sealing") == [stopped]
    assert await listed(ann, patient_id=patient, state="ready") == []


async def test_sessions_are_found_by_words_of_their_titles_and_their_beginnings(ann: Caller, bob: Caller) -> None:
    first = await ann.session(title="Quarterly Überprüfung of Xylophone therapy")
    second = await ann.session(title="Xylem review")
    assert await listed(ann, q="xyl") == [second, first]
    assert await listed(ann, q="XYLO") == await listed(ann, q="therapy über") == [first]
    assert await listed(ann, q="xylophones") == await listed(ann, q="ylo") == []
    assert await listed(bob, q="xyl") == []
    (await ann("PATCH", f"/sessions/{first}", json={"title": "Piano"})).ok()
    assert await listed(ann, q="xyl") == [second]


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"limit": "-1"}, {"state": "none"}, {"cursor": "x"},
     {"cursor": base64.urlsafe_b64encode(b"2026-01-01|x").decode()}, {"cursor": "é"}],
)  # fmt: skip
async def test_a_list_that_is_asked_for_wrongly_is_refused(ann: Caller, query: dict[str, str]) -> None:
    assert (await ann("GET", "/sessions", params=query)).refused() == "invalid"


async def listed(caller: Caller, **query: str) -> list[str]:
    return [item["session_id"] for item in (await caller("GET", "/sessions", params=query)).ok()["items"]]


# Chunks and Stop


async def test_a_chunk_by_http_is_the_chunk_event(installation: Installation, ann: Caller) -> None:
    session = await ann.session()
    stored = (await ann.put(session, 0)).ok()
    assert (stored["seq"], stored["duplicate"], stored["contiguous_through"]) == (0, False, 0)
    assert stored["sha256"] == hashlib.sha256(SECOND).hexdigest()
    assert (await ann.put(session, 0)).ok()["duplicate"] is True
    assert (await ann.put(session, 0, file_of(tone(1.0, hertz=300), "audio/wav"))).refused() == "seq_conflict"
    assert await installation.value("SELECT count(*) FROM chunks WHERE session_id = $1", UUID(session)) == 1
    assert (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 0})).ok() == {"state": "sealing"}
    assert (await ann.put(session, 1)).refused() == "session_closed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"headers": {"Digest": ""}}, "invalid"),
        ({"headers": {"Digest": "sha-256=nonsense"}}, "invalid"),
        ({"headers": {"Digest": "sha-256=AAAA"}}, "invalid"),
        ({"headers": {"Digest": "md5=AAAA"}}, "invalid"),
        ({"headers": {"Digest": f"sha-256={base64.b64encode(bytes(32)).decode()}"}}, "invalid"),
        ({"headers": {"Content-Type": "application/json"}}, "bad_media"),
        ({"headers": {"Content-Type": "audio/webm"}}, "bad_media"),
        ({"query": {"first_sample": None}}, "invalid"),
        ({"query": {"sample_count": None}}, "invalid"),
        ({"query": {"first_sample": "-1"}}, "invalid"),
        ({"query": {"first_sample": "1e3"}}, "invalid"),
        ({"query": {"first_sample": "9" * 5000}}, "invalid"),
        ({"query": {"sample_count": "0"}}, "invalid"),
        ({"query": {"sample_count": "960001"}}, "too_large"),
        ({"data": b""}, "bad_media"),
        ({"data": b"\x00garbage"}, "bad_media"),
        ({"data": bytes(LIMIT + 1)}, "too_large"),
        ({"data": bytes(LIMIT * 9)}, "too_large"),
    ],
)  # fmt: skip
async def test_a_chunk_that_is_wrong_is_refused_by_its_code(ann: Caller, change: dict[str, Any], code: str) -> None:
    session = await ann.session()
    assert (await ann.put(session, 0, **change)).refused() == code
    (await ann.put(session, 0)).ok()


async def test_a_digest_may_stand_among_others(ann: Caller) -> None:
    digest = base64.b64encode(hashlib.sha256(SECOND).digest()).decode()
    (await ann.put(await ann.session(), 0, headers={"Digest": f"md5=AAAA, SHA-256={digest}"})).ok()


@pytest.mark.parametrize("body", [{}, {"last_seq": "0"}, {"last_seq": -2}, {"last_seq": None}, [], 7, None])
async def test_a_stop_that_is_wrong_is_refused(ann: Caller, body: object) -> None:
    session = await ann.session()
    assert (await ann("POST", f"/sessions/{session}/stop", json=body)).refused() == "invalid"


async def test_stop_may_be_said_again_with_the_same_number_alone(ann: Caller) -> None:
    session = await ann.session()
    for _ in range(2):
        (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 2})).ok()
    assert (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 3})).refused() == "session_closed"


async def test_retry_is_answered_with_the_state(ann: Caller) -> None:
    session = await ann.session()
    assert (await ann("POST", f"/sessions/{session}/retry", json={"step": "transcribe"})).ok() == {"state": "recording"}
    assert (await ann("POST", f"/sessions/{session}/retry", json={"step": "dream"})).refused() == "invalid"


# Transcript and events


async def test_a_transcript_is_json_or_text_as_asked_for(ann: Caller) -> None:
    session = await ann.session()
    view = (await ann("GET", f"/sessions/{session}/transcript")).ok()
    assert view["session_id"] == session
    assert (view["state"], view["head"], view["segments"], view["coverage"]) == ("recording", 1, [], None)
    schema = wire_schema()
    Draft202012Validator({"$ref": "#/$defs/TranscriptView", "$defs": schema["$defs"]}).validate(view)
    for options in ({"params": {"format": "txt"}}, {"headers": {"Accept": "text/plain"}}):
        text = await ann("GET", f"/sessions/{session}/transcript", **options)
        assert text.status == 200
        assert text.headers["Content-Type"].startswith("text/plain")
        assert text.headers["Cache-Control"] == "no-store"
    assert (await ann("GET", f"/sessions/{session}/transcript", params={"format": "pdf"})).refused() == "invalid"


class Stream:
    """Server-sent events as they arrive."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def next(self) -> dict[str, str]:
        """The fields of the next message; an empty one at the end of the stream."""
        fields: dict[str, str] = {}
        async for line in self._response.content:
            if line == b"\n":
                return fields
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
        return fields

    async def event(self) -> dict[str, Any]:
        """The next event that is no beacon."""
        while (message := await self.next()).get("event") == "head":
            pass
        found: dict[str, Any] = orjson.loads(message["data"])
        assert message["id"] == str(found["version"])
        assert message["event"] == found["type"]
        return found


@asynccontextmanager
async def stream(
    installation: Installation, node: Node, session: str, query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    sent = {"Authorization": f"Bearer {await installation.token(node, installation.ann)}"} | headers
    url = f"{node.url}/api/v1/sessions/{session}/events{query}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=sent) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)


async def toggled(ann: Caller, installation: Installation, session: str, ref: str) -> None:
    """One more event: the recorder vanishes and comes back."""
    await installation.execute(f"UPDATE sessions SET state = 'interrupted' WHERE id = '{session}'")
    assert await ann.session(client_ref=ref) == session


async def test_a_stream_replays_then_goes_on_with_what_happens(
    installation: Installation, node: Node, ann: Caller
) -> None:
    session = await ann.session(client_ref="replayed")
    await toggled(ann, installation, session, "replayed")
    async with stream(installation, node, session) as events:
        assert [(await events.event())["version"] for _ in range(2)] == [1, 2]
        (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": -1})).ok()
        live = await events.event()
        assert (live["version"], live["type"], live["data"]) == (3, "session.state", {"state": "sealing"})
        assert live["session_id"] == session


async def test_a_stream_begins_after_the_version_it_is_given(
    installation: Installation, node: Node, ann: Caller
) -> None:
    session = await ann.session(client_ref="skipped")
    for _ in range(3):
        await toggled(ann, installation, session, "skipped")
    async with stream(installation, node, session, "?after=2") as events:
        assert (await events.event())["version"] == 3
    async with stream(installation, node, session, "?after=0", **{"Last-Event-ID": "3"}) as events:
        assert (await events.event())["version"] == 4


async def test_a_stream_tells_the_head_every_few_seconds(installation: Installation, node: Node, ann: Caller) -> None:
    session = await ann.session()
    async with stream(installation, node, session, "?after=1") as events:
        beacon = await events.next()
        assert beacon["event"] == "head"
        assert orjson.loads(beacon["data"]) == {"session_id": session, "version": 1}


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30])
async def test_a_stream_after_no_version_is_refused(ann: Caller, after: str) -> None:
    session = await ann.session()
    assert (await ann("GET", f"/sessions/{session}/events", params={"after": after})).refused() == "invalid"


async def test_a_stream_ends_with_its_token_and_when_the_node_stops(installation: Installation, ann: Caller) -> None:
    session = await ann.session()
    node = await installation.start_node()
    short = await installation.start_node(access_token_s=2)
    token = (await sign_in(Caller(installation, short, None), installation.ann)).ok()["access_token"]
    async with (
        stream(installation, node, session) as draining,
        stream(installation, short, session, **{"Authorization": f"Bearer {token}"}) as expiring,
    ):
        assert (await draining.event())["version"] == (await expiring.event())["version"] == 1
        assert await expiring.next() == {}
        assert await node.terminate() == 0
        assert await draining.next() == {}
    await short.terminate()


# Who may, and the shape of refusals

PROTECTED = [
    ("POST", "/auth/logout"), ("GET", "/me"), ("GET", "/sessions"), ("POST", "/sessions"), ("GET", "/sessions/{id}"),
    ("PATCH", "/sessions/{id}"), ("DELETE", "/sessions/{id}"), ("PUT", "/sessions/{id}/chunks/0"),
    ("POST", "/sessions/{id}/stop"), ("POST", "/sessions/{id}/retry"), ("GET", "/sessions/{id}/transcript"),
    ("GET", "/sessions/{id}/events"),
]  # fmt: skip


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
    bodies: dict[str, Any] = {"stop": {"last_seq": -1}, "retry": {"step": "transcribe"}, session: {"title": "mine"}}
    for target in (session, str(uuid4())):
        where = path.replace("{id}", target)
        if method == "PUT":
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


# Beside the API


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name == "href"]


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_the_description_names_every_route_and_every_reference_in_it_leads_somewhere(nobody: Caller) -> None:
    document = (await nobody("GET", "/api/openapi.json")).ok()
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version"} <= set(document["info"])
    described = {
        (method.upper(), path.replace("{session_id}", "{id}").replace("{seq}", "0"))
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert {(method, f"/api/v1{path}") for method, path in PROTECTED} <= described
    assert {("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/refresh"), ("GET", "/readyz")} <= described
    for reference in references(document):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        Draft202012Validator.check_schema(found)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert operation["responses"]


async def test_the_description_for_people_leads_to_pages_that_are_there(nobody: Caller) -> None:
    reply = await nobody("GET", "/api/docs")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    page = Page()
    page.feed(reply.body.decode())
    for method, path in PROTECTED:
        assert (
            f"{method} /api/v1{path}".replace("{id}", "{session_id}").replace("chunks/0", "chunks/{seq}") in page.text
        )
    for link in page.links:
        assert (await nobody("GET", link)).status == 200, link


async def test_the_address_alone_leads_to_the_description(installation: Installation, node: Node) -> None:
    async with installation.http.get(node.url) as answer:
        assert answer.status == 200
        assert answer.url.path == "/api/docs"


async def test_the_published_schema_is_the_one_of_the_messages(nobody: Caller) -> None:
    assert (await nobody("GET", "/api/wire-schema.json")).ok() == orjson.loads(orjson.dumps(wire_schema()))


async def test_metrics_count_by_code_and_hold_no_id_and_no_name(
    installation: Installation, ann: Caller, nobody: Caller
) -> None:
    session = await ann.session(title="Zebra Quartz", patient_id="patient-4711")
    await ann.put(session, 0)
    await ann.put(session, 0)
    metrics = (await nobody("GET", "/metrics")).body.decode()
    counted = dict(re.findall(r'^hearken_chunks_total\{outcome="(\w+)"\} ([\d.]+)$', metrics, re.MULTILINE))
    assert float(counted["stored"]) > 0
    assert float(counted["duplicate"]) > 0
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", metrics)
    for word in ("Zebra", "4711", installation.ann.email, installation.ann.organisation):
        assert word not in metrics


async def test_a_node_lives_without_its_database_and_is_ready_again_when_it_is_back(
    installation: Installation, ann: Caller, nobody: Caller
) -> None:
    ready = (await nobody("GET", "/readyz")).ok()
    assert (ready["ready"], ready["database"], ready["redis"]) == (True, "ok", "ok")
    session = await ann.session()
    await installation.services.postgres.stop()
    try:
        away = await nobody("GET", "/readyz")
        assert away.status == 503
        assert (away.json["ready"], away.json["database"]) == (False, "away")
        assert (await nobody("GET", "/healthz")).ok() == {"alive": True}
        refused = await ann.put(session, 0)
        assert refused.refused() == "unavailable"
        assert refused.json["error"]["retryable"] is True
    finally:
        await installation.services.postgres.start(installation.services.cluster.is_ready)

    async def is_ready() -> bool:
        return (await nobody("GET", "/readyz")).status == 200

    await until(is_ready)
    (await ann.put(session, 0)).ok()


async def test_nothing_of_anybody_is_in_the_log(installation: Installation) -> None:
    said = installation.said()
    for word in ("Zebra", "4711", "First visit", "Xylo", installation.ann.email, PASSWORD):
        assert word not in said
