"""The built web client: its files as they lie in one folder, read once, with how each is to be sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

INDEX = "index.html"
NONCE = "%NONCE%"
"""What each page gets a fresh nonce in place of: the component library adds its style sheets at run time."""

ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What files may lie there compressed as, the better one first."""

_HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9.]+$")

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. ``bodies`` are its bytes by content encoding, the plain ones under ``identity``."""

    content_type: str
    digest: str
    lasting: bool
    bodies: Mapping[str, bytes]

    def choose(self, accept_encoding: str) -> str:
        """The encoding that it is sent in to who sent this Accept-Encoding (RFC 9110, section 12.5.3)."""
        accepted = _accepted(accept_encoding)
        return next((name for name in ENCODINGS if name in self.bodies and name in accepted), "identity")

    def tag(self, encoding: str) -> str:
        return self.digest if encoding == "identity" else f"{self.digest}-{encoding}"


@dataclass(frozen=True, slots=True)
class WebClient:
    """``assets`` by their address, such as ``/assets/main-3xYs91ab.js``. No other file can be asked for."""

    index: str
    assets: Mapping[str, Asset]

    def page(self, nonce: str) -> str:
        return self.index.replace(NONCE, nonce)


def policy(nonce: str) -> str:
    """The Content-Security-Policy of the page: nothing from elsewhere, no inline scripts, no frames around it."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self'; font-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


FILE_POLICY = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
"""The Content-Security-Policy of a file. It counts where one runs or is opened by itself: the service worker asks this
node for the pages and files that it keeps, and nobody else."""


def load(folder: Path) -> WebClient | None:
    """None where the folder holds no built web client. Links are passed over: they may lead out of it."""
    index = folder / INDEX
    if not index.is_file():
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and path != index)
    return WebClient(
        index.read_text(encoding="utf-8"),
        {f"/{path.relative_to(folder).as_posix()}": _asset(path) for path in files if not _is_variant(path)},
    )


def _is_variant(path: Path) -> bool:
    return path.suffix in ENCODINGS.values() and path.with_suffix("").is_file()


def _asset(path: Path) -> Asset:
    variants = {name: path.with_name(path.name + suffix) for name, suffix in ENCODINGS.items()}
    plain = path.read_bytes()
    return Asset(
        content_type=_TYPES.get(path.suffix, "application/octet-stream"),
        digest=hashlib.sha256(plain).hexdigest()[:32],
        lasting=_HASHED.search(path.name) is not None,
        bodies={"identity": plain} | {name: file.read_bytes() for name, file in variants.items() if file.is_file()},
    )


def _accepted(header: str) -> set[str]:
    accepted = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None:
            accepted.add(name.strip())
    return accepted
