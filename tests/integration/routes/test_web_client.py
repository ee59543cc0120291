"""The web client as a browser gets it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from yarl import URL

from tests.caller import Reply
from tests.installation import Installation, Node

SCRIPT = b"console.log('the client');" * 50


@pytest.fixture(scope="module")
async def node(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Node:
    folder = tmp_path_factory.mktemp("client")
    dist = folder / "dist"
    (dist / "assets").mkdir(parents=True)
    (folder / "secret.txt").write_text("a secret")
    (dist / "index.html").write_text('<meta name="csp-nonce" content="%NONCE%"><div id=root>')
    (dist / "assets" / "main-3xYs91ab.js").write_bytes(SCRIPT)
    (dist / "assets" / "main-3xYs91ab.js.gz").write_bytes(gzip.compress(SCRIPT))
    (dist / "assets" / "icon.svg").write_text("<svg/>")
    (dist / "shell_worker.js").write_text("a service worker")
    return await installation.start_node(web_client=dist)


class Browser:
    """Asks for addresses exactly as they are written, and unpacks nothing."""

    def __init__(self, installation: Installation, node: Node) -> None:
        self._http = installation.http
        self._url = node.url

    async def __call__(self, path: str, method: str = "GET", **headers: str) -> Reply:
        url = URL(self._url + path, encoded=True)
        named = {"Accept-Encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._http.request(method, url, headers=named, allow_redirects=False) as answer:
            return Reply(answer.status, answer.headers.copy(), await answer.read())


@pytest.fixture
def browser(installation: Installation, node: Node) -> Browser:
    return Browser(installation, node)


@pytest.mark.parametrize("path", ["/", "/sessions", "/sessions/5d2f/review?at=7", "/apis", "/a/%2e%2e/b"])
async def test_every_address_of_the_client_is_its_page(browser: Browser, path: str) -> None:
    reply = await browser(path)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-cache"
    assert b"<div id=root>" in reply.body


async def test_each_page_has_a_nonce_of_its_own_and_strict_headers(browser: Browser) -> None:
    nonces = set()
    for _ in range(3):
        reply = await browser("/")
        (nonce,) = re.findall(rb'content="([^"]+)"', reply.body)
        nonces.add(nonce)
        rules = dict(rule.strip().split(" ", 1) for rule in reply.headers["Content-Security-Policy"].split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == "'self'"
        assert rules["style-src"] == f"'self' 'nonce-{nonce.decode()}'"
        assert rules["frame-ancestors"] == "'none'"
    assert len(nonces) == 3
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Permissions-Policy"] == "microphone=(self)"
    assert reply.headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_files_with_a_hash_in_their_name_stay_in_caches_and_others_are_asked_for(browser: Browser) -> None:
    script = await browser("/assets/main-3xYs91ab.js")
    assert (script.status, script.body) == (200, SCRIPT)
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    icon = await browser("/assets/icon.svg")
    assert icon.headers["Content-Type"] == "image/svg+xml"
    assert icon.headers["Cache-Control"] == "no-cache"
    known = await browser("/assets/icon.svg", If_None_Match=icon.headers["ETag"])
    assert (known.status, known.body) == (304, b"")


async def test_the_service_worker_may_have_the_whole_site_is_asked_for_each_time_and_asks_only_this_node(
    browser: Browser,
) -> None:
    worker = await browser("/shell_worker.js", Service_Worker="script")
    assert (worker.status, worker.body) == (200, b"a service worker")
    assert worker.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert worker.headers["Cache-Control"] == "no-cache"
    rules = dict(rule.strip().split(" ", 1) for rule in worker.headers["Content-Security-Policy"].split(";"))
    assert rules == {"default-src": "'none'", "connect-src": "'self'", "frame-ancestors": "'none'"}


async def test_a_compressed_file_goes_to_who_takes_it(installation: Installation, node: Node, browser: Browser) -> None:
    plain = await browser("/assets/main-3xYs91ab.js")
    assert "Content-Encoding" not in plain.headers
    packed = await browser("/assets/main-3xYs91ab.js", "HEAD", Accept_Encoding="br, gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(gzip.compress(SCRIPT)))
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for reply in (plain, packed):
        assert reply.headers["Vary"] == "Accept-Encoding"
    async with installation.http.get(f"{node.url}/assets/main-3xYs91ab.js") as answer:
        assert await answer.read() == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/../secret.txt",
        "/assets/%2fetc/hostname",
        "/assets//etc/hostname",
    ],
)
async def test_nothing_outside_the_folder_is_in_reach(browser: Browser, path: str) -> None:
    assert b"a secret" not in (reply := await browser(path)).body
    assert reply.status == 404 or b"<div id=root>" in reply.body


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/nothing", "/api/v2/sessions", "/assets/gone-3xYs91ab.js"])
async def test_what_belongs_to_the_api_or_the_files_and_is_not_there_is_not_found(browser: Browser, path: str) -> None:
    reply = await browser(path)
    assert reply.refused() == "not_found"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_routes_beside_the_client_are_still_there(browser: Browser) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/api/docs", "/api/openapi.json"):
        reply = await browser(path)
        assert reply.status == 200, path
        assert b"<div id=root>" not in reply.body
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_client_that_is_not_built_is_said_to_be_so(installation: Installation, tmp_path: Path) -> None:
    node = await installation.start_node(web_client=tmp_path / "missing")
    reply = await Browser(installation, node)("/")
    assert reply.status == 200
    assert b"make run" in reply.body
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
