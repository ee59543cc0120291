"""How the built web client is read, and what its pages are allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream_server.web_client import WebClient, load, policy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text('<meta name="csp-nonce" content="%NONCE%">')
    (dist / "assets" / "main-3xYs91ab.js").write_text("plain")
    (dist / "assets" / "main-3xYs91ab.js.gz").write_bytes(b"zipped")
    (dist / "assets" / "main-3xYs91ab.js.br").write_bytes(b"brotli")
    (dist / "assets" / "icon.svg").write_text("<svg/>")
    (dist / "shell_worker.js").write_text("a service worker")
    (dist / "assets" / "only.gz").write_bytes(b"an archive of its own")
    (tmp_path / "secret").write_text("a secret")
    (dist / "assets" / "link.js").symlink_to(tmp_path / "secret")
    return dist


@pytest.fixture
def client(folder: Path) -> WebClient:
    client = load(folder)
    assert client is not None
    return client


def test_every_file_has_an_address_but_variants_links_and_the_page(client: WebClient) -> None:
    assert set(client.assets) == {
        "/assets/main-3xYs91ab.js",
        "/assets/icon.svg",
        "/assets/only.gz",
        "/shell_worker.js",
    }


def test_only_files_with_a_hash_in_their_name_last(client: WebClient) -> None:
    assert client.assets["/assets/main-3xYs91ab.js"].lasting
    assert not client.assets["/assets/icon.svg"].lasting
    assert not client.assets["/shell_worker.js"].lasting


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000", "identity"),
        ("deflate", "identity"),
        ("", "identity"),
    ],
)
def test_a_compressed_variant_goes_to_who_takes_it(client: WebClient, header: str, encoding: str) -> None:
    assert client.assets["/assets/main-3xYs91ab.js"].choose(header) == encoding
    assert client.assets["/assets/icon.svg"].choose(header) == "identity"


def test_variants_of_a_file_have_tags_of_their_own(client: WebClient) -> None:
    asset = client.assets["/assets/main-3xYs91ab.js"]
    assert len({asset.tag(encoding) for encoding in asset.bodies}) == 3


def test_the_page_carries_the_nonce_that_its_policy_allows(client: WebClient) -> None:
    assert client.page("abc") == '<meta name="csp-nonce" content="abc">'
    rules = dict(rule.strip().split(" ", 1) for rule in policy("abc").split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["style-src"] == "'self' 'nonce-abc'"
    assert rules["worker-src"] == "'self'"
    assert "unsafe" not in policy("abc")


def test_a_folder_without_a_page_is_no_web_client(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    assert load(tmp_path / "missing") is None
