"""The forms in which a session can be taken along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import orjson

from session_core.messages.export import SessionExport
from stream_server.exports.captions import sub_rip, web_vtt
from stream_server.exports.markdown import markdown
from stream_server.exports.text import text


@dataclass(frozen=True, slots=True)
class Form:
    """``write`` is pure; it is told where people read the file: by whose clocks its times are.

    ``heavy``: it takes seconds for a long session. ``charset`` where it is text.
    """

    media_type: str
    write: Callable[[SessionExport, tzinfo], bytes]
    suffix: str
    charset: str | None = None
    heavy: bool = False


def _json(export: SessionExport, _zone: tzinfo) -> bytes:
    return orjson.dumps(export.model_dump(mode="json"), option=orjson.OPT_INDENT_2)


def _sub_rip(export: SessionExport, _zone: tzinfo) -> bytes:
    return sub_rip(export.transcript).encode()


def _web_vtt(export: SessionExport, _zone: tzinfo) -> bytes:
    return web_vtt(export.transcript).encode()


# The libraries of the next three load slowly and keep tens of megabytes: a node has them from the first use on.
def _word(export: SessionExport, zone: tzinfo) -> bytes:
    from stream_server.exports.word import word

    return word(export, zone)


def _pdf(export: SessionExport, zone: tzinfo) -> bytes:
    from stream_server.exports.pdf import pdf

    return pdf(export, zone)


def _fhir(export: SessionExport, zone: tzinfo) -> bytes:
    from stream_server.exports.fhir import fhir

    return fhir(export, zone)


FORMS: Final[Mapping[str, Form]] = {
    "txt": Form("text/plain", text, "txt", "utf-8"),
    "md": Form("text/markdown", markdown, "md", "utf-8"),
    "json": Form("application/json", _json, "json"),
    "srt": Form("application/x-subrip", _sub_rip, "srt", "utf-8"),
    "vtt": Form("text/vtt", _web_vtt, "vtt", "utf-8"),
    "docx": Form("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _word, "docx", heavy=True),
    "pdf": Form("application/pdf", _pdf, "pdf", heavy=True),
    "fhir": Form("application/fhir+json", _fhir, "fhir.json", heavy=True),
}
